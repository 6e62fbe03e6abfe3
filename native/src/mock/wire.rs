//! The bytes of answers: one JSON object, or a stream of server-sent events.

use serde_json::{Value, json};

use super::author::Answer;
use super::request::Route;

/// What all parts of one answer have in common.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    route: Route,
    id: String,
    created_s: u64,
    model: String,
    /// Everything of a stream's event before what the token changes, rendered once.
    event_head: String,
    event_tail: &'static str,
}

/// An answer with its tokens as JSON strings, made once for all equal requests.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    /// The answer.
    pub(super) answer: Answer,
    /// Its tokens, quoted and escaped.
    pub(super) quoted: Vec<String>,
}

impl Rendered {
    pub(super) fn new(answer: Answer) -> Self {
        let quoted = answer
            .tokens
            .iter()
            .map(|token| Value::from(token.as_str()).to_string())
            .collect();
        Self { answer, quoted }
    }

    fn finish_reason(&self) -> &'static str {
        if self.answer.cut { "length" } else { "stop" }
    }

    fn usage(&self) -> Value {
        let (prompt, completion) = (self.answer.prompt_tokens, self.answer.tokens.len());
        json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt.saturating_add(completion),
        })
    }
}

impl Envelope {
    /// `with_usage`: whether the events of a stream carry `usage`.
    pub(super) fn new(route: Route, number: u64, created_s: u64, model: &str, with_usage: bool) -> Self {
        let (prefix, object, delta) = match route {
            Route::Chat => ("chatcmpl", "chat.completion.chunk", r#""delta":{"content":"#),
            Route::Completions => ("cmpl", "text_completion", r#""text":"#),
        };
        let id = format!("{prefix}-{number:016x}");
        let quoted_model = Value::from(model);
        let event_head = format!(
            r#"data: {{"id":"{id}","object":"{object}","created":{created_s},"model":{quoted_model},"choices":[{{"index":0,{delta}"#
        );
        let event_tail = match (route, with_usage) {
            (Route::Chat, false) => "},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
            (Route::Chat, true) => "},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
            (Route::Completions, false) => ",\"logprobs\":null,\"finish_reason\":null}]}\n\n",
            (Route::Completions, true) => ",\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
        };
        Self {
            route,
            id,
            created_s,
            model: model.to_owned(),
            event_head,
            event_tail,
        }
    }

    /// The event that opens a chat's stream; completions have none.
    pub(super) fn opening_event(&self) -> Option<String> {
        (self.route == Route::Chat).then(|| {
            self.event(
                &json!([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}]),
                None,
            )
        })
    }

    /// The event of one token.
    pub(super) fn token_event(&self, quoted: &str) -> String {
        let mut event = String::with_capacity(self.event_head.len() + quoted.len() + self.event_tail.len());
        event.push_str(&self.event_head);
        event.push_str(quoted);
        event.push_str(self.event_tail);
        event
    }

    /// What ends a stream: the finish reason, the usage if asked for, and `[DONE]`.
    pub(super) fn closing_events(&self, rendered: &Rendered, with_usage: bool) -> String {
        let reason = rendered.finish_reason();
        let choice = match self.route {
            Route::Chat => json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": reason}]),
            Route::Completions => {
                json!([{"index": 0, "text": "", "logprobs": null, "finish_reason": reason}])
            }
        };
        let mut events = self.event(&choice, with_usage.then_some(&Value::Null));
        if with_usage {
            events.push_str(&self.event(&json!([]), Some(&rendered.usage())));
        }
        events.push_str("data: [DONE]\n\n");
        events
    }

    /// The whole answer as one object.
    pub(super) fn whole(&self, rendered: &Rendered) -> String {
        let text = rendered.answer.tokens.concat();
        let reason = rendered.finish_reason();
        let (object, choice) = match self.route {
            Route::Chat => (
                "chat.completion",
                json!({"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": null, "finish_reason": reason}),
            ),
            Route::Completions => (
                "text_completion",
                json!({"index": 0, "text": text, "logprobs": null, "finish_reason": reason}),
            ),
        };
        json!({
            "id": self.id,
            "object": object,
            "created": self.created_s,
            "model": self.model,
            "choices": [choice],
            "usage": rendered.usage(),
        })
        .to_string()
    }

    fn event(&self, choices: &Value, usage: Option<&Value>) -> String {
        let object = match self.route {
            Route::Chat => "chat.completion.chunk",
            Route::Completions => "text_completion",
        };
        let mut event = json!({
            "id": self.id,
            "object": object,
            "created": self.created_s,
            "model": self.model,
            "choices": choices,
        });
        if let (Some(usage), Value::Object(fields)) = (usage, &mut event) {
            fields.insert("usage".to_owned(), usage.clone());
        }
        format!("data: {event}\n\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered() -> Rendered {
        Rendered::new(Answer {
            tokens: vec!["A".to_owned(), " \"b\"".to_owned()],
            cut: true,
            prompt_tokens: 3,
        })
    }

    fn object(event: &str) -> Value {
        serde_json::from_str(
            event
                .strip_prefix("data: ")
                .unwrap()
                .strip_suffix("\n\n")
                .unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn token_events_are_objects_with_the_token() {
        for with_usage in [false, true] {
            let chat = Envelope::new(Route::Chat, 7, 5, "a\"b", with_usage);
            let event = object(&chat.token_event(&rendered().quoted[1]));
            assert_eq!(event["choices"][0]["delta"]["content"], " \"b\"");
            assert_eq!((&event["model"], &event["created"]), (&json!("a\"b"), &json!(5)));
            assert_eq!(event.get("usage").is_some(), with_usage);
            let completions = Envelope::new(Route::Completions, 7, 5, "m", with_usage);
            assert_eq!(
                object(&completions.token_event(&rendered().quoted[0]))["choices"][0]["text"],
                "A"
            );
        }
    }

    #[test]
    fn streams_close_with_reason_usage_and_done() {
        let chat = Envelope::new(Route::Chat, 7, 5, "m", true);
        let events = chat.closing_events(&rendered(), true);
        let events: Vec<&str> = events.split_inclusive("\n\n").collect();
        assert_eq!(events.len(), 3);
        assert_eq!(object(events[0])["choices"][0]["finish_reason"], "length");
        assert_eq!(object(events[1])["usage"]["total_tokens"], 5);
        assert_eq!(events[2], "data: [DONE]\n\n");
        assert_eq!(
            chat.closing_events(&rendered(), false).matches("data: ").count(),
            2
        );
    }
}

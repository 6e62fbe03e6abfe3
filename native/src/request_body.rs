//! Bodies of requests, with the keys in the reference's order (spec section 8): compact JSON, absent keys left out.

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::dataset::{Extras, Message, Prompt, Row, Text};
use crate::run::Api;

/// What every request of a run has in common.
#[derive(Clone, Copy, Debug)]
pub struct BodyOptions<'a> {
    /// Chat or completions.
    pub api: Api,
    /// Model name.
    pub model: &'a str,
    /// The most tokens an answer may have.
    pub max_output_tokens: u32,
    /// Whether the answer is streamed.
    pub streaming: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Messages<'a> {
    Turn(Vec<Turn<'a>>),
    Given(&'a [Message]),
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct ChatBody<'a> {
    model: &'a str,
    messages: Messages<'a>,
    max_completion_tokens: u32,
    /// Absent when off.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logit_bias: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_template: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum CompletionsPrompt<'a> {
    Text(&'a Text),
    Ids(&'a [u32]),
}

#[derive(Serialize)]
struct CompletionsBody<'a> {
    model: &'a str,
    prompt: CompletionsPrompt<'a>,
    max_tokens: u32,
    min_tokens: u32,
    skip_special_tokens: bool,
    /// Always there, unlike chat's.
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<&'a RawValue>,
}

/// The body of the request that sends `row`.
pub fn build(row: &Row, options: BodyOptions<'_>) -> Result<Bytes, serde_json::Error> {
    let json = match options.api {
        Api::Chat => serde_json::to_vec(&chat(row, options)),
        Api::Completions => serde_json::to_vec(&completions(row, options)),
    };
    json.map(Bytes::from)
}

fn chat<'a>(row: &'a Row, options: BodyOptions<'a>) -> ChatBody<'a> {
    let Extras {
        n,
        stop,
        logit_bias,
        user,
        chat_template,
        tools,
        tool_choice,
    } = &row.extras;
    let messages = match &row.prompt {
        Prompt::Messages(messages) => Messages::Given(messages),
        Prompt::Turn { system, user, name } => {
            let system = system.as_ref().map(|content| Turn {
                role: "system",
                content,
                name: None,
            });
            let user = Turn {
                role: "user",
                content: user,
                name: name.as_deref(),
            };
            Messages::Turn(system.into_iter().chain([user]).collect())
        }
        // A chat row is never parsed to token ids.
        Prompt::TokenIds(_) => Messages::Given(&[]),
    };
    ChatBody {
        model: options.model,
        messages,
        max_completion_tokens: options.max_output_tokens,
        stream: options.streaming,
        n: n.as_deref(),
        stop: stop.as_deref(),
        logit_bias: logit_bias.as_deref(),
        user: user.as_deref(),
        chat_template: chat_template.as_deref(),
        tools: tools.as_deref(),
        tool_choice: tool_choice.as_deref(),
    }
}

fn completions<'a>(row: &'a Row, options: BodyOptions<'a>) -> CompletionsBody<'a> {
    let prompt = match &row.prompt {
        Prompt::TokenIds(ids) => CompletionsPrompt::Ids(ids),
        Prompt::Turn { user, .. } => CompletionsPrompt::Text(user),
        // A completions row is never parsed to messages.
        Prompt::Messages(_) => CompletionsPrompt::Ids(&[]),
    };
    CompletionsBody {
        model: options.model,
        prompt,
        max_tokens: options.max_output_tokens,
        min_tokens: 1,
        skip_special_tokens: true,
        stream: options.streaming,
        n: row.extras.n.as_deref(),
        stop: row.extras.stop.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: &str, api: Api, streaming: bool, expected: &str) {
        let row = Row::parse(row.as_bytes(), api).unwrap();
        let body = build(
            &row,
            BodyOptions {
                api,
                model: "m",
                max_output_tokens: 9,
                streaming,
            },
        )
        .unwrap();
        assert_eq!(String::from_utf8(body.to_vec()).unwrap(), expected);
    }

    #[test]
    fn chat_of_a_prompt() {
        let expected =
            r#"{"model":"m","messages":[{"role":"user","content":"é/"}],"max_completion_tokens":9}"#;
        check(r#"{"question":"\u00e9\/"}"#, Api::Chat, false, expected);
    }

    #[test]
    fn chat_keeps_the_order_of_its_keys() {
        let row = r#"{"tool_choice":"auto","tools":[{"b":1,"a":2}],"user":"u","stop":["x"],"n":1,"name":"ann",
            "system":"s","prompt":"p","temperature":3}"#;
        let expected = concat!(
            r#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"p","name":"ann"}],"#,
            r#""max_completion_tokens":9,"stream":true,"n":1,"stop":["x"],"user":"u","tools":[{"b":1,"a":2}],"#,
            r#""tool_choice":"auto"}"#
        );
        check(&row.replace('\n', ""), Api::Chat, true, expected);
    }

    #[test]
    fn chat_of_messages_and_parts() {
        let expected = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}],"max_completion_tokens":9}"#;
        check(
            r#"{"messages":[{"content":[{"type": "text"}],"role":"user"}]}"#,
            Api::Chat,
            false,
            expected,
        );
        check(r#"{"prompt":[{"type": "text"}]}"#, Api::Chat, false, expected);
    }

    #[test]
    fn completions_always_say_whether_they_stream() {
        let expected = r#"{"model":"m","prompt":"p","max_tokens":9,"min_tokens":1,"skip_special_tokens":true,"stream":false}"#;
        check(r#"{"prompt":"p"}"#, Api::Completions, false, expected);
        let expected = r#"{"model":"m","prompt":[1,2],"max_tokens":9,"min_tokens":1,"skip_special_tokens":true,"stream":true}"#;
        check(
            r#"{"token_ids":[1, 2],"prompt":"p"}"#,
            Api::Completions,
            true,
            expected,
        );
    }
}

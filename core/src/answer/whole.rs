//! Answers that came in one piece (loadgen section 10.6). Only what is used need be there.

use super::frame::{Frame, Message};
use super::{Answer, Failure, not_json};

pub(super) fn decode(body: &[u8]) -> Result<Answer, Failure> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let frame: Frame = serde_json::from_slice(text).map_err(|error| not_json(body, &error))?;
    if let Some(message) = frame.error_message() {
        return Err(Failure::unreadable(format!(
            "the answer is an error object: {message}"
        )));
    }
    let usage = frame.usage();
    let Some(choice) = frame.choices.and_then(|choices| choices.into_iter().next()) else {
        return Err(Failure::unreadable("the answer has no choices"));
    };
    let mut answer = match (choice.message, choice.text) {
        (Some(message), _) => of_message(message)?,
        (None, Some(text)) => Answer {
            text,
            ..Answer::default()
        },
        (None, None) => {
            return Err(Failure::unreadable(
                "the answer's first choice has neither `message` nor `text`",
            ));
        }
    };
    answer.finish_reason = choice.finish_reason;
    answer.usage = usage;
    Ok(answer)
}

fn of_message(message: Message) -> Result<Answer, Failure> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let reasoning = match (filled(message.reasoning_content), filled(message.reasoning)) {
        // Servers that move from one name to the other send both for a while.
        (Some(old), Some(new)) if old != new => {
            return Err(Failure::unreadable("`reasoning_content` and `reasoning` differ"));
        }
        (old, new) => old.or(new),
    };
    Ok(Answer {
        text: message.content.unwrap_or_default(),
        reasoning: reasoning.unwrap_or_default(),
        tool_calls: message.tool_calls.and_then(super::tool_calls::Json::into_calls),
        ..Answer::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::answer::Usage;
    use crate::answer::tests::{check_failure, whole};
    use crate::record::FailureClass::Unreadable;

    #[test]
    fn reads_a_chat_answer() {
        let answer = whole(
            r#"{"choices":[{"message":{"role":"assistant","content":"hi","reasoning":"hm"},
                "finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":"?"}}"#,
        )
        .unwrap();
        assert_eq!((answer.text.as_str(), answer.reasoning.as_str()), ("hi", "hm"));
        assert_eq!(answer.finish_reason.as_deref(), Some("length"));
        assert_eq!(
            answer.usage,
            Some(Usage {
                prompt_tokens: Some(3),
                completion_tokens: None
            })
        );
        assert_eq!((answer.first_ns, answer.streamed), (None, false));
    }

    #[test]
    fn reads_a_completion() {
        let answer = whole(r#"{"choices":[{"text":"hi"},{"text":"second"}]}"#).unwrap();
        assert_eq!((answer.text.as_str(), answer.finish_reason), ("hi", None));
    }

    #[test]
    fn takes_null_content_for_none() {
        let answer =
            whole(r#"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a"}]}}]}"#).unwrap();
        assert_eq!(answer.text, "");
        assert_eq!(answer.tool_calls.as_deref(), Some(r#"[{"id":"a"}]"#));
    }

    #[test]
    fn takes_equal_reasoning_under_both_names() {
        let body = |old: &str, new: &str| {
            format!(r#"{{"choices":[{{"message":{{"reasoning_content":"{old}","reasoning":"{new}"}}}}]}}"#)
        };
        assert_eq!(whole(&body("a", "a")).unwrap().reasoning, "a");
        check_failure(whole(&body("a", "b")), Unreadable, &["differ"]);
    }

    #[test]
    fn names_what_is_missing() {
        check_failure(whole("{}"), Unreadable, &["no choices"]);
        check_failure(whole(r#"{"choices":[]}"#), Unreadable, &["no choices"]);
        check_failure(
            whole(r#"{"choices":[{}]}"#),
            Unreadable,
            &["neither `message` nor `text`"],
        );
        check_failure(
            whole(r#"{"error":{"message":"busy"}}"#),
            Unreadable,
            &["error object: busy"],
        );
        check_failure(
            whole(r#"{"object":"error","message":"busy"}"#),
            Unreadable,
            &["error object: busy"],
        );
    }

    #[test]
    fn names_wrong_types() {
        check_failure(
            whole(r#"{"choices":[{"text":5}]}"#),
            Unreadable,
            &["integer `5`, expected a string"],
        );
        check_failure(whole(r#"{"choices":"x"}"#), Unreadable, &["expected a sequence"]);
        check_failure(whole("[1]"), Unreadable, &["can't be read"]);
    }

    #[test]
    fn refuses_endless_nesting() {
        let deep = format!(
            r#"{{"choices":[{{"message":{{"tool_calls":{}"#,
            "[".repeat(100_000)
        );
        check_failure(whole(&deep), Unreadable, &["recursion limit"]);
    }
}

//! The texts of an answer that tokens are counted on (loadgen section 12.7).
//!
//! An answer of text alone is counted as that text. With reasoning or tool calls the reference renders the model's chat
//! template; we have none, and count what it counts when rendering fails: the parts that aren't empty, in the order
//! text, reasoning, tool calls (compact JSON), joined by line feeds.

use std::borrow::Cow;

use super::{Answer, ChunkKind};

/// What OSL is counted on; `None` if the answer has nothing in it.
pub fn output_text(answer: &Answer) -> Option<Cow<'_, str>> {
    join(&answer.text, &answer.reasoning, answer.tool_calls.as_deref())
}

/// What TPOT's divisor is counted on: everything after the first chunk, on its own. `None` if there is no such text or
/// the answer wasn't streamed.
pub fn after_first_text(answer: &Answer) -> Option<Cow<'_, str>> {
    if !answer.streamed {
        return None;
    }
    let after_first = |kind: ChunkKind, text: &'_ str| -> usize {
        let first = answer.chunks.iter().find(|chunk| chunk.what == kind);
        first.map_or(0, |chunk| chunk.range.end).min(text.len())
    };
    let reasoning_from = after_first(ChunkKind::Reasoning, &answer.reasoning);
    let text_from = if answer.reasoning.is_empty() {
        after_first(ChunkKind::Text, &answer.text)
    } else {
        0
    };
    let tool_calls = if answer.text.is_empty() && answer.reasoning.is_empty() {
        &answer.tool_calls_after_first
    } else {
        &answer.tool_calls
    };
    join(
        answer.text.get(text_from..).unwrap_or_default(),
        answer.reasoning.get(reasoning_from..).unwrap_or_default(),
        tool_calls.as_deref(),
    )
}

fn join<'a>(text: &'a str, reasoning: &'a str, tool_calls: Option<&'a str>) -> Option<Cow<'a, str>> {
    let parts = [text, reasoning, tool_calls.unwrap_or_default()];
    let mut parts = parts.into_iter().filter(|part| !part.is_empty());
    let first = Cow::Borrowed(parts.next()?);
    Some(parts.fold(first, |joined, part| Cow::Owned(format!("{joined}\n{part}"))))
}

#[cfg(test)]
mod tests {
    use super::{after_first_text, output_text};
    use crate::answer::tests::{stream, whole};

    fn event(delta: &str) -> String {
        format!("data: {{\"choices\":[{{\"delta\":{{{delta}}}}}]}}\n\n")
    }

    fn check(deltas: &[&str], whole: Option<&str>, after_first: Option<&str>) {
        let mut events: Vec<String> = deltas.iter().map(|delta| event(delta)).collect();
        events.push("data: [DONE]\n\n".to_owned());
        let parts: Vec<&str> = events.iter().map(String::as_str).collect();
        let answer = stream(&parts).unwrap();
        assert_eq!(output_text(&answer).as_deref(), whole);
        assert_eq!(after_first_text(&answer).as_deref(), after_first);
    }

    const TOOL: &str = r#""tool_calls":[{"id":"a","function":{"name":"f","arguments":"1"}}]"#;
    const MORE: &str = r#""tool_calls":[{"function":{"arguments":"2"}}]"#;
    const BOTH: &str = r#"[{"type":"function","function":{"arguments":"12","name":"f"},"id":"a"}]"#;
    const REST: &str = r#"[{"type":"function","function":{"arguments":"2"}}]"#;

    #[test]
    fn drops_the_first_chunk_of_text() {
        check(
            &[r#""content":"a""#, r#""content":"b""#, r#""content":"c""#],
            Some("abc"),
            Some("bc"),
        );
        check(&[r#""content":"a""#], Some("a"), None);
        check(&[], None, None);
    }

    #[test]
    fn drops_the_first_chunk_of_reasoning() {
        let deltas = [
            r#""reasoning":"r""#,
            r#""reasoning":"s""#,
            r#""content":"t""#,
            r#""content":"u""#,
        ];
        check(&deltas, Some("tu\nrs"), Some("tu\ns"));
        check(&deltas[..1], Some("r"), None);
    }

    #[test]
    fn drops_the_first_part_of_lone_tool_calls() {
        check(&[TOOL, MORE], Some(BOTH), Some(REST));
        check(&[TOOL], Some(&BOTH.replace("12", "1")), None);
        check(
            &[r#""content":"t""#, TOOL, MORE],
            Some(&format!("t\n{BOTH}")),
            Some(BOTH),
        );
    }

    #[test]
    fn has_no_first_chunk_without_a_stream() {
        let answer = whole(r#"{"choices":[{"text":"ab"}]}"#).unwrap();
        assert_eq!(output_text(&answer).as_deref(), Some("ab"));
        assert_eq!(after_first_text(&answer), None);
    }
}

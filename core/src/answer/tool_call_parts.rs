//! The parts of a stream's tool calls, one by one, for readers that merge them themselves.

use serde::Deserialize;

use super::streamed::DONE;
use super::tool_calls::Json;
use crate::record::RequestRecord;
use crate::sse::Decoder;

#[derive(Deserialize)]
struct Frame {
    choices: Option<Vec<Choice>>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
}

#[derive(Deserialize)]
struct Delta {
    tool_calls: Option<Json>,
}

/// A JSON list with a list for each event of a streamed answer that brought parts of tool calls: the parts as they came,
/// blanks taken out. `None` without any.
pub fn tool_call_parts(record: &RequestRecord) -> Option<String> {
    let mut lists = Vec::new();
    let mut is_over = false;
    let mut decoder = Decoder::new(usize::MAX);
    // The blank line completes a last event that lacks its own.
    for bytes in [&record.body[..], b"\n\n"] {
        // Without a limit on an event's size nothing can fail.
        let _infallible = decoder.push(bytes, |event| {
            is_over |= event.data.trim_ascii() == DONE;
            if !is_over {
                lists.extend(parts_of(event.data));
            }
        });
    }
    (!lists.is_empty()).then(|| format!("[{}]", lists.join(",")))
}

fn parts_of(data: &[u8]) -> Option<String> {
    let frame: Frame = serde_json::from_slice(data).ok()?;
    let choice = frame.choices?.into_iter().next()?;
    choice.delta?.tool_calls?.into_calls()
}

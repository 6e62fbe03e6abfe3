//! The fields that are used, of the JSON objects that chat and completion endpoints send. All others may be anything.

use serde::Deserialize;
use serde_json::Value;

use super::Usage;
use super::tool_calls::{Json, Part};

/// A whole answer, or one event of a streamed one.
#[derive(Deserialize)]
pub(super) struct Frame {
    pub(super) error: Option<Value>,
    pub(super) object: Option<Value>,
    message: Option<Value>,
    pub(super) choices: Option<Vec<Choice>>,
    usage: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct Choice {
    pub(super) delta: Option<Delta>,
    pub(super) message: Option<Message>,
    pub(super) text: Option<String>,
    pub(super) finish_reason: Option<String>,
}

/// What an event adds to a chat answer.
#[derive(Deserialize)]
pub(super) struct Delta {
    pub(super) content: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    pub(super) tool_calls: Option<Vec<Part>>,
}

/// A whole chat answer.
#[derive(Deserialize)]
pub(super) struct Message {
    pub(super) content: Option<String>,
    pub(super) reasoning_content: Option<String>,
    pub(super) reasoning: Option<String>,
    pub(super) tool_calls: Option<Json>,
}

impl Delta {
    /// The reasoning, under whichever of its two names it came.
    pub(super) fn reasoning(&mut self) -> Option<String> {
        let first = self.reasoning_content.take().filter(|text| !text.is_empty());
        first
            .or_else(|| self.reasoning.take())
            .filter(|text| !text.is_empty())
    }
}

impl Frame {
    /// What went wrong, if this is an error object: `{"error": …}` or `{"object": "error", "message": …}`.
    pub(super) fn error_message(&self) -> Option<String> {
        let error = match (&self.error, &self.object, &self.message) {
            (Some(error), _, _) if !error.is_null() => error,
            (_, Some(object), Some(message)) if object == "error" => message,
            (_, Some(object), None) if object == "error" => object,
            _ => return None,
        };
        let text = match error.get("message").unwrap_or(error) {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some(super::quote(text.as_bytes()))
    }

    /// The server's counts, as far as they can be read.
    pub(super) fn usage(&self) -> Option<Usage> {
        let usage = self.usage.as_ref()?.as_object()?;
        let count = |key| usage.get(key).and_then(Value::as_u64);
        Some(Usage {
            prompt_tokens: count("prompt_tokens"),
            completion_tokens: count("completion_tokens"),
        })
    }
}

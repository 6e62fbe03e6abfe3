//! Request bodies as the mock reads them, and what is wrong with those it refuses.

use serde_json::{Map, Value};

/// Which route a request came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Route {
    Chat,
    Completions,
}

/// What a completions request may bring as its prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    Text(String),
    Tokens(Vec<u32>),
}

/// A request that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) model: String,
    pub(super) prompt: Prompt,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) max_tokens: Option<usize>,
}

/// A body that can't be answered: the field at fault (if it is one) and a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct BadRequest {
    pub(super) param: Option<&'static str>,
    pub(super) message: String,
}

impl Request {
    pub(super) fn read(route: Route, body: &[u8]) -> Result<Self, BadRequest> {
        let value: Value = serde_json::from_slice(body).map_err(|error| BadRequest {
            param: None,
            message: format!("the body is not JSON: {error}"),
        })?;
        let Value::Object(fields) = value else {
            return Err(BadRequest {
                param: None,
                message: "the body must be a JSON object".to_owned(),
            });
        };
        let model = match fields.get("model") {
            Some(Value::String(model)) if !model.is_empty() => model.clone(),
            _ => return Err(bad("model", "must be a string that is not empty")),
        };
        if let Some(n) = present(&fields, "n")
            && n.as_u64() != Some(1)
        {
            return Err(bad("n", "must be 1: the mock gives one choice"));
        }
        let stream = read_flag(&fields, "stream")?;
        let prompt = match route {
            Route::Chat => Prompt::Text(last_user_text(&fields)?),
            Route::Completions => read_prompt(&fields)?,
        };
        let max_tokens = match route {
            Route::Chat => {
                let newer = read_limit(&fields, "max_completion_tokens")?;
                let older = read_limit(&fields, "max_tokens")?;
                newer.or(older)
            }
            Route::Completions => read_limit(&fields, "max_tokens")?,
        };
        Ok(Self {
            model,
            prompt,
            stream,
            include_usage: read_include_usage(&fields, stream)?,
            max_tokens,
        })
    }
}

fn bad(param: &'static str, what: &str) -> BadRequest {
    BadRequest {
        param: Some(param),
        message: format!("`{param}` {what}"),
    }
}

/// A field that is there and not null.
fn present<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn read_flag(fields: &Map<String, Value>, name: &'static str) -> Result<bool, BadRequest> {
    match present(fields, name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(bad(name, "must be true or false")),
    }
}

fn read_limit(fields: &Map<String, Value>, name: &'static str) -> Result<Option<usize>, BadRequest> {
    let Some(value) = present(fields, name) else {
        return Ok(None);
    };
    match value.as_u64().and_then(|limit| usize::try_from(limit).ok()) {
        Some(limit) if limit > 0 => Ok(Some(limit)),
        _ => Err(bad(name, "must be an integer of at least 1")),
    }
}

fn read_include_usage(fields: &Map<String, Value>, stream: bool) -> Result<bool, BadRequest> {
    match present(fields, "stream_options") {
        None => Ok(false),
        Some(Value::Object(options)) if stream => read_flag(options, "include_usage")
            .map_err(|_| bad("stream_options", "must hold a boolean `include_usage`")),
        Some(Value::Object(_)) => Err(bad("stream_options", "is only allowed when `stream` is true")),
        Some(_) => Err(bad("stream_options", "must be an object")),
    }
}

/// The text of the last message whose role is `user`; empty if there is none.
fn last_user_text(fields: &Map<String, Value>) -> Result<String, BadRequest> {
    let messages = match fields.get("messages") {
        Some(Value::Array(messages)) if !messages.is_empty() => messages,
        _ => return Err(bad("messages", "must be a list that is not empty")),
    };
    let mut text = String::new();
    for message in messages {
        let Some(role) = message.get("role").and_then(Value::as_str) else {
            return Err(bad("messages", "must be objects with a `role`"));
        };
        let content = read_content(message.get("content"))?;
        if role == "user" {
            text = content;
        }
    }
    Ok(text)
}

/// Text as a string or as a list of parts, of which those without text (images) count nothing.
fn read_content(content: Option<&Value>) -> Result<String, BadRequest> {
    match content {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => Ok(parts
            .iter()
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect()),
        Some(_) => Err(bad(
            "messages",
            "must have a string or a list of parts as `content`",
        )),
    }
}

fn read_prompt(fields: &Map<String, Value>) -> Result<Prompt, BadRequest> {
    const WHAT: &str = "must be a string, a list of one string, or a list of token ids";
    match fields.get("prompt") {
        Some(Value::String(text)) => Ok(Prompt::Text(text.clone())),
        Some(Value::Array(items)) => {
            if let [Value::String(text)] = items.as_slice() {
                return Ok(Prompt::Text(text.clone()));
            }
            let ids: Option<Vec<u32>> = items
                .iter()
                .map(|item| item.as_u64().and_then(|id| u32::try_from(id).ok()))
                .collect();
            ids.filter(|ids| !ids.is_empty())
                .map(Prompt::Tokens)
                .ok_or_else(|| bad("prompt", WHAT))
        }
        _ => Err(bad("prompt", WHAT)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(body: &str) -> Result<Request, Option<&'static str>> {
        Request::read(Route::Chat, body.as_bytes()).map_err(|error| error.param)
    }

    fn completions(body: &str) -> Result<Prompt, Option<&'static str>> {
        Request::read(Route::Completions, body.as_bytes())
            .map(|request| request.prompt)
            .map_err(|error| error.param)
    }

    #[test]
    fn names_the_field_at_fault() {
        for (fields, param) in [
            (r#""messages":[{"role":"user"}]"#, "model"),
            (r#""model":"","messages":[{"role":"user"}]"#, "model"),
            (r#""model":"m""#, "messages"),
            (r#""model":"m","messages":[]"#, "messages"),
            (r#""model":"m","messages":"hello""#, "messages"),
            (r#""model":"m","messages":[{"content":"hello"}]"#, "messages"),
            (
                r#""model":"m","messages":[{"role":"user","content":5}]"#,
                "messages",
            ),
            (
                r#""model":"m","messages":[{"role":"user"}],"stream":"yes""#,
                "stream",
            ),
            (r#""model":"m","messages":[{"role":"user"}],"n":2"#, "n"),
            (
                r#""model":"m","messages":[{"role":"user"}],"max_completion_tokens":0"#,
                "max_completion_tokens",
            ),
            (
                r#""model":"m","messages":[{"role":"user"}],"max_tokens":-1"#,
                "max_tokens",
            ),
            (
                r#""model":"m","messages":[{"role":"user"}],"stream_options":{}"#,
                "stream_options",
            ),
            (
                r#""model":"m","messages":[{"role":"user"}],"stream":true,"stream_options":1"#,
                "stream_options",
            ),
        ] {
            assert_eq!(chat(&format!("{{{fields}}}")), Err(Some(param)), "{fields}");
        }
        assert_eq!(chat("[]"), Err(None));
        assert_eq!(chat("{"), Err(None));
    }

    #[test]
    fn reads_the_last_user_message_and_the_limits() {
        let body = r#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"max_completion_tokens":5,
            "messages":[{"role":"user","content":"first"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"},{"type":"text","text":"b"}]},{"role":"assistant","content":null}]}"#;
        let request = Request {
            model: "m".to_owned(),
            prompt: Prompt::Text("ab".to_owned()),
            stream: true,
            include_usage: true,
            max_tokens: Some(5),
        };
        assert_eq!(chat(body), Ok(request));
    }

    #[test]
    fn takes_a_prompt_as_text_or_token_ids() {
        let text = Ok(Prompt::Text("hi".to_owned()));
        assert_eq!(completions(r#"{"model":"m","prompt":"hi"}"#), text);
        assert_eq!(completions(r#"{"model":"m","prompt":["hi"]}"#), text);
        assert_eq!(
            completions(r#"{"model":"m","prompt":[1,2]}"#),
            Ok(Prompt::Tokens(vec![1, 2]))
        );
        for prompt in ["[]", "[-1]", "[1.5]", r#"["a","b"]"#, "null", "5"] {
            assert_eq!(
                completions(&format!(r#"{{"model":"m","prompt":{prompt}}}"#)),
                Err(Some("prompt")),
                "{prompt}"
            );
        }
    }
}

//! One row: which of its columns are sent, and which text its ISL is counted on (spec sections 7.2 and 7.4).

use std::collections::BTreeMap;

use runbench_core::order::Salts;
use runbench_core::record::SampleRecord;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::run::Api;

/// Columns that stand for `prompt`.
const PROMPT_NAMES: [&str; 7] = [
    "prompt",
    "user_prompt",
    "question",
    "input",
    "input_text",
    "problem",
    "query",
];

/// Why a row can't be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Longer than a line may be.
    #[error("the line is longer than {0} bytes")]
    TooLong(usize),
    /// Not UTF-8.
    #[error("the line is not UTF-8 (byte {0} of it)")]
    NotUtf8(usize),
    /// Not a JSON object.
    #[error("the line is no JSON object: {0}")]
    NotAnObject(String),
    /// A column of the wrong kind.
    #[error("`{column}` must be {wanted}")]
    WrongType {
        /// The column.
        column: &'static str,
        /// What it must hold.
        wanted: &'static str,
    },
    /// Two columns that mean the same.
    #[error("it has both `{0}` and `{1}`; keep the one that is to be sent")]
    TwoColumns(&'static str, &'static str),
    /// None of the columns that can be sent.
    #[error(
        "it has no prompt; {needed}; its columns are {columns}, and `--column prompt=NAME` takes one of them"
    )]
    NoPrompt {
        /// What the API can send.
        needed: &'static str,
        /// What there is.
        columns: String,
    },
    /// A renamed column that isn't there.
    #[error("it has no column `{source_column}`; its columns are {columns}")]
    NoColumn {
        /// The column.
        source_column: String,
        /// What there is.
        columns: String,
    },
    /// A column renamed to one that is there already.
    #[error("`{source_column}` can't stand for `{target}`, because it has a column `{target}` of its own")]
    Taken {
        /// The new name.
        target: String,
        /// The old one.
        source_column: String,
    },
    /// More than one answer asked for.
    #[error("`n` is {0}, but only answers of one choice can be measured; take the column out or set it to 1")]
    SeveralChoices(String),
    /// A key given twice.
    #[error("it has the key `{0}` twice")]
    TwoKeys(String),
    /// A record of another width than the header.
    #[error("it has {has} cells where the header has {wanted}")]
    WrongWidth {
        /// Its cells.
        has: usize,
        /// The header's.
        wanted: usize,
    },
}

/// A text, or a list of content parts kept as it was written.
#[derive(Clone, Debug)]
pub enum Text {
    /// Plain text.
    Plain(String),
    /// A JSON list of content parts.
    Parts(Box<RawValue>),
}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(text) => text.serialize(serializer),
            Self::Parts(parts) => parts.serialize(serializer),
        }
    }
}

/// A message with the fields that are sent, in their order; other fields of the row's are dropped.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Message {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool_calls: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<Box<RawValue>>,
}

/// Optional columns that are sent as they are.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    pub(crate) n: Option<Box<RawValue>>,
    pub(crate) stop: Option<Box<RawValue>>,
    pub(crate) logit_bias: Option<Box<RawValue>>,
    pub(crate) user: Option<Box<RawValue>>,
    pub(crate) chat_template: Option<Box<RawValue>>,
    pub(crate) tools: Option<Box<RawValue>>,
    pub(crate) tool_choice: Option<Box<RawValue>>,
}

/// What a row asks.
#[derive(Clone, Debug)]
pub enum Prompt {
    /// One user message, perhaps after a system message.
    Turn {
        /// The `system` column.
        system: Option<Text>,
        /// The prompt.
        user: Text,
        /// The `name` column: who asks.
        name: Option<Box<RawValue>>,
    },
    /// A conversation.
    Messages(Vec<Message>),
    /// Token ids (completions only).
    TokenIds(Vec<u32>),
}

/// One row of a dataset, checked for the API that it is sent to.
#[derive(Clone, Debug)]
pub struct Row {
    pub(crate) prompt: Prompt,
    pub(crate) extras: Extras,
}

/// The columns of a row by name, each as JSON.
#[derive(Debug, Default)]
pub(super) struct Cells(pub(super) BTreeMap<String, Box<RawValue>>);

impl Cells {
    /// Reads a JSON object.
    pub(super) fn of_json(json: &[u8]) -> Result<Self, RowError> {
        let text = std::str::from_utf8(json).map_err(|error| RowError::NotUtf8(error.valid_up_to() + 1))?;
        let entries: Entries =
            serde_json::from_str(text).map_err(|error| RowError::NotAnObject(error.to_string()))?;
        let mut cells = BTreeMap::new();
        for (name, value) in entries.0 {
            if cells.contains_key(&name) {
                return Err(RowError::TwoKeys(name));
            }
            cells.insert(name, value);
        }
        Ok(Self(cells))
    }

    /// The names in a sentence.
    pub(super) fn names(&self) -> String {
        const SHOWN: usize = 12;
        let shown: Vec<String> = self
            .0
            .keys()
            .take(SHOWN)
            .map(|name| format!("`{name}`"))
            .collect();
        match (shown.len(), self.0.len().saturating_sub(SHOWN)) {
            (0, _) => "none".to_owned(),
            (_, 0) => shown.join(", "),
            (_, more) => format!("{} and {more} more", shown.join(", ")),
        }
    }

    fn remove(&mut self, name: &str) -> Option<Box<RawValue>> {
        self.0.remove(name)
    }
}

/// The entries of a JSON object, in their order and with their duplicates.
struct Entries(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor)
    }
}

impl Row {
    /// Reads a line.
    #[cfg(test)]
    pub(crate) fn parse(line: &[u8], api: Api) -> Result<Self, RowError> {
        Self::of_cells(Cells::of_json(line)?, api)
    }

    /// Takes what is sent out of a row's columns.
    pub(super) fn of_cells(mut columns: Cells, api: Api) -> Result<Self, RowError> {
        columns.0.retain(|_, value| value.get() != "null");
        let extras = Extras {
            n: take(&mut columns, "n"),
            stop: take(&mut columns, "stop"),
            logit_bias: take(&mut columns, "logit_bias"),
            user: take(&mut columns, "user"),
            chat_template: take(&mut columns, "chat_template"),
            tools: take(&mut columns, "tools"),
            tool_choice: take(&mut columns, "tool_choice"),
        };
        if let Some(n) = &extras.n
            && n.get() != "1"
        {
            return Err(RowError::SeveralChoices(n.get().to_owned()));
        }
        let prompt = match api {
            Api::Chat => chat_prompt(&mut columns)?,
            Api::Completions => completions_prompt(&mut columns)?,
        };
        Ok(Self { prompt, extras })
    }

    /// The same row with a salt before its prompt; `None` if that is no plain text.
    pub fn salted(&self, salts: &mut Salts) -> Option<Self> {
        let Prompt::Turn {
            system,
            user: Text::Plain(text),
            name,
        } = &self.prompt
        else {
            return None;
        };
        Some(Self {
            prompt: Prompt::Turn {
                system: system.clone(),
                user: Text::Plain(salts.salted(text)),
                name: name.clone(),
            },
            extras: self.extras.clone(),
        })
    }

    /// What the event log keeps of it: the text that ISL is counted on. For anything but plain text that is the
    /// compact JSON which the reference falls back to without a chat template.
    pub fn into_sample(self, index: u64) -> SampleRecord {
        let (n_token_ids, prompt) = match self.prompt {
            Prompt::TokenIds(ids) => (u64::try_from(ids.len()).ok(), String::new()),
            Prompt::Turn {
                user: Text::Plain(text),
                ..
            } => (None, text),
            Prompt::Turn { user, .. } => (None, to_json(&user)),
            Prompt::Messages(messages) => {
                let structured = Structured {
                    messages: &messages,
                    tools: self.extras.tools.as_deref(),
                };
                (None, to_json(&structured))
            }
        };
        SampleRecord {
            index,
            n_token_ids,
            prompt,
        }
    }
}

#[derive(Serialize)]
struct Structured<'a> {
    messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a RawValue>,
}

/// JSON of a value that can't fail to be written: its keys are texts.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn chat_prompt(columns: &mut Cells) -> Result<Prompt, RowError> {
    if let Some(messages) = columns.remove("messages") {
        let wrong = RowError::WrongType {
            column: "messages",
            wanted: "a list of messages (objects)",
        };
        let mut messages: Vec<Message> = serde_json::from_str(messages.get()).map_err(|_| wrong)?;
        if !messages.is_empty() {
            messages.iter_mut().for_each(Message::tidy);
            return Ok(Prompt::Messages(messages));
        }
    }
    let names = columns.names();
    let (column, raw) = take_prompt(columns)?.ok_or(RowError::NoPrompt {
        needed: "chat needs a `prompt` (or `question`, `input`, …) or `messages`",
        columns: names,
    })?;
    let user = text(column, &raw)?;
    let system = columns
        .remove("system")
        .or_else(|| columns.remove("system_prompt"));
    let system = system.map(|raw| text("system", &raw)).transpose()?;
    Ok(Prompt::Turn {
        system,
        user,
        name: take(columns, "name"),
    })
}

fn completions_prompt(columns: &mut Cells) -> Result<Prompt, RowError> {
    let ids = match (columns.remove("token_ids"), columns.remove("input_tokens")) {
        (Some(_), Some(_)) => return Err(RowError::TwoColumns("token_ids", "input_tokens")),
        (Some(ids), None) => Some(("token_ids", ids)),
        (None, Some(ids)) => Some(("input_tokens", ids)),
        (None, None) => None,
    };
    if let Some((column, ids)) = ids {
        let ids = serde_json::from_str(ids.get()).map_err(|_| RowError::WrongType {
            column,
            wanted: "a list of whole numbers from 0 to 4294967295",
        })?;
        return Ok(Prompt::TokenIds(ids));
    }
    let names = columns.names();
    let (column, raw) = take_prompt(columns)?.ok_or(RowError::NoPrompt {
        needed: "completions need a `prompt` (or `question`, `input`, …), `token_ids` or `input_tokens`",
        columns: names,
    })?;
    match text(column, &raw)? {
        user @ Text::Plain(_) => Ok(Prompt::Turn {
            system: None,
            user,
            name: None,
        }),
        Text::Parts(_) => Err(RowError::WrongType {
            column,
            wanted: "a text",
        }),
    }
}

fn take_prompt(columns: &mut Cells) -> Result<Option<(&'static str, Box<RawValue>)>, RowError> {
    let mut found: Option<(&'static str, Box<RawValue>)> = None;
    for name in PROMPT_NAMES {
        let Some(raw) = columns.remove(name) else { continue };
        if let Some((first, _)) = found {
            return Err(RowError::TwoColumns(first, name));
        }
        found = Some((name, raw));
    }
    Ok(found)
}

fn text(column: &'static str, raw: &RawValue) -> Result<Text, RowError> {
    match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).map(Text::Plain).ok(),
        Some(b'[') => Some(Text::Parts(compact(raw))),
        _ => None,
    }
    .ok_or(RowError::WrongType {
        column,
        wanted: "a text, or a list of content parts",
    })
}

fn take(columns: &mut Cells, name: &str) -> Option<Box<RawValue>> {
    columns.remove(name).map(|raw| compact(&raw))
}

impl Message {
    fn tidy(&mut self) {
        let fields = [
            &mut self.role,
            &mut self.content,
            &mut self.name,
            &mut self.tool_calls,
            &mut self.tool_call_id,
            &mut self.reasoning_content,
        ];
        for field in fields {
            *field = field.take().map(|raw| compact(&raw));
        }
    }
}

/// The same JSON without white space between its tokens.
fn compact(raw: &RawValue) -> Box<RawValue> {
    let mut in_text = false;
    let mut escaped = false;
    let is_kept = |sign: &char| {
        let keep = in_text || !sign.is_ascii_whitespace();
        if escaped {
            escaped = false;
        } else if *sign == '"' {
            in_text = !in_text;
        } else {
            escaped = in_text && *sign == '\\';
        }
        keep
    };
    let text: String = raw.get().chars().filter(is_kept).collect();
    RawValue::from_string(text).unwrap_or_else(|_| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(line: &str, api: Api) -> SampleRecord {
        Row::parse(line.as_bytes(), api).unwrap().into_sample(3)
    }

    #[test]
    fn counts_plain_prompts_as_text() {
        let expected = SampleRecord {
            index: 3,
            n_token_ids: None,
            prompt: "é\n".to_owned(),
        };
        assert_eq!(
            sample(r#"{"prompt":"\u00e9\n","system":"be kind"}"#, Api::Chat),
            expected
        );
    }

    #[test]
    fn counts_token_ids_by_their_number() {
        let expected = SampleRecord {
            index: 3,
            n_token_ids: Some(2),
            prompt: String::new(),
        };
        assert_eq!(
            sample(r#"{"input_tokens":[5, 6],"prompt":"x"}"#, Api::Completions),
            expected
        );
    }

    #[test]
    fn counts_messages_as_compact_json_of_the_fields_that_are_sent() {
        let line = r#"{"messages":[ {"content": "a b", "role": "user", "id": 7, "name": null} ], "tools": [ {"x" : 1} ]}"#;
        let expected = r#"{"messages":[{"role":"user","content":"a b"}],"tools":[{"x":1}]}"#;
        assert_eq!(sample(line, Api::Chat).prompt, expected);
    }

    #[test]
    fn a_null_column_is_an_absent_one() {
        assert_eq!(
            sample(r#"{"prompt":null,"query":"q","messages":null}"#, Api::Chat).prompt,
            "q"
        );
    }

    #[test]
    fn compacts_outside_of_texts_only() {
        let raw = RawValue::from_string("[ \"a \\\" b\" , { \"k\" :\t1 } ]".to_owned()).unwrap();
        assert_eq!(compact(&raw).get(), "[\"a \\\" b\",{\"k\":1}]");
    }
}

//! Options from a file, YAML or RON: keys and values with their lines, whatever they mean.
//!
//! What keys there are and what values they take is said in one place, the command line's definition; this only reads.
//! Numbers keep their text, so that `0.70` is sent as `0.70`.

mod ron_file;
mod yaml_file;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigFormat {
    /// YAML 1.1, as the reference reads it.
    Yaml,
    /// Rusty Object Notation.
    Ron,
}

/// The longest file that is read. Bytes.
pub const MAX_CONFIG_BYTES: usize = 1 << 20;

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigValue {
    /// Nothing: the same as leaving the key out.
    Null,
    /// True or false.
    Bool(bool),
    /// A number's text.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<ConfigValue>),
    /// Keys and values, in their order.
    Map(Vec<(String, ConfigValue)>),
}

/// One key of the file's mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// The key, with `-` for `_`.
    pub key: String,
    /// Its value.
    pub value: ConfigValue,
    /// Where it stands, from 1.
    pub line: usize,
}

/// Why a file can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct ConfigError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads a file's entries, in their order. An empty file has none.
pub fn read_config(bytes: &[u8], format: ConfigFormat) -> Result<Vec<ConfigEntry>, ConfigError> {
    if bytes.len() > MAX_CONFIG_BYTES {
        return Err(at_start(format!(
            "the file is longer than {MAX_CONFIG_BYTES} bytes"
        )));
    }
    let entries = match format {
        ConfigFormat::Yaml => yaml_file::read(bytes)?,
        ConfigFormat::Ron => ron_file::read(bytes)?,
    };
    let is_references =
        |entry: &&ConfigEntry| ["model-params", "endpoint-config", "settings"].contains(&entry.key.as_str());
    if let Some(entry) = entries.iter().find(is_references) {
        return Err(ConfigError {
            line: entry.line,
            column: 1,
            message: "this is a config of the reference client (`inference-endpoint`), which runbench doesn't read yet; \
                      `runbench init` writes one of its own"
                .to_owned(),
        });
    }
    Ok(entries)
}

fn at_start(message: String) -> ConfigError {
    ConfigError {
        line: 1,
        column: 1,
        message,
    }
}

fn key_of(key: &str) -> String {
    key.replace('_', "-")
}

impl ConfigValue {
    /// The value as compact JSON; a number is written as it stands.
    pub fn to_json(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(text) => text.clone(),
            Self::Text(text) => quoted(text),
            Self::List(values) => {
                let values: Vec<String> = values.iter().map(Self::to_json).collect();
                format!("[{}]", values.join(","))
            }
            Self::Map(entries) => {
                let entry = |(key, value): &(String, Self)| format!("{}:{}", quoted(key), value.to_json());
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{{{}}}", entries.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ConfigEntry, ConfigFormat, ConfigValue, read_config};

    fn text(text: &str) -> ConfigValue {
        ConfigValue::Text(text.to_owned())
    }

    fn number(text: &str) -> ConfigValue {
        ConfigValue::Number(text.to_owned())
    }

    fn check(format: ConfigFormat, source: &str, expected: &[(&str, ConfigValue, usize)]) {
        let expected: Vec<ConfigEntry> = expected
            .iter()
            .map(|(key, value, line)| ConfigEntry {
                key: (*key).to_owned(),
                value: value.clone(),
                line: *line,
            })
            .collect();
        assert_eq!(read_config(source.as_bytes(), format), Ok(expected), "{source}");
    }

    fn check_error(format: ConfigFormat, source: &[u8], line: usize, part: &str) {
        let error = read_config(source, format).unwrap_err();
        assert!(error.line == line && error.message.contains(part), "{error}");
    }

    #[test]
    fn reads_yaml() {
        let source = "# a comment\nendpoint: [http://h:1, 'http://h:2']\nnum_samples: 10\ntemperature: 0.70\n\
                      streaming: off\ngoodput: {ttft: 200}\ntokenizer:\nmin-duration: 10s\n";
        let endpoints = ConfigValue::List(vec![text("http://h:1"), text("http://h:2")]);
        check(
            ConfigFormat::Yaml,
            source,
            &[
                ("endpoint", endpoints, 2),
                ("num-samples", number("10"), 3),
                ("temperature", number("0.70"), 4),
                ("streaming", ConfigValue::Bool(false), 5),
                (
                    "goodput",
                    ConfigValue::Map(vec![("ttft".to_owned(), number("200"))]),
                    6,
                ),
                ("tokenizer", ConfigValue::Null, 7),
                ("min-duration", text("10s"), 8),
            ],
        );
        check(ConfigFormat::Yaml, "", &[]);
    }

    #[test]
    fn reads_ron() {
        let source = "// a comment\n(\n  endpoint: [\"http://h:1\"],\n  num_samples: 10,\n  streaming: true,\n  \
                      goodput: {\"ttft\": 200.5},\n)\n";
        check(
            ConfigFormat::Ron,
            source,
            &[
                ("endpoint", ConfigValue::List(vec![text("http://h:1")]), 3),
                ("num-samples", number("10"), 4),
                ("streaming", ConfigValue::Bool(true), 5),
                (
                    "goodput",
                    ConfigValue::Map(vec![("ttft".to_owned(), number("200.5"))]),
                    6,
                ),
            ],
        );
        check(
            ConfigFormat::Ron,
            "{\"model\": \"m\"}",
            &[("model", text("m"), 1)],
        );
    }

    #[test]
    fn says_where_a_file_is_broken() {
        check_error(ConfigFormat::Yaml, b"model: m\nmodel: n\n", 2, "given twice");
        check_error(ConfigFormat::Yaml, b"- 1\n", 1, "keys and values");
        check_error(ConfigFormat::Yaml, b"a: [\n", 2, "");
        check_error(ConfigFormat::Yaml, b"a: 2020-01-01\n", 1, "`a`");
        check_error(
            ConfigFormat::Yaml,
            b"type: online\nmodel_params:\n  name: m\n",
            2,
            "reference client",
        );
        check_error(
            ConfigFormat::Ron,
            b"(\n  model: \"m\",\n  model: \"n\",\n)",
            3,
            "given twice",
        );
        check_error(ConfigFormat::Ron, b"(\n  model \"m\"\n)", 2, "");
        check_error(ConfigFormat::Ron, b"[1]", 1, "keys and values");
        check_error(ConfigFormat::Ron, b"\xFF", 1, "UTF-8");
    }

    #[test]
    fn values_as_json_keep_their_numbers() {
        let value = ConfigValue::Map(vec![
            (
                "a".to_owned(),
                ConfigValue::List(vec![number("1.50"), ConfigValue::Bool(true)]),
            ),
            ("b \"".to_owned(), ConfigValue::Null),
        ]);
        assert_eq!(value.to_json(), r#"{"a":[1.50,true],"b \"":null}"#);
    }
}

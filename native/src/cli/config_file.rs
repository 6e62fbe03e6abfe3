//! A command's options from a config file: config file < environment < flag.
//!
//! The file's keys are the long names of the command's own options, so there is one schema: the entries are turned into
//! arguments, and those that a flag or the environment gives already are left out.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use runbench_core::plan::{ConfigEntry, ConfigFormat, ConfigValue, MAX_CONFIG_BYTES, read_config};
use runbench_core::suggest::did_you_mean;

/// Options that make no sense in a file.
const NOT_IN_A_FILE: [&str; 4] = ["config", "help", "quiet", "color"];

/// Options whose mappings are written as `key<SIGN>value` on the command line.
const MAPPINGS: [(&str, &str); 3] = [("column", "="), ("header", ": "), ("goodput", ":")];

/// What a file adds to the arguments.
#[derive(Debug)]
pub(super) struct FileArguments {
    path: PathBuf,
    /// Each with the line and the option that it comes from.
    arguments: Vec<(usize, String, Vec<OsString>)>,
}

impl FileArguments {
    /// The arguments that `path` holds for `command`, but for those that `matches` has already.
    pub(super) fn read(path: &Path, command: &Command, matches: &ArgMatches) -> Result<Self, String> {
        let shown = path.display();
        let bytes =
            read_bounded(path).map_err(|error| format!("can't read the config file `{shown}`: {error}"))?;
        let entries = read_config(&bytes, format_of(path)).map_err(|error| format!("{shown}:{error}"))?;
        let mut arguments = Vec::new();
        for entry in entries {
            let line = entry.line;
            let named = |message: String| format!("{shown}:{line}: {message}");
            let arg = find(command, &entry.key).map_err(named)?;
            let is_given = matches!(
                matches.value_source(arg.get_id().as_str()),
                Some(ValueSource::CommandLine | ValueSource::EnvVariable)
            );
            if !is_given {
                let words = words(arg, &entry).map_err(named)?;
                arguments.push((line, entry.key, words));
            }
        }
        Ok(Self {
            path: path.to_owned(),
            arguments,
        })
    }

    /// The words to add to a command line.
    pub(super) fn words(&self) -> impl Iterator<Item = &OsString> {
        self.arguments.iter().flat_map(|(_, _, words)| words)
    }

    /// The place of the entry that an error of the command line's parser speaks of: the file, and the line if it names
    /// one of its options.
    pub(super) fn place(&self, message: &str) -> String {
        let named =
            |key: &str| message.contains(&format!("'--{key} ")) || message.contains(&format!("'--{key}'"));
        let entry = self.arguments.iter().find(|(_, key, _)| named(key));
        match entry {
            Some((line, _, _)) => format!("{}:{line}", self.path.display()),
            None => self.path.display().to_string(),
        }
    }
}

fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_CONFIG_BYTES + 1).unwrap_or(u64::MAX);
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn format_of(path: &Path) -> ConfigFormat {
    if path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("ron"))
    {
        ConfigFormat::Ron
    } else {
        ConfigFormat::Yaml
    }
}

/// Options that may stand in a file, by their long names.
pub(super) fn options(command: &Command) -> impl Iterator<Item = (&str, &Arg)> {
    command
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?, arg)))
        .filter(|(name, _)| !NOT_IN_A_FILE.contains(name))
}

fn find<'a>(command: &'a Command, key: &str) -> Result<&'a Arg, String> {
    let answers_to =
        |arg: &Arg| arg.get_long() == Some(key) || arg.get_all_aliases().unwrap_or_default().contains(&key);
    let found = options(command).find(|(_, arg)| answers_to(arg));
    found.map(|(_, arg)| arg).ok_or_else(|| {
        let near = did_you_mean(key, options(command).map(|(name, _)| name));
        format!("`{key}` is no option{near}")
    })
}

/// What one would type for an entry.
fn words(arg: &Arg, entry: &ConfigEntry) -> Result<Vec<OsString>, String> {
    let key = &entry.key;
    let flag = format!("--{}", arg.get_long().unwrap_or(key));
    let given = |value: String| OsString::from(format!("{flag}={value}"));
    if !arg.get_action().takes_values() {
        return match &entry.value {
            ConfigValue::Bool(true) => Ok(vec![flag.into()]),
            ConfigValue::Bool(false) | ConfigValue::Null => Ok(Vec::new()),
            _ => Err(format!("`{key}` is `true` or `false`")),
        };
    }
    let sign = MAPPINGS.iter().find(|(name, _)| arg.get_long() == Some(*name));
    let is_json = arg.get_long() == Some("chat-template-kwargs");
    match (&entry.value, sign) {
        (ConfigValue::Null, _) => Ok(Vec::new()),
        (value @ ConfigValue::Map(_), None) if is_json => Ok(vec![given(value.to_json())]),
        (ConfigValue::Map(entries), Some((_, sign))) => entries
            .iter()
            .map(|(name, value)| Ok(given(format!("{name}{sign}{}", scalar(key, value)?))))
            .collect(),
        (ConfigValue::List(values), _) if is_repeated(arg) => {
            values.iter().map(|value| scalar(key, value).map(given)).collect()
        }
        (value, _) => Ok(vec![given(scalar(key, value)?)]),
    }
}

fn is_repeated(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

fn scalar(key: &str, value: &ConfigValue) -> Result<String, String> {
    match value {
        ConfigValue::Number(text) | ConfigValue::Text(text) => Ok(text.clone()),
        // YAML 1.1 reads `on` and `off` as booleans.
        ConfigValue::Bool(value) => Ok(if *value { "on" } else { "off" }.to_owned()),
        ConfigValue::Null | ConfigValue::List(_) | ConfigValue::Map(_) => {
            Err(format!("`{key}` needs a single value here"))
        }
    }
}

//! `runbench init`: a config file with every option in it.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Arg, Args, Command, ValueEnum};

use super::Exit;
use super::config_file::options;
use super::output::{complain, print};

/// Write a config file for `runbench run` with every option in it
///
/// What must be given stands first; all else is commented out, with its default where it has one.
#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// File to write; `-` prints it. Its ending chooses YAML or RON
    #[arg(default_value = "runbench.yaml", value_name = "FILE")]
    file: PathBuf,
    /// Kind of load that is filled in
    #[arg(long, value_enum, default_value_t)]
    load: LoadArg,
    /// Replace the file if it is there
    #[arg(long)]
    overwrite: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum LoadArg {
    /// A fixed number of requests in flight
    #[default]
    Concurrency,
    /// A rate
    Rate,
    /// Everything at once
    Offline,
}

/// Runs the command. `run` is the command that the file is for.
pub(super) fn execute(args: &InitArgs, run: &Command) -> Exit {
    let is_ron = args
        .file
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("ron"));
    let text = template(run, args.load, is_ron);
    if args.file.as_os_str() == "-" {
        print(&text);
        return Exit::Ok;
    }
    let shown = args.file.display();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true);
    if args.overwrite {
        options.truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(&args.file).and_then(|mut file| {
        use std::io::Write as _;
        file.write_all(text.as_bytes())
    });
    match written {
        Ok(()) => {
            print(&format!(
                "{shown} is written; fill in what stands first, then `runbench validate {shown}` and `runbench run --config \
                 {shown}`\n"
            ));
            Exit::Ok
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => complain(
            Exit::Usage,
            &format!("`{shown}` is there already"),
            "give another name, or `--overwrite` to replace it",
        ),
        Err(error) => complain(Exit::Setup, &format!("can't write `{shown}`: {error}"), ""),
    }
}

/// Keys that are filled in, and with what.
fn filled_in(load: LoadArg) -> Vec<(&'static str, &'static str, bool)> {
    let mut filled = vec![
        ("endpoint", "http://127.0.0.1:8000", true),
        ("model", "NAME", true),
        ("dataset", "prompts.jsonl", true),
        ("out", "report", true),
    ];
    match load {
        LoadArg::Concurrency => filled.push(("concurrency", "8", false)),
        LoadArg::Rate => filled.push(("request-rate", "5", false)),
        LoadArg::Offline => filled.push(("request-rate", "inf", true)),
    }
    filled
}

fn template(run: &Command, load: LoadArg, is_ron: bool) -> String {
    let (comment, indent, end) = if is_ron { ("//", "  ", ",") } else { ("#", "", "") };
    let key_of = |name: &str| name.replace('-', "_");
    let value_of = |text: &str, is_text: bool| {
        if is_text {
            serde_json::Value::from(text).to_string()
        } else {
            text.to_owned()
        }
    };
    let mut text =
        format!("{comment} Options of `runbench run`. A flag beats the environment, and that this file.\n");
    if is_ron {
        text.push_str("(\n");
    }
    let filled = filled_in(load);
    for (name, value, is_text) in &filled {
        // Writing to a `String` can't fail.
        let _ = writeln!(
            text,
            "{indent}{}: {}{end}",
            key_of(name),
            value_of(value, *is_text)
        );
    }
    for (name, arg) in options(run) {
        if filled.iter().any(|(known, ..)| *known == name) {
            continue;
        }
        let _ = writeln!(text, "\n{indent}{comment} {}", help_of(arg));
        let value = default_of(arg);
        let value = value_of(&value, !is_plain(&value));
        let _ = writeln!(text, "{indent}{comment} {}: {value}{end}", key_of(name));
    }
    if is_ron {
        text.push_str(")\n");
    }
    text
}

/// The option's help on one line, with its choices.
fn help_of(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let choices: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    if choices.is_empty() || !arg.get_action().takes_values() {
        help
    } else {
        format!("{help} ({})", choices.join(", "))
    }
}

/// The option's default, or what its value is called.
fn default_of(arg: &Arg) -> String {
    if !arg.get_action().takes_values() {
        return "true".to_owned();
    }
    let default = arg.get_default_values().first();
    let name = arg.get_value_names().and_then(|names| names.first());
    match (default, name) {
        (Some(default), _) => default.to_string_lossy().into_owned(),
        (None, Some(name)) => name.to_string(),
        (None, None) => String::new(),
    }
}

/// Whether a value is a number or a boolean, which need no quotes.
fn is_plain(value: &str) -> bool {
    value == "true" || value.parse::<f64>().is_ok_and(f64::is_finite)
}

//! `runbench probe`: one request, and everything that came back.

use std::fmt::Write as _;
use std::time::Duration;

use clap::{Args, ValueEnum};
use runbench_core::answer::{Answer, ChunkKind};
use runbench_core::record::RequestRecord;

use super::Exit;
use super::output::{complain, print};
use super::run::exit_of;
use super::run_values::parse_header;
use super::units::parse_duration;
use crate::endpoint::Endpoint;
use crate::run::{Api, Asked, ProbeOptions, Probed, explain_one, printable, probe};
use crate::signals;

/// Send one request, and show what comes back
///
/// Exits 0 when the answer is a good one, 4 when it isn't, 3 when nobody answers.
#[derive(Args, Clone, Debug)]
pub(super) struct ProbeArgs {
    /// The server's root, such as `http://127.0.0.1:8000`; a trailing `/v1` is accepted
    #[arg(
        long,
        visible_alias = "base-url",
        value_name = "URL",
        env = "RUNBENCH_ENDPOINT"
    )]
    endpoint: String,
    /// Name of the model, as the server's `/v1/models` lists it
    #[arg(long, env = "RUNBENCH_MODEL")]
    model: String,
    /// What is asked
    #[arg(long, default_value = "Please write me a joke in 30 words.")]
    prompt: String,
    /// Which route the request takes
    #[arg(long, value_enum, default_value_t)]
    api: ApiArg,
    /// Ask for a whole answer instead of a stream
    #[arg(long)]
    no_streaming: bool,
    /// The most tokens that the answer may have
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    max_output_tokens: u32,
    /// Environment variable that holds the API key
    #[arg(long, value_name = "NAME", env = "RUNBENCH_API_KEY_ENV")]
    api_key_env: Option<String>,
    /// Another header, as `Name: value`
    #[arg(long = "header", value_name = "HEADER", value_parser = parse_header)]
    headers: Vec<(String, String)>,
    /// Time-out of the request
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    request_timeout: Duration,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ApiArg {
    /// v1/chat/completions
    #[default]
    Chat,
    /// v1/completions
    Completions,
}

/// Runs the command.
pub(super) fn execute(args: &ProbeArgs) -> Exit {
    let interrupt = match signals::install() {
        Ok(interrupt) => interrupt,
        Err(error) => return complain(Exit::Setup, &format!("can't watch for signals: {error}"), ""),
    };
    let options = ProbeOptions {
        endpoint: args.endpoint.clone(),
        model: args.model.clone(),
        prompt: args.prompt.clone(),
        api: match args.api {
            ApiArg::Chat => Api::Chat,
            ApiArg::Completions => Api::Completions,
        },
        streaming: !args.no_streaming,
        max_output_tokens: args.max_output_tokens,
        api_key_env: args.api_key_env.clone(),
        headers: args.headers.clone(),
        request_timeout: args.request_timeout,
    };
    match probe(&options, &interrupt) {
        Ok(probed) => conclude(&options, &probed),
        Err(error) => complain(exit_of(&error), &error.to_string(), ""),
    }
}

fn conclude(options: &ProbeOptions, probed: &Probed) -> Exit {
    let Ok(endpoint) = Endpoint::parse(&options.endpoint) else {
        return Exit::Usage;
    };
    let (url, path) = (endpoint.url(), endpoint.path(options.api));
    let mut text = format!("POST {url}{path}\n");
    write_transport(&mut text, &probed.record);
    match &probed.answer {
        Ok(answer) => {
            write_answer(&mut text, &probed.record, answer);
            print(&text);
            Exit::Ok
        }
        Err(failure) => {
            print(&text);
            let asked = Asked {
                url: &url,
                path: &path,
                model: &options.model,
                with_key: options.api_key_env.is_some(),
            };
            complain(Exit::Execution, &explain_one(failure, &probed.record, &asked), "")
        }
    }
}

fn line(text: &mut String, label: &str, value: &str) {
    // Writing to a `String` can't fail.
    let _ = writeln!(text, "{label:<15}{value}");
}

/// Milliseconds after the request was sent.
fn after(record: &RequestRecord, at_ns: u64) -> String {
    let ns = at_ns.saturating_sub(record.issued_ns);
    format!(
        "{}.{:03} ms after the request",
        ns / 1_000_000,
        ns / 1_000 % 1_000
    )
}

fn write_transport(text: &mut String, record: &RequestRecord) {
    if let Some(status) = record.http_status {
        let kind = if record.event_stream {
            ", a stream of events"
        } else {
            ""
        };
        line(text, "status", &format!("{status}{kind}"));
    }
    if let Some(head_ns) = record.head_ns {
        line(text, "head", &after(record, head_ns));
    }
    line(text, "end", &after(record, record.done_ns));
    line(
        text,
        "body",
        &format!("{} bytes in {} reads", record.body.len(), record.reads.len()),
    );
}

fn write_answer(text: &mut String, record: &RequestRecord, answer: &Answer) {
    if let Some(first_ns) = answer.first_ns {
        line(text, "first chunk", &after(record, first_ns));
    }
    if answer.streamed {
        let count = |what| answer.chunks.iter().filter(|chunk| chunk.what == what).count();
        line(
            text,
            "chunks",
            &format!(
                "{} of text, {} of reasoning, {} of tool calls",
                count(ChunkKind::Text),
                count(ChunkKind::Reasoning),
                count(ChunkKind::ToolCall)
            ),
        );
        if let (Some(first), Some(last)) = (answer.chunks.first(), answer.chunks.last())
            && answer.chunks.len() > 1
        {
            let gaps = u64::try_from(answer.chunks.len() - 1).unwrap_or(1);
            let mean_ns = last.at_ns.saturating_sub(first.at_ns) / gaps;
            line(
                text,
                "gap",
                &format!(
                    "{}.{:03} ms on average",
                    mean_ns / 1_000_000,
                    mean_ns / 1_000 % 1_000
                ),
            );
        }
    }
    line(
        text,
        "finish reason",
        &answer
            .finish_reason
            .as_deref()
            .map_or("none".to_owned(), printable),
    );
    if let Some(usage) = answer.usage {
        let count = |tokens: Option<u64>| tokens.map_or("?".to_owned(), |tokens| tokens.to_string());
        line(
            text,
            "server's usage",
            &format!(
                "{} prompt tokens, {} output tokens (its own claim)",
                count(usage.prompt_tokens),
                count(usage.completion_tokens)
            ),
        );
    }
    for (label, content) in [
        ("reasoning", Some(&answer.reasoning)),
        ("tool calls", answer.tool_calls.as_ref()),
        ("text", Some(&answer.text)),
    ] {
        if let Some(content) = content.filter(|content| !content.is_empty()) {
            line(text, label, &printable(content));
        }
    }
}

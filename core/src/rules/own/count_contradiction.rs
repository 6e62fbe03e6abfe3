//! `count-contradiction`.

use super::OWN;
use super::view::{File, View, at, number, place};
use crate::diag::Severity;
use crate::parse::Value;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "count-contradiction",
    severity: Severity::Warning,
    title: "counts of requests and of tokens can belong together",
    what: "Tokens without a completed request, completed requests without a token, a total of tokens with a \
           fraction, and times to a first token (`ttft.total`) where no request was answered.",
    why: "The reference cuts a fraction off and divides by what is there, so such figures pass every check.",
    fix: "write the summary again from the run's own log",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    const TOKENS: &str = "/output_sequence_lengths/total";
    for (_, _, file) in view.measured() {
        let tokens = number(file, TOKENS);
        let completed = number(file, "/n_samples_completed").unwrap_or_default();
        let failed = number(file, "/n_samples_failed").unwrap_or_default();
        if let Some(tokens) = tokens.filter(|tokens| *tokens > 0.0 && tokens.fract() > 0.0) {
            say(
                file,
                TOKENS,
                format!("{tokens} output tokens: a count has no fraction"),
                out,
            );
        }
        match tokens {
            Some(tokens) if tokens > 0.0 && completed.abs() <= 0.0 => {
                say(
                    file,
                    TOKENS,
                    format!("{tokens} output tokens, but no request completed"),
                    out,
                );
            }
            Some(tokens) if (0.0..1.0).contains(&tokens) && completed > 0.0 => {
                let message = format!("{completed} requests completed, but no output token was counted");
                say(file, TOKENS, message, out);
            }
            None if completed > 0.0 && at(file, TOKENS).is_none_or(|node| node.value == Value::Null) => {
                let message = format!("{completed} requests completed, but no output tokens are given");
                say(file, "/output_sequence_lengths", message, out);
            }
            _ => {}
        }
        let waited = number(file, "/ttft/total").filter(|total| *total > 0.0);
        if let Some(waited) = waited.filter(|_| completed.abs() <= 0.0 && failed.abs() <= 0.0) {
            let message = format!(
                "first tokens took {} s in all, but no request was answered",
                waited / 1e9
            );
            say(file, "/ttft/total", message, out);
        }
    }
}

fn say(file: File<'_>, pointer: &str, message: String, out: &mut Out<'_>) {
    out.warning(file.path(), message).at(place(file, pointer));
}

//! Failures in words: what was seen, and what to try.

use std::collections::BTreeMap;

use runbench_core::answer::Failure;
use runbench_core::record::{FailureClass, RequestRecord};

/// How much of an answer is shown. Characters.
const SHOWN_CHARS: usize = 200;

/// The first request that failed in one way, kept to explain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureExample {
    /// [`RequestRecord::id`].
    pub id: u64,
    /// Status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// What was seen.
    pub message: String,
    /// The beginning of the answer's body, printable; empty if there was none.
    pub body_start: String,
}

/// The first failure of each class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureExamples(pub BTreeMap<FailureClass, FailureExample>);

impl FailureExamples {
    /// Takes note of a failed request; only the first of each class is kept.
    pub fn note(&mut self, class: FailureClass, message: &str, record: &RequestRecord) {
        self.0.entry(class).or_insert_with(|| FailureExample {
            id: record.id,
            http_status: record.http_status,
            message: message.to_owned(),
            body_start: printable_start(&record.body),
        });
    }
}

/// The first characters of a body, fit for a terminal.
fn printable_start(body: &[u8]) -> String {
    let start = body.get(..SHOWN_CHARS * 4).unwrap_or(body);
    let text = String::from_utf8_lossy(start);
    let cut: String = text.chars().take(SHOWN_CHARS).collect();
    let mut shown = printable(&cut);
    if text.chars().nth(SHOWN_CHARS).is_some() || start.len() < body.len() {
        shown.push('…');
    }
    shown.trim().to_owned()
}

/// A text from elsewhere with a blank for everything that would disturb a terminal: control characters, and those that
/// show nothing or turn the direction of what follows, with which a text can pose as another.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|sign| if is_disturbing(sign) { ' ' } else { sign })
        .collect()
}

fn is_disturbing(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// What the explanations refer to.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The server's root.
    pub url: &'a str,
    /// The path that was asked.
    pub path: &'a str,
    /// The model's name.
    pub model: &'a str,
    /// Whether a key was sent.
    pub with_key: bool,
}

/// Sentences on one class of failures: what, what was seen, and what to try.
pub fn explain(class: FailureClass, n: u64, example: Option<&FailureExample>, asked: &Asked<'_>) -> String {
    let requests = if n == 1 {
        "1 request".to_owned()
    } else {
        format!("{n} requests")
    };
    let status = example.and_then(|example| example.http_status);
    let mut lines = vec![format!("{requests} failed: {}", what(class, status))];
    if let Some(example) = example {
        if class != FailureClass::Status {
            lines.push(format!("   = seen: {}", printable(&example.message)));
        }
        if !example.body_start.is_empty() {
            lines.push(format!("   = the answer began: {}", example.body_start));
        }
    }
    let body_start = example.map_or("", |example| example.body_start.as_str());
    let says = |part: &str| example.is_some_and(|example| example.message.contains(part));
    let help = if says("the answer is compressed") {
        "switch compression off in the server, or in the proxy before it".to_owned()
    } else if class == FailureClass::Abandoned && says("interrupted") {
        "nothing is to be done: the run was interrupted while they were under way".to_owned()
    } else {
        help(class, status, body_start, asked)
    };
    lines.push(format!("   = help: {help}"));
    lines.join("\n")
}

/// The same for a single request.
pub fn explain_one(failure: &Failure, record: &RequestRecord, asked: &Asked<'_>) -> String {
    let mut examples = FailureExamples::default();
    examples.note(failure.class, &failure.message, record);
    explain(failure.class, 1, examples.0.get(&failure.class), asked)
}

fn what(class: FailureClass, status: Option<u16>) -> String {
    match class {
        FailureClass::Connect => "no connection".to_owned(),
        FailureClass::Disconnected => "the connection ended before the answer did".to_owned(),
        FailureClass::Protocol => "the answer is no HTTP".to_owned(),
        FailureClass::Status => match status {
            Some(401) => "the server answered 401 (unauthorized)".to_owned(),
            Some(403) => "the server answered 403 (forbidden)".to_owned(),
            Some(404) => "the server answered 404 (not found)".to_owned(),
            Some(429) => "the server answered 429 (too many requests)".to_owned(),
            Some(status @ 300..=399) => format!("the server answered {status} (a redirect)"),
            Some(status) => format!("the server answered {status}"),
            None => "the server answered with an error".to_owned(),
        },
        FailureClass::TimedOut => "no complete answer in time".to_owned(),
        FailureClass::TooLarge => "the answer did not end".to_owned(),
        FailureClass::Unreadable => "the answer could not be read".to_owned(),
        FailureClass::ErrorInStream => "the server sent an error inside the stream".to_owned(),
        FailureClass::CutShort => "the stream stopped before its end".to_owned(),
        FailureClass::Abandoned => "still in flight when the run ended".to_owned(),
        FailureClass::Dropped => "not sent, because as many requests were in flight as may be".to_owned(),
        FailureClass::ConnectTimedOut => "no connection in time".to_owned(),
        FailureClass::FirstTokenTimedOut => "no first token in time".to_owned(),
        FailureClass::Stalled => "the answer stopped arriving".to_owned(),
        FailureClass::OutOfResources => {
            "this machine, not the server, had nothing left for a connection".to_owned()
        }
        FailureClass::Tls => "no TLS session".to_owned(),
    }
}

fn help(class: FailureClass, status: Option<u16>, body_start: &str, asked: &Asked<'_>) -> String {
    let Asked {
        url,
        path,
        model,
        with_key,
    } = asked;
    match class {
        FailureClass::Connect => {
            "the server was there before the run; see whether it still runs, and whether it takes \
                                  that many connections"
                .to_owned()
        }
        FailureClass::Disconnected => {
            "look into the server's log: it may have crashed, or a proxy may have a time-out of its own"
                .to_owned()
        }
        FailureClass::Protocol => {
            format!("see what listens at {url}: another protocol, or a port that speaks TLS only?")
        }
        FailureClass::Status => match status {
            Some(401 | 403) if *with_key => {
                "the key was sent and refused; see that the variable of `--api-key-env` holds the right one"
                    .to_owned()
            }
            Some(401 | 403) => {
                "give `--api-key-env NAME`, where the environment variable NAME holds the key".to_owned()
            }
            Some(404) => format!(
                "asked for `{path}` and model `{model}`; `--endpoint` must be the server's root, and \
                 `curl {url}/v1/models` lists the models that it serves"
            ),
            Some(400 | 422) if !looks_like_html(body_start) => {
                "the server refused what the requests ask for: see what its answer says of the model, the prompt or the \
                 sampling parameters"
                    .to_owned()
            }
            Some(429) => "lower `--concurrency`, or lift the server's limit".to_owned(),
            Some(300..=399) => "redirects are not followed; give the address that it leads to".to_owned(),
            _ if looks_like_html(body_start) => web_page(url),
            _ => "look into the server's log".to_owned(),
        },
        FailureClass::TimedOut => {
            "raise `--request-timeout`, or lower `--concurrency` or `--max-output-tokens`".to_owned()
        }
        FailureClass::TooLarge => {
            "see whether the server honours `--max-output-tokens`; an endless answer is cut off".to_owned()
        }
        FailureClass::Unreadable if looks_like_html(body_start) => web_page(url),
        FailureClass::Unreadable => {
            format!("see whether the server speaks this API (`{path}`); `--api` chooses chat or completions")
        }
        FailureClass::ErrorInStream | FailureClass::CutShort => "look into the server's log".to_owned(),
        FailureClass::Abandoned => {
            "raise `--performance-drain-timeout`, which ended the wait for them".to_owned()
        }
        FailureClass::Dropped => {
            "the endpoint is slower than the rate asks; lower `--request-rate`, raise `--concurrency`, or let \
             arrivals wait with `--over-cap wait`"
                .to_owned()
        }
        FailureClass::ConnectTimedOut => {
            "see whether the server takes that many connections; `--connect-timeout` is how long one may take"
                .to_owned()
        }
        FailureClass::FirstTokenTimedOut => {
            "raise `--first-token-timeout`, or lower `--concurrency`; look into the server's log".to_owned()
        }
        FailureClass::Stalled => "raise `--stall-timeout`, or look into the server's log".to_owned(),
        FailureClass::OutOfResources => {
            "raise the limit that is named (`ulimit -n` for files), or lower `--concurrency`".to_owned()
        }
        FailureClass::Tls => {
            "give `--ca-file FILE` for a certificate authority of your own, `--insecure` to trust any certificate, \
             or `http://` if the server speaks no TLS"
                .to_owned()
        }
    }
}

fn web_page(url: &str) -> String {
    format!(
        "that is a web page, not an API: see that {url} is the model server itself and not a proxy or its login page"
    )
}

fn looks_like_html(body_start: &str) -> bool {
    let start = body_start
        .trim_start()
        .get(..14)
        .unwrap_or(body_start.trim_start())
        .to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html") || start.starts_with("<head")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked<'_> = Asked {
        url: "http://h:8000",
        path: "/v1/chat/completions",
        model: "m",
        with_key: false,
    };

    fn example(http_status: u16, body: &[u8]) -> FailureExample {
        FailureExample {
            id: 0,
            http_status: Some(http_status),
            message: "what was seen".to_owned(),
            body_start: printable_start(body),
        }
    }

    fn check(class: FailureClass, http_status: u16, body: &str, expected: &[&str]) {
        let text = explain(class, 2, Some(&example(http_status, body.as_bytes())), &ASKED);
        assert!(text.starts_with("2 requests failed: "), "{text}");
        for part in expected {
            assert!(text.contains(part), "`{part}` is not in: {text}");
        }
    }

    #[test]
    fn what_a_server_says_can_not_disturb_the_terminal() {
        let shown = printable("a\u{1b}[2Jb\u{202e}c\u{2066}d\u{200b}e\u{2028}f\u{feff}é\u{e0041}");
        assert_eq!(shown, "a [2Jb c d e f é ");
    }

    #[test]
    fn a_401_points_to_the_key() {
        check(
            FailureClass::Status,
            401,
            "{\"error\":\"no key\"}",
            &["401", "--api-key-env NAME", "no key"],
        );
    }

    #[test]
    fn a_404_says_what_was_asked() {
        check(
            FailureClass::Status,
            404,
            "",
            &[
                "/v1/chat/completions",
                "model `m`",
                "root",
                "http://h:8000/v1/models",
            ],
        );
    }

    #[test]
    fn a_web_page_is_called_one() {
        check(
            FailureClass::Unreadable,
            200,
            "<!DOCTYPE html><p>hi",
            &["web page", "<!DOCTYPE html><p>hi"],
        );
        check(
            FailureClass::Status,
            502,
            "<html><body>Bad Gateway",
            &["502", "web page", "Bad Gateway"],
        );
        check(FailureClass::Unreadable, 200, "{}", &["--api"]);
    }

    #[test]
    fn a_wait_that_ended_names_its_option_and_an_interrupt_none() {
        let said = |message: &str| {
            let example = FailureExample {
                message: message.to_owned(),
                ..example(200, b"")
            };
            explain(FailureClass::Abandoned, 1, Some(&example), &ASKED)
        };
        let drained = said("still in flight at the end of the time that the drain may take");
        assert!(
            drained.contains("raise `--performance-drain-timeout`"),
            "{drained}"
        );
        let interrupted = said("still in flight when the run was interrupted");
        assert!(
            interrupted.contains("nothing is to be done") && !interrupted.contains("--"),
            "{interrupted}"
        );
    }

    #[test]
    fn a_refused_request_points_to_the_answer() {
        check(
            FailureClass::Status,
            422,
            "{}",
            &["422", "see what its answer says"],
        );
        check(FailureClass::Status, 400, "<html>", &["web page"]);
    }

    #[test]
    fn a_stream_cut_in_half_says_what_was_seen() {
        check(
            FailureClass::Disconnected,
            200,
            "data: {}",
            &["before the answer did", "what was seen", "data: {}"],
        );
    }

    #[test]
    fn shows_the_beginning_of_a_body_without_control_characters() {
        assert_eq!(printable_start(b"a\x1b[31m\nb"), "a [31m b");
        assert_eq!(
            printable_start("é".repeat(300).as_bytes()),
            format!("{}…", "é".repeat(200))
        );
    }
}

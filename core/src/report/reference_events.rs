//! The lines of `events.jsonl`, as the reference writes them (loadgen section 11).
//!
//! Times are those of the event log. A chunk after the first has no line: the reference writes one only when it is
//! asked to, and the log holds their times.

use super::{class_name, sample_uuid};
use crate::answer::{Answer, ChunkKind, Failure, tool_call_parts};
use crate::record::{FailureClass, RequestRecord, SampleRecord};

/// What a line about the whole run says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// The first line.
    Started,
    /// The timed window opened: requests issued from here on count.
    StartTracking,
    /// It closed.
    StopTracking,
    /// The last line.
    Ended,
}

/// The line of an event of the whole run, with its line feed.
pub fn session_line(event: SessionEvent, at_ns: u64) -> String {
    let event_type = match event {
        SessionEvent::Started => "session.started",
        SessionEvent::StartTracking => "session.start_performance_tracking",
        SessionEvent::StopTracking => "session.stop_performance_tracking",
        SessionEvent::Ended => "session.ended",
    };
    line(event_type, at_ns, "", "null", None)
}

/// The line of a request's issue. Of a prompt that is token ids the log has only their number, which is not said here.
pub fn issued_line(run_id: [u8; 16], id: u64, issued_ns: u64, sample: Option<&SampleRecord>) -> String {
    let text = sample
        .filter(|sample| sample.n_token_ids.is_none())
        .map_or_else(|| "null".to_owned(), |sample| quoted(&sample.prompt));
    let data = format!("[\"PromptData\",{text},null,null,null,null,null,null]");
    line("sample.issued", issued_ns, &sample_uuid(run_id, id), &data, None)
}

/// The line of an answer's first chunk.
pub fn first_chunk_line(run_id: [u8; 16], id: u64, first_ns: u64) -> String {
    line(
        "sample.recv_first",
        first_ns,
        &sample_uuid(run_id, id),
        "null",
        None,
    )
}

/// The line of a request's end; if it failed, with that of the error before it, as the reference's counters need it.
pub fn end_lines(run_id: [u8; 16], request: &RequestRecord, answer: &Result<Answer, Failure>) -> String {
    let uuid = sample_uuid(run_id, request.id);
    let complete = |data: &str, reason| line("sample.complete", request.done_ns, &uuid, data, reason);
    match answer {
        Ok(answer) => complete(&output(request, answer), answer.finish_reason.as_deref()),
        Err(failure) => {
            let kind = match failure.class {
                FailureClass::Status => "error",
                class => class_name(class),
            };
            let data = format!("[\"ErrorData\",{},{}]", quoted(kind), quoted(&failure.message));
            line("error.generic", request.done_ns, &uuid, &data, None) + &complete("null", None)
        }
    }
}

fn output(request: &RequestRecord, answer: &Answer) -> String {
    let (text, reasoning) = (&answer.text, &answer.reasoning);
    let (text, reasoning) = match (answer.streamed, reasoning.is_empty()) {
        (true, true) => (first_and_rest(answer, ChunkKind::Text, text), None),
        (true, false) => {
            let reasoning = first_and_rest(answer, ChunkKind::Reasoning, reasoning);
            (quoted(text), Some(reasoning))
        }
        (false, true) => (quoted(text), None),
        (false, false) => (quoted(text), Some(quoted(reasoning))),
    };
    let tool_calls = if answer.streamed {
        tool_call_parts(request)
    } else {
        answer.tool_calls.clone()
    };
    let or_null = |json: Option<String>| json.unwrap_or_else(|| "null".to_owned());
    format!(
        "[\"TextModelOutput\",{text},{},{}]",
        or_null(reasoning),
        or_null(tool_calls)
    )
}

/// What the first chunk of this kind brought, and all that came after it, where there is something.
fn first_and_rest(answer: &Answer, kind: ChunkKind, text: &str) -> String {
    let first = answer.chunks.iter().find(|chunk| chunk.what == kind);
    let n_first = first.map_or(0, |chunk| chunk.range.end);
    let (first, rest) = text.split_at_checked(n_first).unwrap_or((text, ""));
    let parts = [first, rest].into_iter().filter(|part| !part.is_empty());
    format!("[{}]", parts.map(quoted).collect::<Vec<_>>().join(","))
}

fn line(event_type: &str, at_ns: u64, uuid: &str, data: &str, finish_reason: Option<&str>) -> String {
    let reason = finish_reason.map_or_else(String::new, |reason| {
        format!(",\"finish_reason\":{}", quoted(reason))
    });
    format!(
        "{{\"event_type\":\"{event_type}\",\"timestamp_ns\":{at_ns},\"sample_uuid\":\"{uuid}\",\"conversation_id\":\"\",\
         \"turn\":null,\"data\":{data}{reason}}}\n"
    )
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::decode;
    use crate::record::{ConnectionUse, TransportEnd};

    const RUN: [u8; 16] = [0xAB; 16];
    const UUID: &str = "abababababababab0000000000000007";

    fn request(event_stream: bool, body: &str) -> RequestRecord {
        RequestRecord {
            id: 7,
            sample_index: 0,
            scheduled_ns: 1,
            issued_ns: 2,
            head_ns: Some(3),
            done_ns: 9,
            http_status: Some(200),
            event_stream,
            reads: Vec::new(),
            body: body.as_bytes().to_vec(),
            end: TransportEnd::Complete,
            connection: ConnectionUse::default(),
        }
    }

    fn stream(deltas: &[&str]) -> String {
        let event = |delta: &&str| format!("data: {{\"choices\":[{{\"delta\":{{{delta}}}}}]}}\n\n");
        deltas.iter().map(event).collect::<String>() + "data: [DONE]\n\n"
    }

    fn check_data(request: &RequestRecord, data: &str) {
        let expected = format!(
            "{{\"event_type\":\"sample.complete\",\"timestamp_ns\":9,\"sample_uuid\":\"{UUID}\",\"conversation_id\":\"\",\
             \"turn\":null,\"data\":{data}}}\n"
        );
        assert_eq!(end_lines(RUN, request, &decode(request)), expected);
    }

    #[test]
    fn outputs_have_the_references_shapes() {
        let data = r#"["TextModelOutput",["a","bc"],null,null]"#;
        check_data(
            &request(
                true,
                &stream(&[r#""content":"a""#, r#""content":"b""#, r#""content":"c""#]),
            ),
            data,
        );
        check_data(
            &request(true, &stream(&[r#""content":"\"ü""#])),
            r#"["TextModelOutput",["\"ü"],null,null]"#,
        );
        check_data(
            &request(true, &stream(&[])),
            r#"["TextModelOutput",[],null,null]"#,
        );
        let data = r#"["TextModelOutput","x",["h","m"],null]"#;
        check_data(
            &request(
                true,
                &stream(&[r#""reasoning":"h""#, r#""reasoning":"m""#, r#""content":"x""#]),
            ),
            data,
        );
        check_data(
            &request(
                false,
                r#"{"choices":[{"message":{"content":null,"reasoning":"h","tool_calls":[{"b":1,"a":2}]}}]}"#,
            ),
            r#"["TextModelOutput","","h",[{"b":1,"a":2}]]"#,
        );
    }

    #[test]
    fn streamed_tool_calls_stay_as_they_came() {
        let parts = [
            r#""tool_calls":[{"index":0, "id":"a","function":{"name":"f","arguments":""}}]"#,
            r#""content":"""#,
            r#""tool_calls":[{"index":0,"function":{"arguments":"{}"}}]"#,
        ];
        let data = r#"["TextModelOutput",[],null,[[{"index":0,"id":"a","function":{"name":"f","arguments":""}}],[{"index":0,"function":{"arguments":"{}"}}]]]"#;
        check_data(&request(true, &stream(&parts)), data);
    }

    #[test]
    fn a_failure_has_its_error_first() {
        let mut request = request(false, "out of memory");
        request.http_status = Some(500);
        let start = |kind: &str| {
            format!("{{\"event_type\":\"{kind}\",\"timestamp_ns\":9,\"sample_uuid\":\"{UUID}\",")
        };
        let rest = "\"conversation_id\":\"\",\"turn\":null,\"data\":";
        let expected = format!(
            "{}{rest}[\"ErrorData\",\"error\",\"HTTP 500: out of memory\"]}}\n{}{rest}null}}\n",
            start("error.generic"),
            start("sample.complete")
        );
        assert_eq!(end_lines(RUN, &request, &decode(&request)), expected);
        request.end = TransportEnd::Failed(FailureClass::TimedOut, "too late".to_owned());
        request.http_status = None;
        assert!(
            end_lines(RUN, &request, &decode(&request))
                .contains("[\"ErrorData\",\"timed_out\",\"too late\"]")
        );
    }

    #[test]
    fn an_answer_says_why_it_stopped() {
        let body = r#"{"choices":[{"text":"a","finish_reason":"length"}]}"#;
        let request = request(false, body);
        assert!(
            end_lines(RUN, &request, &decode(&request)).ends_with("null],\"finish_reason\":\"length\"}\n")
        );
    }

    #[test]
    fn a_prompt_of_token_ids_is_not_said() {
        let mut sample = SampleRecord {
            index: 0,
            n_token_ids: None,
            prompt: "hi".to_owned(),
        };
        let data = "\"data\":[\"PromptData\",\"hi\",null,null,null,null,null,null]}\n";
        assert!(issued_line(RUN, 7, 2, Some(&sample)).ends_with(data));
        sample.n_token_ids = Some(3);
        assert!(issued_line(RUN, 7, 2, Some(&sample)).contains("[\"PromptData\",null,null"));
        assert!(
            first_chunk_line(RUN, 7, 5).contains("\"event_type\":\"sample.recv_first\",\"timestamp_ns\":5,")
        );
        assert_eq!(
            session_line(SessionEvent::Ended, 3),
            "{\"event_type\":\"session.ended\",\"timestamp_ns\":3,\"sample_uuid\":\"\",\"conversation_id\":\"\",\"turn\":null,\
             \"data\":null}\n"
        );
    }
}

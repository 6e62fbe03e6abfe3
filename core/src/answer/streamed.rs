//! Answers that came as server-sent events (loadgen sections 10.1 to 10.5).

use super::frame::{Choice, Delta, Frame};
use super::tool_calls::{Part, merge};
use super::{Answer, Chunk, ChunkKind, Failure, quote};
use crate::record::{FailureClass, Read, RequestRecord};
use crate::sse::{Decoder, Event};

/// What the last event of an `OpenAI` stream holds instead of an object.
pub(super) const DONE: &[u8] = b"[DONE]";

pub(super) fn decode(record: &RequestRecord) -> Result<Answer, Failure> {
    let mut assembly = Assembly::new(record);
    // The body is in memory already: no event of it can be too large.
    let mut decoder = Decoder::new(usize::MAX);
    decoder
        .push(&record.body, |event| assembly.take(&event))
        .map_err(|error| Failure::unreadable(error.to_string()))?;
    if !decoder.is_between_events() {
        // The standard drops an event that lacks its blank line. Servers forget that line after the last event, and
        // its text was sent: read it if it is whole.
        assembly.is_tail = true;
        decoder
            .push(b"\n\n", |event| assembly.take(&event))
            .map_err(|error| Failure::unreadable(error.to_string()))?;
    }
    assembly.finish()
}

struct Assembly<'a> {
    record: &'a RequestRecord,
    answer: Answer,
    /// Parts of tool calls, and how many of them the first event with any brought.
    parts: Vec<Part>,
    parts_of_first: usize,
    events: u64,
    /// The event now read was not ended by the server.
    is_tail: bool,
    failure: Option<Failure>,
}

impl<'a> Assembly<'a> {
    fn new(record: &'a RequestRecord) -> Self {
        Self {
            record,
            answer: Answer {
                streamed: true,
                ..Answer::default()
            },
            parts: Vec::new(),
            parts_of_first: 0,
            events: 0,
            is_tail: false,
            failure: None,
        }
    }

    /// Takes an event. After `[DONE]` or a failure, nothing that follows changes the answer.
    fn take(&mut self, event: &Event<'_>) {
        let data = event.data.trim_ascii();
        if self.failure.is_some() || self.answer.terminated || data.is_empty() {
            return;
        }
        self.events = self.events.saturating_add(1);
        if data == DONE {
            self.answer.terminated = true;
            return;
        }
        match serde_json::from_slice::<Frame>(data) {
            Ok(frame) => self.take_frame(frame, event),
            Err(_) if event.kind == "error" => self.fail_in_stream(&quote(data)),
            Err(_) if self.is_tail => self.failure = Some(self.cut_short("in the middle of an event")),
            Err(error) => {
                let message = format!(
                    "event {} of the stream can't be read: {error}; it is {}",
                    self.events,
                    quote(data)
                );
                self.failure = Some(Failure::unreadable(message));
            }
        }
    }

    fn take_frame(&mut self, frame: Frame, event: &Event<'_>) {
        if let Some(message) = frame.error_message() {
            return self.fail_in_stream(&message);
        }
        if event.kind == "error" {
            return self.fail_in_stream(&quote(event.data));
        }
        self.answer.usage = frame.usage().or(self.answer.usage);
        let Some(choice) = frame.choices.and_then(|choices| choices.into_iter().next()) else {
            return;
        };
        let at_ns = arrival_ns(self.record, event.end);
        self.take_choice(choice, at_ns);
    }

    fn take_choice(&mut self, choice: Choice, at_ns: u64) {
        if choice.finish_reason.is_some() {
            self.answer.finish_reason = choice.finish_reason;
        }
        match (choice.delta, choice.text) {
            (Some(delta), _) => self.take_delta(delta, at_ns),
            (None, Some(text)) => self.take_text(&text, at_ns),
            (None, None) => {}
        }
    }

    /// Content wins over reasoning in one event, as in the reference.
    fn take_delta(&mut self, mut delta: Delta, at_ns: u64) {
        let reasoning = delta.reasoning();
        let content = delta.content.take().filter(|text| !text.is_empty());
        let brings_text = content.is_some() || reasoning.is_some();
        if let Some(text) = content {
            self.take_text(&text, at_ns);
        } else if let Some(text) = reasoning {
            let start = self.answer.reasoning.len();
            self.answer.reasoning.push_str(&text);
            let range = start..self.answer.reasoning.len();
            self.add_chunk(Chunk {
                at_ns,
                what: ChunkKind::Reasoning,
                range,
            });
        }
        let parts = delta.tool_calls.unwrap_or_default();
        if parts.is_empty() {
            return;
        }
        if self.parts.is_empty() {
            self.parts_of_first = parts.len();
        }
        self.parts.extend(parts);
        if !brings_text {
            self.add_chunk(Chunk {
                at_ns,
                what: ChunkKind::ToolCall,
                range: 0..0,
            });
        }
    }

    fn take_text(&mut self, text: &str, at_ns: u64) {
        if text.is_empty() {
            return;
        }
        let start = self.answer.text.len();
        self.answer.text.push_str(text);
        let range = start..self.answer.text.len();
        self.add_chunk(Chunk {
            at_ns,
            what: ChunkKind::Text,
            range,
        });
    }

    fn add_chunk(&mut self, chunk: Chunk) {
        if self.answer.first_ns.is_none() {
            self.answer.first_ns = Some(chunk.at_ns);
        }
        self.answer.chunks.push(chunk);
    }

    fn fail_in_stream(&mut self, message: &str) {
        let message = format!("the stream holds an error: {message}");
        self.failure = Some(Failure::new(FailureClass::ErrorInStream, message));
    }

    fn cut_short(&self, place: &str) -> Failure {
        let noun = if self.events == 1 { "event" } else { "events" };
        let message = format!("the stream ended {place}, after {} {noun}", self.events);
        Failure::new(FailureClass::CutShort, message)
    }

    fn finish(mut self) -> Result<Answer, Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if !self.answer.terminated && self.answer.finish_reason.is_none() {
            return Err(self.cut_short("without `finish_reason` and `[DONE]`"));
        }
        self.answer.tool_calls = merge(&self.parts);
        self.answer.tool_calls_after_first = merge(self.parts.iter().skip(self.parts_of_first));
        Ok(self.answer)
    }
}

/// When the read returned that brought the stream up to `end`; between the request's issue and its end.
fn arrival_ns(record: &RequestRecord, end: u64) -> u64 {
    let earlier = record.reads.partition_point(|read| read.body_end < end);
    let read: Option<&Read> = record.reads.get(earlier).or(record.reads.last());
    let at_ns = read.map_or(record.done_ns, |read| read.at_ns);
    at_ns.min(record.done_ns).max(record.issued_ns)
}

#[cfg(test)]
mod tests {
    use crate::answer::tests::{check_failure, record, stream};
    use crate::answer::{ChunkKind, decode};
    use crate::record::FailureClass::{CutShort, ErrorInStream, Unreadable};

    const ROLE: &str = "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    const HI: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    const THINK: &str = "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
    const TOOL: &str = "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"id\":\"a\"}]}}]}\n\n";
    const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"completion_tokens\":1}}\n\n";
    const DONE: &str = "data: [DONE]\n\n";

    fn check_chunks(parts: &[&str], first_ns: Option<u64>, chunks: &[(u64, ChunkKind)]) {
        let answer = stream(parts).unwrap();
        assert_eq!(answer.first_ns, first_ns);
        let seen: Vec<_> = answer
            .chunks
            .iter()
            .map(|chunk| (chunk.at_ns, chunk.what))
            .collect();
        assert_eq!(seen, chunks);
    }

    #[test]
    fn stamps_each_chunk_by_its_read() {
        use ChunkKind::{Reasoning, Text, ToolCall};
        check_chunks(&[ROLE, HI, HI, DONE], Some(1020), &[(1020, Text), (1030, Text)]);
        check_chunks(&[THINK, HI, DONE], Some(1010), &[(1010, Reasoning), (1020, Text)]);
        check_chunks(&[TOOL, HI, DONE], Some(1010), &[(1010, ToolCall), (1020, Text)]);
        check_chunks(&[ROLE, STOP, DONE], None, &[]);
    }

    #[test]
    fn stamps_an_event_by_the_read_that_completes_it() {
        let (start, end) = HI.split_at(20);
        check_chunks(&[start, end, DONE], Some(1020), &[(1020, ChunkKind::Text)]);
        let (start, end) = HI.split_at(HI.len() - 1);
        check_chunks(&[start, end, DONE], Some(1020), &[(1020, ChunkKind::Text)]);
    }

    #[test]
    fn reads_crlf_comments_and_completions() {
        let body = ": ping\r\n\r\nevent: x\r\ndata: {\"choices\":\r\ndata: [{\"text\":\"a\"}]}\r\n\r\n";
        let answer = stream(&[body, &body.replace('\n', ""), DONE]).unwrap();
        assert_eq!(answer.text, "aa");
        assert_eq!(answer.chunks[1].range, 1..2);
    }

    #[test]
    fn keeps_the_last_finish_reason_and_the_usage() {
        let answer = stream(&[HI, STOP, USAGE, DONE]).unwrap();
        assert_eq!(answer.finish_reason.as_deref(), Some("stop"));
        assert_eq!(answer.usage.unwrap().completion_tokens, Some(1));
        assert!(answer.terminated);
    }

    #[test]
    fn ends_by_either_sign() {
        assert!(!stream(&[HI, STOP]).unwrap().terminated);
        assert!(stream(&[HI, DONE]).unwrap().finish_reason.is_none());
        assert_eq!(stream(&[HI, DONE, DONE, HI]).unwrap().text, "Hi");
        check_failure(
            stream(&[HI, HI]),
            CutShort,
            &["without `finish_reason` and `[DONE]`", "after 2 events"],
        );
        check_failure(stream(&[]), CutShort, &["after 0 events"]);
    }

    #[test]
    fn reads_a_last_event_without_blank_line() {
        assert!(stream(&[HI, DONE.trim_end()]).unwrap().terminated);
        assert_eq!(stream(&[STOP, HI.trim_end()]).unwrap().text, "Hi");
        check_failure(stream(&[HI, &HI[..20]]), CutShort, &["in the middle of an event"]);
    }

    #[test]
    fn fails_on_an_error_object() {
        let error = "data: {\"error\":{\"message\":\"out of memory\",\"code\":500}}\n\n";
        check_failure(stream(&[HI, error, DONE]), ErrorInStream, &["out of memory"]);
        let vllm = "data: {\"object\":\"error\",\"message\":\"busy\"}\n\n";
        check_failure(stream(&[vllm]), ErrorInStream, &["busy"]);
        check_failure(
            stream(&["event: error\ndata: broken\n\n"]),
            ErrorInStream,
            &["broken"],
        );
        assert!(stream(&["data: {\"error\":null}\n\n", DONE]).is_ok());
    }

    #[test]
    fn fails_on_an_event_that_cannot_be_read() {
        check_failure(
            stream(&[HI, "data: {oops\n\n", DONE]),
            Unreadable,
            &["event 2", "{oops"],
        );
        check_failure(stream(&["data: 5\n\n", DONE]), Unreadable, &["event 1"]);
        let wrong = "data: {\"choices\":[{\"delta\":{\"content\":[]}}]}\n\n";
        check_failure(stream(&[wrong, DONE]), Unreadable, &["expected a string"]);
    }

    #[test]
    fn first_chunk_lies_between_issue_and_end() {
        let mut early = record(true, &[HI, DONE]);
        early.reads[0].at_ns = 1;
        assert_eq!(decode(&early).unwrap().first_ns, Some(1000));
        let mut late = record(true, &[HI, DONE]);
        late.reads[0].at_ns = 9000;
        assert_eq!(decode(&late).unwrap().first_ns, Some(2000));
        late.reads.clear();
        assert_eq!(decode(&late).unwrap().first_ns, Some(2000));
    }

    #[test]
    fn believes_the_body_before_the_content_type() {
        assert_eq!(decode(&record(false, &[HI, DONE])).unwrap().text, "Hi");
        let whole = r#"{"choices":[{"text":"Hi"}]}"#;
        assert!(!decode(&record(true, &[whole])).unwrap().streamed);
    }
}

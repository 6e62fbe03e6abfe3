//! One request and what came back so far.

use runbench_core::http1::{Head, Piece, ResponseReader};
use runbench_core::record::{ConnectionUse, FailureClass, Read, RequestRecord, TransportEnd};
use runbench_core::sse::Boundaries;

use super::failure::Failure;

/// How much is kept of the body of an answer that is an error. Bytes.
const ERROR_BODY_BYTES: u64 = 64 << 10;

/// The largest buffer that is kept for the next answer. Bytes.
const SPARE_BODY_BYTES: usize = 256 << 10;

/// What an answer is kept in until it is logged. An exchange gets its buffers with the first byte of its answer: those
/// used last, which the processor still has at hand.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    body: Vec<u8>,
    reads: Vec<Read>,
}

/// Which of a thread's schedules a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PhaseKind {
    /// Before the window; recorded nowhere.
    WarmUp,
    /// In it.
    Main,
}

/// A request that a schedule wants sent now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) phase: PhaseKind,
    pub(super) ticket: u64,
    pub(super) sample: u64,
    pub(super) scheduled_ns: u64,
}

/// One request, from when the thread took it up.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what happened to a request: independent facts"
)]
pub(super) struct Exchange {
    pub(super) record: RequestRecord,
    pub(super) phase: PhaseKind,
    /// Which server it goes to.
    pub(super) server: usize,
    /// When the thread took it up.
    pub(super) taken_ns: u64,
    /// Whether no connection was at hand.
    pub(super) waited: bool,
    /// It went over a kept connection that was closed already.
    pub(super) is_resent: bool,
    /// When the last bytes came; 0 before.
    pub(super) last_read_ns: u64,
    /// When the first text came, as far as the bytes show it.
    pub(super) first_text_ns: Option<u64>,
    pub(super) boundaries: Boundaries,
    is_watched: bool,
    is_good: bool,
}

/// What bytes did to an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// The answer goes on.
    More,
    /// The answer is whole; it may still be an error's.
    Ended,
    /// The answer is no use, nor is the connection.
    Broken(Failure),
}

impl Exchange {
    pub(super) fn new() -> Self {
        Self {
            record: RequestRecord {
                id: 0,
                sample_index: 0,
                scheduled_ns: 0,
                issued_ns: 0,
                head_ns: None,
                done_ns: 0,
                http_status: None,
                event_stream: false,
                reads: Vec::new(),
                body: Vec::new(),
                end: TransportEnd::Complete,
                connection: ConnectionUse::default(),
            },
            phase: PhaseKind::Main,
            server: 0,
            taken_ns: 0,
            waited: false,
            is_resent: false,
            last_read_ns: 0,
            first_text_ns: None,
            boundaries: Boundaries::default(),
            is_watched: false,
            is_good: false,
        }
    }

    /// Makes it the exchange of another request.
    pub(super) fn renew(&mut self, due: Due, taken_ns: u64, server: usize) {
        *self = Self::new();
        self.record.id = due.ticket;
        self.record.sample_index = due.sample;
        self.record.scheduled_ns = due.scheduled_ns;
        self.record.connection.endpoint = u32::try_from(server).unwrap_or(u32::MAX);
        self.phase = due.phase;
        self.server = server;
        self.taken_ns = taken_ns;
    }

    /// Whether it has no buffers for an answer yet.
    pub(super) fn lacks_buffers(&self) -> bool {
        self.record.body.capacity() == 0
    }

    /// Gives it buffers for an answer.
    pub(super) fn lend(&mut self, buffers: Buffers) {
        self.record.body = buffers.body;
        self.record.reads = buffers.reads;
    }

    /// Takes its buffers back, if they are worth keeping.
    pub(super) fn take_back(&mut self) -> Option<Buffers> {
        let mut buffers = Buffers {
            body: std::mem::take(&mut self.record.body),
            reads: std::mem::take(&mut self.record.reads),
        };
        buffers.body.clear();
        buffers.reads.clear();
        let capacity = buffers.body.capacity();
        let reads_bytes = buffers.reads.capacity() * size_of::<Read>();
        (capacity > 0 && capacity.max(reads_bytes) <= SPARE_BODY_BYTES).then_some(buffers)
    }

    /// Takes bytes that a read brought at `at_ns`; `input` keeps those after the answer's end.
    pub(super) fn feed(
        &mut self,
        reader: &mut ResponseReader,
        input: &mut &[u8],
        at_ns: u64,
        answer_limit: u64,
    ) -> Fed {
        self.last_read_ns = at_ns;
        let n_before = self.record.body.len();
        let fed = self.take_pieces(reader, input, at_ns, answer_limit);
        if self.record.body.len() > n_before {
            self.record.reads.push(Read {
                at_ns,
                body_end: length(&self.record.body),
            });
            if self.is_watched {
                self.boundaries.advance(&self.record.body);
                if self.first_text_ns.is_none() && self.boundaries.has_text() {
                    self.first_text_ns = Some(at_ns);
                }
            }
        }
        if fed != Fed::More {
            self.record.done_ns = at_ns;
        }
        fed
    }

    fn take_pieces(
        &mut self,
        reader: &mut ResponseReader,
        input: &mut &[u8],
        at_ns: u64,
        answer_limit: u64,
    ) -> Fed {
        let limit = |is_good: bool| if is_good { answer_limit } else { ERROR_BODY_BYTES };
        loop {
            match reader.next(input) {
                Ok(Some(Piece::Body(bytes))) => {
                    let body = &mut self.record.body;
                    if length(body).saturating_add(length(bytes)) > limit(self.is_good) {
                        return Fed::Broken(self.too_large(answer_limit));
                    }
                    body.extend_from_slice(bytes);
                }
                Ok(Some(Piece::Head(head))) => {
                    self.take_head(head, at_ns);
                    if head.is_encoded && self.is_good {
                        let message = "the answer is compressed, which was not asked for";
                        return Fed::Broken(Failure::new(FailureClass::Protocol, message));
                    }
                }
                Ok(Some(Piece::End)) => return Fed::Ended,
                Ok(None) => return Fed::More,
                Err(error) => return Fed::Broken(self.broken(Failure::of_answer(error, false))),
            }
        }
    }

    fn take_head(&mut self, head: Head, at_ns: u64) {
        self.record.head_ns = Some(at_ns);
        self.record.http_status = Some(head.status);
        self.record.event_stream = head.event_stream;
        self.is_good = head.status == 200;
        self.is_watched = self.is_good && head.event_stream;
    }

    /// The answer's verdict once it is whole.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        self.status_failure().map_or(Ok(()), Err)
    }

    /// What a connection that broke makes of the answer: an error status counts as that, whatever came after.
    pub(super) fn broken(&self, failure: Failure) -> Failure {
        self.status_failure().unwrap_or(failure)
    }

    /// Whether a first text may still be waited for.
    pub(super) fn awaits_text(&self) -> bool {
        self.first_text_ns.is_none() && (self.record.http_status.is_none() || self.is_watched)
    }

    fn status_failure(&self) -> Option<Failure> {
        let status = self.record.http_status?;
        (!self.is_good).then(|| Failure::new(FailureClass::Status, format!("HTTP {status}")))
    }

    fn too_large(&self, limit: u64) -> Failure {
        self.broken(Failure::new(
            FailureClass::TooLarge,
            format!("the answer is longer than {limit} bytes"),
        ))
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

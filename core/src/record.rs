//! What happened to one request, as stamps and bytes. Everything reported is computed from these.
//!
//! All times are nanoseconds of one monotonic clock since the run's origin (the log's head holds the wall-clock
//! anchor of that origin). The timed path only stamps and keeps bytes; [`crate::answer`] reads the bytes afterwards.

/// One read from the socket that brought bytes of the answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// When the read returned.
    pub at_ns: u64,
    /// Length of the body (after HTTP framing is taken off) once this read's bytes are added.
    pub body_end: u64,
}

/// Why a request gave no usable answer. Counted apart, never part of a headline figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureClass {
    /// No TCP connection: refused, unreachable, timed out.
    Connect,
    /// The connection was closed or reset before the answer's end.
    Disconnected,
    /// An answer that is no HTTP.
    Protocol,
    /// A status other than 200.
    Status,
    /// No complete answer within the request's time-out.
    TimedOut,
    /// More bytes than an answer may have.
    TooLarge,
    /// A body that can't be read as an answer: an HTML page, broken JSON, a missing field.
    Unreadable,
    /// An error object sent inside a stream with status 200.
    ErrorInStream,
    /// A stream that ended without `finish_reason` and `[DONE]`.
    CutShort,
    /// Still in flight when the run was interrupted, or when the drain's time was over.
    Abandoned,
    /// An arrival that was never sent, because as many requests were in flight as may be.
    Dropped,
    /// No TCP connection, or no TLS session, within the time-out.
    ConnectTimedOut,
    /// No text of a streamed answer within the time-out for the first token.
    FirstTokenTimedOut,
    /// Nothing more of an answer within the time-out between two reads.
    Stalled,
    /// This machine's limit, not the server's: no file descriptor, port or memory left for a connection.
    OutOfResources,
    /// No TLS session: a certificate that isn't trusted, or a server that speaks no TLS.
    Tls,
}

impl FailureClass {
    /// Whether such a request never had a connection, so that nothing of it was sent.
    pub fn is_before_send(self) -> bool {
        matches!(
            self,
            Self::Connect | Self::Dropped | Self::ConnectTimedOut | Self::OutOfResources | Self::Tls
        )
    }
}

/// How the transport of a request ended. Whether the body is a good answer is decided later, from the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportEnd {
    /// The answer arrived whole.
    Complete,
    /// It did not; the message says what the transport saw.
    Failed(FailureClass, String),
}

/// How a request came to its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionUse {
    /// Which of the run's base URLs it went to, from 0.
    pub endpoint: u32,
    /// Whether the connection carried no request before.
    pub is_new: bool,
    /// Time from when the client took the request up until it had a connection: the client's delay, not the server's.
    /// Nanoseconds.
    pub wait_ns: u64,
}

/// One request, from its scheduled time to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// Number of the request in the run, from 0, unique over all threads.
    pub id: u64,
    /// Row of the dataset that was sent.
    pub sample_index: u64,
    /// When the schedule wanted it sent.
    pub scheduled_ns: u64,
    /// When it was handed to a connection that was ready: just before its first byte was written. Equal to `done_ns`
    /// when there never was a connection.
    pub issued_ns: u64,
    /// When the answer's head had arrived; `None` if it never did.
    pub head_ns: Option<u64>,
    /// When the request ended, well or badly.
    pub done_ns: u64,
    /// Status of the answer's head.
    pub http_status: Option<u16>,
    /// Whether the answer's content type was `text/event-stream`.
    pub event_stream: bool,
    /// Reads that brought the body, in order.
    pub reads: Vec<Read>,
    /// The body, HTTP framing taken off.
    pub body: Vec<u8>,
    /// How it ended.
    pub end: TransportEnd,
    /// How it came to its connection.
    pub connection: ConnectionUse,
}

/// Exact token counts of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// [`RequestRecord::id`].
    pub id: u64,
    /// Tokens of the prompt.
    pub isl: u64,
    /// Tokens of the whole answer; `None` when there was none.
    pub osl: Option<u64>,
    /// Tokens of the text after the first chunk, counted on its own (spec section 12.7); `None` when there was no such text.
    pub after_first: Option<u64>,
}

/// First record of every segment of an event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRecord {
    /// Random 128-bit id of the run, the same in all its segments.
    pub run_id: [u8; 16],
    /// Number of the client thread that wrote the segment, from 0.
    pub thread: u32,
    /// Wall-clock time of the run's origin (time 0 of every stamp): nanoseconds since the Unix epoch.
    pub origin_unix_ns: u64,
    /// SHA-256 of the resolved configuration's bytes, as written to `config.yaml`.
    pub config_sha256: [u8; 32],
    /// Version of the program that wrote it.
    pub program_version: String,
}

/// One row of the dataset as it is sent, kept so that the log alone suffices to count its tokens again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleRecord {
    /// Row of the dataset, from 0.
    pub index: u64,
    /// Number of token ids, where the row is given as token ids: ISL is that number, and there is no text.
    pub n_token_ids: Option<u64>,
    /// The text that ISL is counted on: the plain prompt, or the messages as compact JSON (spec section 12.7).
    pub prompt: String,
}

/// How a run ended. A log without an end is that of a run that was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// All that was asked for was issued, and everything in flight was waited for.
    Complete,
    /// A signal or an error cut it short.
    Interrupted,
}

/// The window in which requests were issued, and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndRecord {
    /// Complete or interrupted.
    pub state: RunState,
    /// Start of the timed window.
    pub started_ns: u64,
    /// When the last thread had nothing in flight any more.
    pub ended_ns: u64,
}

/// Which tokenizer counted, written before its [`TokenRecord`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenizerRecord {
    /// SHA-256 of the `tokenizer.json`.
    pub sha256: [u8; 32],
    /// Crate and version that counted, such as `tokenizers 0.23.2`.
    pub counter: String,
    /// Whether the template's special tokens were counted too.
    pub add_special_tokens: bool,
}

/// What counted the tokens of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountMethod {
    /// A counter of our own, compared with the oracle on a fixed set of texts and on a sample of the run's, without a
    /// difference.
    FastVerified,
    /// The oracle alone: the pinned crate that [`TokenizerRecord::counter`] names.
    Oracle,
}

/// A text on which our own counter and the oracle did not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountDifference {
    /// SHA-256 of the text's UTF-8 bytes.
    pub text_sha256: [u8; 32],
    /// Tokens by our own counter; `None` if it could not count the text.
    pub fast: Option<u64>,
    /// Tokens by the oracle; `None` if it could not count the text.
    pub oracle: Option<u64>,
}

/// How the [`TokenRecord`]s of a segment were counted, written behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountingRecord {
    /// What counted all of them.
    pub method: CountMethod,
    /// Texts that were counted by both counters.
    pub n_checked: u64,
    /// The difference that made the run switch to the oracle.
    pub difference: Option<CountDifference>,
}

/// How long a segment was when its writer closed it, kept with the run's end: a segment that was shortened at the
/// end of a block still has a right chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRecord {
    /// The segment's file name, such as `thread-0.rbl`.
    pub name: String,
    /// Its length. Bytes.
    pub bytes: u64,
    /// The chain hash of its last block.
    pub chain: [u8; 32],
}

/// How one client thread fared during the window: what tells a slow server from a slow client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HealthRecord {
    /// Number of the client thread, from 0.
    pub thread: u32,
    /// The core that it was pinned to; `None` if it could not be pinned.
    pub core: Option<u64>,
    /// From the window's start to when the thread had nothing in flight any more. Nanoseconds.
    pub window_ns: u64,
    /// Processor time that it used in the window. Nanoseconds.
    pub cpu_ns: u64,
    /// Part of `cpu_ns` that it spent waiting for a moment of the schedule without sleeping. Nanoseconds.
    pub spin_ns: u64,
    /// How long it was ready to run and did not, because something else had its core. Nanoseconds; `None` where the
    /// system doesn't tell.
    pub run_queue_ns: Option<u64>,
    /// The longest turn of its loop, in which no socket is looked at but the ones at hand. Nanoseconds.
    pub max_turn_ns: u64,
    /// What 99 % of turns did not exceed: a power of two, or the longest turn if that is less. Nanoseconds.
    pub p99_turn_ns: u64,
    /// Connections opened.
    pub n_connects: u64,
    /// Requests sent a second time, because a kept connection was closed before the server saw them.
    pub n_resent: u64,
    /// Requests that the schedule had and that were not sent, because too many were in flight.
    pub n_dropped: u64,
    /// How often it had to wait for the log writer.
    pub n_log_stalls: u64,
    /// How long it waited for the log writer. Nanoseconds.
    pub log_stall_ns: u64,
}

/// Everything that an event log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// First of each segment.
    Head(HeadRecord),
    /// A dataset row that may be sent.
    Sample(SampleRecord),
    /// One request.
    Request(RequestRecord),
    /// The run's end.
    End(EndRecord),
    /// Who counted what follows.
    Tokenizer(TokenizerRecord),
    /// Counts of one request.
    Tokens(TokenRecord),
    /// What another segment must be.
    Segment(SegmentRecord),
    /// How a client thread fared.
    Health(HealthRecord),
    /// How tokens were counted. From version 2 on.
    Counting(CountingRecord),
    /// What the report says of the run beside its figures: a JSON object. From version 2 on.
    Info(String),
}

//! Bodies of answers: whole, or token by token at the mock's pace.

use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};

use super::load::InFlight;
use super::pace::Pace;
use super::wire::{Envelope, Rendered};

/// The body of a response.
pub(super) enum AnswerBody {
    /// All of it now.
    Whole(Bytes),
    /// Token by token.
    Tokens(Box<TokenStream>),
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match self.get_mut() {
            Self::Whole(bytes) => (!bytes.is_empty()).then(|| std::mem::take(bytes)),
            Self::Tokens(stream) => ready!(stream.poll_next(cx)),
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Self::Tokens(_) => SizeHint::default(),
        }
    }
}

/// A stream of server-sent events, each at its moment.
pub(super) struct TokenStream {
    envelope: Envelope,
    rendered: Rc<Rendered>,
    with_usage: bool,
    pace: Pace,
    in_flight: InFlight,
    due: Pin<Box<Sleep>>,
    state: State,
}

enum State {
    /// The opening event waits for the first token's moment.
    Opening,
    /// The token of this index comes next.
    Token(usize),
    Closed,
}

impl TokenStream {
    pub(super) fn new(
        envelope: Envelope,
        rendered: Rc<Rendered>,
        with_usage: bool,
        mut pace: Pace,
        in_flight: InFlight,
    ) -> Self {
        let due = Box::pin(sleep_until(pace.advance(in_flight.now())));
        Self {
            envelope,
            rendered,
            with_usage,
            pace,
            in_flight,
            due,
            state: State::Opening,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if matches!(self.state, State::Closed) {
            return Poll::Ready(None);
        }
        ready!(self.due.as_mut().poll(cx));
        if matches!(self.state, State::Opening) {
            self.state = State::Token(0);
            if let Some(event) = self.envelope.opening_event() {
                return Poll::Ready(Some(Bytes::from(event)));
            }
        }
        let State::Token(index) = self.state else {
            return Poll::Ready(None);
        };
        let Some(quoted) = self.rendered.quoted.get(index) else {
            self.state = State::Closed;
            return Poll::Ready(Some(Bytes::from(
                self.envelope.closing_events(&self.rendered, self.with_usage),
            )));
        };
        self.state = State::Token(index.saturating_add(1));
        // The end follows the last token at once.
        if index.saturating_add(1) < self.rendered.quoted.len() {
            self.due.as_mut().reset(self.pace.advance(self.in_flight.now()));
        }
        Poll::Ready(Some(Bytes::from(self.envelope.token_event(quoted))))
    }
}

//! Waiting: for sockets by epoll, for a moment by a timer that knows nanoseconds.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

/// Events taken at once. Few enough that a send that falls due meanwhile isn't late by much.
const EVENTS_AT_ONCE: usize = 256;

/// The mark of the timer among the sockets' tokens.
const TIMER: u64 = u64::MAX;

/// What a thread waits with.
pub(super) struct Poller {
    epoll: OwnedFd,
    timer: OwnedFd,
    /// Whether the timer is set and hasn't fired.
    is_armed: bool,
    events: Vec<Event>,
}

/// One socket that is ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ready {
    pub(super) token: u64,
    pub(super) writable: bool,
    /// There may be bytes to read, or the connection ended.
    pub(super) readable: bool,
    /// The peer ended its side, or the connection broke: read until that shows.
    pub(super) ended: bool,
}

impl Poller {
    pub(super) fn new() -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
        )?;
        let edge = EventFlags::IN | EventFlags::ET;
        epoll::add(&epoll, &timer, EventData::new_u64(TIMER), edge)?;
        Ok(Self {
            epoll,
            timer,
            is_armed: false,
            events: Vec::with_capacity(EVENTS_AT_ONCE),
        })
    }

    /// Watches a socket for everything, edge by edge: a read that fills its buffer must be followed by another.
    pub(super) fn add(&self, socket: impl AsFd, token: u64) -> io::Result<()> {
        let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        Ok(epoll::add(&self.epoll, socket, EventData::new_u64(token), flags)?)
    }

    /// Waits for sockets, but no longer than `limit`, rounded up to a millisecond; a zero limit only looks.
    pub(super) fn wait(&mut self, limit: Duration) -> io::Result<()> {
        self.events.clear();
        let millis = if limit.is_zero() {
            0
        } else {
            limit.as_micros().div_ceil(1000)
        };
        let timeout = Timespec {
            tv_sec: i64::try_from(millis / 1000).unwrap_or(i64::MAX),
            tv_nsec: i64::try_from(millis % 1000 * 1_000_000).unwrap_or(0),
        };
        match epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets [`Poller::wait`] end after `delay` at the latest, to the precision of the system's timers.
    pub(super) fn arm(&mut self, delay: Duration) -> io::Result<()> {
        self.is_armed = true;
        // All zeros would disarm it.
        self.set_timer(delay.max(Duration::from_nanos(1)))
    }

    /// Takes the timer back.
    pub(super) fn disarm(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.is_armed) {
            self.set_timer(Duration::ZERO)?;
        }
        Ok(())
    }

    fn set_timer(&self, delay: Duration) -> io::Result<()> {
        let spec = Itimerspec {
            it_interval: Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            },
            it_value: Timespec {
                tv_sec: i64::try_from(delay.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: i64::from(delay.subsec_nanos()),
            },
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &spec)?;
        Ok(())
    }

    /// Sockets that the last wait found; the timer is left out.
    pub(super) fn n_events(&self) -> usize {
        self.events.len()
    }

    /// The socket of this number among those of the last wait; `None` for the timer.
    pub(super) fn ready(&self, index: usize) -> Option<Ready> {
        let event = self.events.get(index)?;
        let (flags, token) = (event.flags, event.data.u64());
        let ended = flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR);
        (token != TIMER).then_some(Ready {
            token,
            writable: flags.contains(EventFlags::OUT),
            readable: ended || flags.contains(EventFlags::IN),
            ended,
        })
    }
}

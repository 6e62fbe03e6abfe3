//! Open loads for the send precision bench: arrivals at a constant or a random rate.

use runbench::client::{Load, LoadEvent, Next};

/// Arrivals one after the other, whatever the server does.
#[derive(Clone, Debug)]
pub struct Arrivals {
    next_ns: u64,
    end_ns: u64,
    mean_gap_ns: f64,
    /// State of the generator of random gaps; `None` for constant ones.
    random: Option<u64>,
    ticket: u64,
}

impl Arrivals {
    /// `rate` arrivals a second from `start_ns` on for `duration_ns`.
    pub fn new(start_ns: u64, duration_ns: u64, rate: u32, is_random: bool) -> Self {
        Self {
            next_ns: start_ns + 1_000_000,
            end_ns: start_ns.saturating_add(duration_ns),
            mean_gap_ns: 1e9 / f64::from(rate),
            random: is_random.then_some(0x9E37_79B9_7F4A_7C15),
            ticket: 0,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a gap of nanoseconds"
    )]
    fn gap_ns(&mut self) -> u64 {
        let Some(state) = &mut self.random else {
            return self.mean_gap_ns as u64;
        };
        // xorshift64: any generator does for a bench.
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        let share = (*state >> 11) as f64 / (1_u64 << 53) as f64;
        (-(1.0 - share).ln() * self.mean_gap_ns) as u64
    }
}

impl Load for Arrivals {
    fn next(&mut self, now_ns: u64) -> Next {
        if self.next_ns >= self.end_ns {
            return Next::Finished;
        }
        if now_ns < self.next_ns {
            return Next::WaitUntil(self.next_ns);
        }
        let scheduled_ns = self.next_ns;
        let ticket = self.ticket;
        self.ticket += 1;
        self.next_ns += self.gap_ns();
        Next::Send {
            ticket,
            row: 0,
            scheduled_ns,
        }
    }

    fn on_event(&mut self, _now_ns: u64, event: LoadEvent) {
        if event == LoadEvent::Stop {
            self.next_ns = self.end_ns;
        }
    }

    fn n_connections(&self) -> usize {
        64
    }
}

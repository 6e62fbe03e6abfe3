//! Which sample a request sends, with the reference's seeds and sequences (loadgen section 5).
//!
//! ```
//! use runbench_core::order::{Order, SampleOrder};
//!
//! let mut order = SampleOrder::new(Order::Shuffled { seed: 42 }, 10)?;
//! let first_pass: Vec<u64> = (0..10).map(|ticket| order.sample(ticket)).collect();
//! assert_eq!(first_pass, [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]);
//! # Ok::<(), runbench_core::order::OrderError>(())
//! ```

mod mt19937;
mod python_random;
mod salt;

use std::ops::Range;

pub use mt19937::Mt19937;
pub use python_random::PythonRandom;
pub use salt::Salts;

/// A rule that gives each request of a phase its sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Each sample once a pass, in an order that every pass shuffles anew.
    Shuffled {
        /// Seed of the shuffles.
        seed: u64,
    },
    /// Any sample each time.
    WithReplacement {
        /// Seed of the draws.
        seed: u64,
    },
    /// 0, 1, … and again from 0.
    Sequential,
    /// Always the same sample.
    Single(u64),
}

/// An order that can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Nothing to order.
    #[error("there is no sample to send")]
    NoSamples,
    /// More samples than can be held.
    #[error("{0} samples are too many; an order holds up to 4294967295")]
    TooMany(u64),
    /// A single sample that isn't there.
    #[error("sample {index} is not in a dataset of {n_samples} rows; the first is 0")]
    NoSuchSample {
        /// What was asked for.
        index: u64,
        /// How many there are.
        n_samples: u64,
    },
}

/// The samples of one phase, by the number of the request. 8 bytes a sample when shuffled, next to nothing else.
#[derive(Clone, Debug)]
pub struct SampleOrder {
    order: Order,
    n_samples: u64,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Passes(Passes),
    Draws {
        random: PythonRandom,
        next_ticket: u64,
        last: u64,
    },
    Computed,
}

impl SampleOrder {
    /// An order over samples 0 up to, not with, `n_samples`.
    pub fn new(order: Order, n_samples: u64) -> Result<Self, OrderError> {
        if n_samples == 0 {
            return Err(OrderError::NoSamples);
        }
        if let Order::Single(index) = order
            && index >= n_samples
        {
            return Err(OrderError::NoSuchSample { index, n_samples });
        }
        let source = match order {
            Order::Shuffled { seed } => {
                let n = u32::try_from(n_samples).map_err(|_| OrderError::TooMany(n_samples))?;
                Source::Passes(Passes::new(seed, n))
            }
            Order::WithReplacement { seed } => Source::Draws {
                random: PythonRandom::new(seed),
                next_ticket: 0,
                last: 0,
            },
            Order::Sequential | Order::Single(_) => Source::Computed,
        };
        Ok(Self {
            order,
            n_samples,
            source,
        })
    }

    /// The sample of the request with this number.
    ///
    /// Going up through the numbers costs a constant time each, however many are left out on the way; going back
    /// starts from the beginning.
    pub fn sample(&mut self, ticket: u64) -> u64 {
        let in_pass = ticket.checked_rem(self.n_samples).unwrap_or(0);
        match (&mut self.source, self.order) {
            (Source::Passes(passes), _) => {
                let pass = ticket.checked_div(self.n_samples).unwrap_or(0);
                passes.sample(pass, in_pass)
            }
            (
                Source::Draws {
                    random,
                    next_ticket,
                    last,
                },
                Order::WithReplacement { seed },
            ) => {
                if ticket.saturating_add(1) < *next_ticket {
                    *random = PythonRandom::new(seed);
                    *next_ticket = 0;
                }
                while *next_ticket <= ticket {
                    *last = random.below(self.n_samples);
                    *next_ticket = next_ticket.saturating_add(1);
                }
                *last
            }
            (_, Order::Single(index)) => index,
            _ => in_pass,
        }
    }

    /// How many samples there are.
    pub fn n_samples(&self) -> u64 {
        self.n_samples
    }
}

/// Shuffled passes. The next one is made bit by bit while this one is used, so that no request waits for a shuffle.
#[derive(Clone, Debug)]
struct Passes {
    seed: u64,
    random: PythonRandom,
    number: u64,
    current: Vec<u32>,
    next: Vec<u32>,
    /// Steps of the next pass's shuffle that are done.
    steps_done: usize,
}

impl Passes {
    fn new(seed: u64, n: u32) -> Self {
        let mut random = PythonRandom::new(seed);
        let mut current: Vec<u32> = (0..n).collect();
        random.shuffle(&mut current);
        Self {
            seed,
            random,
            number: 0,
            next: current.clone(),
            current,
            steps_done: 0,
        }
    }

    fn sample(&mut self, pass: u64, in_pass: u64) -> u64 {
        if pass < self.number {
            *self = Self::new(self.seed, u32::try_from(self.current.len()).unwrap_or(u32::MAX));
        }
        while self.number < pass {
            self.shuffle_up_to(self.current.len());
            std::mem::swap(&mut self.current, &mut self.next);
            self.next.clone_from(&self.current);
            self.steps_done = 0;
            self.number = self.number.saturating_add(1);
        }
        let place = usize::try_from(in_pass).unwrap_or(usize::MAX);
        self.shuffle_up_to(place);
        self.current.get(place).copied().map_or(0, u64::from)
    }

    fn shuffle_up_to(&mut self, n_steps: usize) {
        let n_all = self.next.len().saturating_sub(1);
        let todo: Range<usize> = self.steps_done..n_steps.min(n_all);
        for step in todo {
            self.random
                .shuffle_step(&mut self.next, n_all.saturating_sub(step));
            self.steps_done = step.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, OrderError, SampleOrder};

    fn check(order: Order, n_samples: u64, expected: &[u64]) {
        let mut samples = SampleOrder::new(order, n_samples).unwrap();
        let seen: Vec<u64> = (0..)
            .zip(expected)
            .map(|(ticket, _)| samples.sample(ticket))
            .collect();
        assert_eq!(seen, expected, "{order:?}");
    }

    /// Loadgen section 5.
    #[test]
    fn shuffles_each_pass_anew() {
        check(
            Order::Shuffled { seed: 42 },
            10,
            &[7, 3, 2, 8, 5, 6, 9, 4, 0, 1, 8, 6, 2, 5, 3, 0, 4, 7, 9, 1],
        );
        let v6_1 = Order::Shuffled {
            seed: 2_747_215_439_041_700_203,
        };
        check(v6_1, 4, &[0, 1, 2, 3, 3, 0, 1, 2, 0, 1, 2, 3]);
        check(Order::Shuffled { seed: 43 }, 1000, &[64, 461, 401, 241]);
        check(Order::Shuffled { seed: 42 }, 1, &[0, 0, 0]);
    }

    /// `randrange(1000)` of CPython's `Random(42)`.
    #[test]
    fn draws_with_replacement() {
        check(
            Order::WithReplacement { seed: 42 },
            1000,
            &[654, 114, 25, 759, 281, 250],
        );
    }

    #[test]
    fn goes_through_or_stays() {
        check(Order::Sequential, 3, &[0, 1, 2, 0, 1]);
        check(Order::Single(2), 3, &[2, 2, 2]);
    }

    #[test]
    fn numbers_may_be_left_out_or_asked_again() {
        for order in [Order::Shuffled { seed: 9 }, Order::WithReplacement { seed: 9 }] {
            let mut whole = SampleOrder::new(order, 7).unwrap();
            let all: Vec<u64> = (0..40).map(|ticket| whole.sample(ticket)).collect();
            let mut some = SampleOrder::new(order, 7).unwrap();
            for ticket in [0, 3, 3, 11, 29, 30, 2, 39] {
                let expected = all[usize::try_from(ticket).unwrap()];
                assert_eq!(some.sample(ticket), expected, "{order:?}, {ticket}");
            }
        }
    }

    #[test]
    fn refuses_what_is_not_there() {
        assert_eq!(
            SampleOrder::new(Order::Sequential, 0).unwrap_err(),
            OrderError::NoSamples
        );
        let error = SampleOrder::new(Order::Single(3), 3).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("sample 3 is not in a dataset of 3 rows")
        );
        let many = u64::from(u32::MAX) + 1;
        assert_eq!(
            SampleOrder::new(Order::Shuffled { seed: 1 }, many).unwrap_err(),
            OrderError::TooMany(many)
        );
    }
}

//! The two counters of one tokenizer, and the comparison between them.

use runbench_core::record::CountDifference;
use sha2::{Digest, Sha256};

use crate::tokens::{CountTokens, TokenModel};

/// Where workers get their counters: a fast one and the oracle, for the same tokenizer.
pub trait Counters: Sync {
    /// The fastest counter there is.
    fn worker(&self) -> Box<dyn CountTokens + '_>;
    /// The counter that is right by definition.
    fn oracle_worker(&self) -> Box<dyn CountTokens + '_>;
    /// Whether [`Self::worker`] is anything but the oracle.
    fn has_fast(&self) -> bool;
}

impl Counters for TokenModel {
    fn worker(&self) -> Box<dyn CountTokens + '_> {
        self.worker()
    }

    fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
        self.oracle_worker()
    }

    fn has_fast(&self) -> bool {
        // There is one counter so far.
        false
    }
}

/// One thread's counters.
pub(super) struct Pair<'m> {
    main: Box<dyn CountTokens + 'm>,
    oracle: Option<Box<dyn CountTokens + 'm>>,
    /// Texts that both counted.
    pub(super) n_checked: u64,
}

impl<'m> Pair<'m> {
    /// The fast counter with the oracle beside it, or the oracle alone.
    pub(super) fn new(counters: &'m dyn Counters, fast: bool) -> Self {
        Self {
            main: if fast {
                counters.worker()
            } else {
                counters.oracle_worker()
            },
            oracle: fast.then(|| counters.oracle_worker()),
            n_checked: 0,
        }
    }

    /// Tokens of a text without special tokens; `None` if it can't be counted. With `check` both count, and a
    /// difference is an error.
    pub(super) fn count(
        &mut self,
        text: &str,
        special: bool,
        check: bool,
    ) -> Result<Option<u64>, CountDifference> {
        let found = self.main.count(text, special);
        if let Some(oracle) = self.oracle.as_mut().filter(|_| check) {
            self.n_checked += 1;
            let expected = oracle.count(text, special);
            if expected != found {
                return Err(CountDifference {
                    text_sha256: Sha256::digest(text).into(),
                    fast: found,
                    oracle: expected,
                });
            }
        }
        Ok(found)
    }
}

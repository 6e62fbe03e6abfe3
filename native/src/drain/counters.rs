//! The two counters of one tokenizer, and the comparison between them.

use runbench_core::record::CountDifference;
use sha2::{Digest, Sha256};

use crate::tokens::{CountTokens, Method, TokenModel};

/// Where workers get their counters: a fast one and the oracle, for the same tokenizer.
pub trait Counters: Sync {
    /// The fastest counter there is.
    fn worker(&self) -> Box<dyn CountTokens + '_>;
    /// The counter that is right by definition.
    fn oracle_worker(&self) -> Box<dyn CountTokens + '_>;
    /// Whether [`Self::worker`] is anything but the oracle.
    fn has_fast(&self) -> bool;
    /// Parts of about so many bytes whose counts by [`Self::worker`], without special tokens, add up to the text's; the
    /// text alone if it can't be cut.
    fn parts<'t>(&self, text: &'t str, _bytes: usize) -> Vec<&'t str> {
        vec![text]
    }
}

impl Counters for TokenModel {
    fn worker(&self) -> Box<dyn CountTokens + '_> {
        self.worker()
    }

    fn oracle_worker(&self) -> Box<dyn CountTokens + '_> {
        self.oracle_worker()
    }

    fn has_fast(&self) -> bool {
        matches!(self.method(), Method::Fast(_))
    }

    fn parts<'t>(&self, text: &'t str, bytes: usize) -> Vec<&'t str> {
        self.parts(text, bytes)
    }
}

/// One thread's counters.
pub(crate) struct Pair<'m> {
    counters: &'m dyn Counters,
    fast: bool,
    main: Box<dyn CountTokens + 'm>,
    /// Made when it is first needed: most workers check few texts.
    oracle: Option<Box<dyn CountTokens + 'm>>,
    /// Texts that both counted.
    pub(crate) n_checked: u64,
}

impl<'m> Pair<'m> {
    /// The fast counter with the oracle beside it, or the oracle alone.
    pub(crate) fn new(counters: &'m dyn Counters, fast: bool) -> Self {
        let main = if fast {
            counters.worker()
        } else {
            counters.oracle_worker()
        };
        Self {
            counters,
            fast,
            main,
            oracle: None,
            n_checked: 0,
        }
    }

    /// Whether the fast counter counts.
    pub(crate) fn is_fast(&self) -> bool {
        self.fast
    }

    /// Tokens of a text, with or without the template's special tokens; `None` if it can't be counted. With `check`
    /// both count, and a difference is an error.
    pub(crate) fn count(
        &mut self,
        text: &str,
        special: bool,
        check: bool,
    ) -> Result<Option<u64>, CountDifference> {
        let found = self.main.count(text, special);
        if check && self.fast {
            self.n_checked += 1;
            let counters = self.counters;
            let oracle = self.oracle.get_or_insert_with(|| counters.oracle_worker());
            let expected = oracle.count(text, special);
            agree(text, found, expected)?;
        }
        Ok(found)
    }
}

/// Whether a text has the count that it should have.
pub(super) fn agree(text: &str, fast: Option<u64>, oracle: Option<u64>) -> Result<(), CountDifference> {
    if fast == oracle {
        return Ok(());
    }
    Err(CountDifference {
        text_sha256: Sha256::digest(text).into(),
        fast,
        oracle,
    })
}

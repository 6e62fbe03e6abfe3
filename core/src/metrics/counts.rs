//! Token counts by request, kept small.

use num_traits::ToPrimitive;

use crate::record::TokenRecord;

/// Counts of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCount {
    /// Tokens of the prompt.
    pub isl: u64,
    /// Tokens of the whole answer; `None` when there was none.
    pub osl: Option<u64>,
    /// Tokens of the text after the first chunk.
    pub after_first: Option<u64>,
}

/// 20 bytes a request; `u32::MAX` stands for "none".
#[derive(Clone, Copy, Debug)]
struct Packed {
    id: [u8; 8],
    isl: u32,
    osl: u32,
    after_first: u32,
}

/// Token counts of a run, by request.
#[derive(Clone, Debug, Default)]
pub struct TokenCounts {
    counts: Vec<Packed>,
    is_sorted: bool,
}

impl TokenCounts {
    /// Keeps a record. A count of 2^32 - 1 or more (no text has so many tokens) is left out, which makes it pending.
    pub fn push(&mut self, record: &TokenRecord) {
        let pack = |count: Option<u64>| match count.map(u32::try_from) {
            None => Some(u32::MAX),
            Some(Ok(count)) if count < u32::MAX => Some(count),
            Some(_) => None,
        };
        let (Some(isl), Some(osl), Some(after_first)) =
            (pack(Some(record.isl)), pack(record.osl), pack(record.after_first))
        else {
            return;
        };
        self.counts.push(Packed {
            id: record.id.to_ne_bytes(),
            isl,
            osl,
            after_first,
        });
        self.is_sorted = false;
    }

    /// Makes [`Self::get`] ready. Of several records with one id the last one pushed stands.
    pub fn sort(&mut self) {
        self.counts.reverse();
        self.counts.sort_by_key(Packed::id);
        self.counts.dedup_by_key(|packed| packed.id());
        self.is_sorted = true;
    }

    /// The counts of a request; call [`Self::sort`] first.
    pub fn get(&self, id: u64) -> Option<TokenCount> {
        debug_assert!(self.is_sorted || self.counts.is_empty(), "sort before looking up");
        let place = self.counts.binary_search_by_key(&id, Packed::id).ok()?;
        self.counts.get(place).map(|packed| {
            let record = packed.record();
            TokenCount {
                isl: record.isl,
                osl: record.osl,
                after_first: record.after_first,
            }
        })
    }

    /// All counts; by id once sorted.
    pub fn records(&self) -> impl Iterator<Item = TokenRecord> + '_ {
        self.counts.iter().map(Packed::record)
    }
}

impl Packed {
    fn id(&self) -> u64 {
        u64::from_ne_bytes(self.id)
    }

    fn record(&self) -> TokenRecord {
        let unpack = |count: u32| (count != u32::MAX).then_some(u64::from(count));
        TokenRecord {
            id: self.id(),
            isl: u64::from(self.isl),
            osl: unpack(self.osl),
            after_first: unpack(self.after_first),
        }
    }
}

/// To the nearest double.
pub(super) fn float(n: u64) -> f64 {
    n.to_f64().unwrap_or(f64::MAX)
}

/// Nanoseconds as seconds; `None` for none at all, which nothing may be divided by.
pub(super) fn seconds(ns: u64) -> Option<f64> {
    (ns > 0).then(|| float(ns) / 1e9)
}

#[cfg(test)]
mod tests {
    use super::{TokenCount, TokenCounts};
    use crate::record::TokenRecord;

    fn counts(records: &[(u64, u64, Option<u64>)]) -> TokenCounts {
        let mut counts = TokenCounts::default();
        for &(id, isl, osl) in records {
            counts.push(&TokenRecord {
                id,
                isl,
                osl,
                after_first: None,
            });
        }
        counts.sort();
        counts
    }

    #[test]
    fn finds_counts_by_id() {
        let counts = counts(&[(7, 1, None), (u64::MAX, 2, Some(0)), (0, 3, Some(5))]);
        assert_eq!(
            counts.get(u64::MAX),
            Some(TokenCount {
                isl: 2,
                osl: Some(0),
                after_first: None
            })
        );
        assert_eq!(counts.get(7).unwrap().osl, None);
        assert_eq!(counts.get(1), None);
    }

    #[test]
    fn the_last_record_of_an_id_stands() {
        assert_eq!(counts(&[(1, 10, None), (1, 20, None)]).get(1).unwrap().isl, 20);
    }

    #[test]
    fn a_count_beyond_all_reason_is_left_out() {
        assert_eq!(counts(&[(1, u64::from(u32::MAX), None)]).get(1), None);
        assert_eq!(counts(&[(1, 0, Some(u64::MAX))]).get(1), None);
    }
}

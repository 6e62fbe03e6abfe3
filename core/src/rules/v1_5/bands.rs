//! Which accuracy run stands for which band of concurrency: a maximum bipartite matching.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;

use super::coverage::ultra_low_end;
use super::prelude::*;
use crate::region::v1_5::Region;
use crate::rules::document::Document;
use crate::schema::v1_5::accuracy::AccuracyResults;

/// A band that needs an accuracy run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Band {
    /// 1 to the end of ultra low concurrency.
    UltraLow,
    /// The Low Concurrency region.
    Low,
    /// The Med Concurrency region.
    Med,
    /// The High Concurrency region.
    High,
}

impl Band {
    /// All, lowest first.
    pub(super) const ALL: [Self; 4] = [Self::UltraLow, Self::Low, Self::Med, Self::High];

    /// The name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::UltraLow => "ultra_low",
            Self::Low => "low_concurrency",
            Self::Med => "med_concurrency",
            Self::High => "high_concurrency",
        }
    }
}

/// An accuracy run that may stand for a band.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    /// Its concurrency.
    pub(super) concurrency: &'a BigInt,
    /// Its scores.
    pub(super) scores: &'a Document<AccuracyResults>,
    /// Whether an elected Offline point has this concurrency.
    pub(super) elected: bool,
    /// Bands that it may stand for, in the order in which they are tried.
    pub(super) options: Vec<Band>,
    /// The band that it stands for.
    pub(super) band: Option<Band>,
}

/// Accuracy scores by concurrency, of the last point in loading order that has it.
pub(super) fn by_concurrency(curve: &Curve) -> BTreeMap<&BigInt, &Document<AccuracyResults>> {
    curve
        .accuracy()
        .map(|(point, document)| (point.concurrency(), document))
        .collect()
}

/// The accuracy runs of a curve, in the order in which they are matched, each with its band.
pub(super) fn candidates<'a>(cx: &CurveCx<'a>) -> Result<Vec<Candidate<'a>>, NotRun> {
    let regions = cx.curve.regions()?;
    let end = ultra_low_end(cx);
    let at = |is: fn(&Point) -> bool| -> BTreeSet<&BigInt> {
        let points = cx.curve.points.iter().filter(|point| is(point));
        points.map(Point::concurrency).collect()
    };
    let (dedicated, elected) = (at(Point::is_dedicated), at(Point::is_elected));
    let mut candidates: Vec<Candidate<'a>> = by_concurrency(cx.curve)
        .into_iter()
        .filter(|(concurrency, scores)| scores.value.has_accuracy_run() && !dedicated.contains(concurrency))
        .map(|(concurrency, scores)| {
            let ultra_low = *concurrency >= BigInt::from(1) && *concurrency <= end;
            let region = match regions.classify(concurrency) {
                Some(Region::LowConcurrency) => Some(Band::Low),
                Some(Region::MedConcurrency) => Some(Band::Med),
                Some(Region::HighConcurrency) => Some(Band::High),
                Some(Region::LowLatency | Region::Margin) | None => None,
            };
            Candidate {
                concurrency,
                scores,
                elected: elected.contains(concurrency),
                options: ultra_low
                    .then_some(Band::UltraLow)
                    .into_iter()
                    .chain(region)
                    .collect(),
                band: None,
            }
        })
        .collect();
    candidates.sort_by_key(|candidate| candidate.elected);
    let options: Vec<&[Band]> = candidates
        .iter()
        .map(|candidate| candidate.options.as_slice())
        .collect();
    let owners = matched(&options);
    for (band, owner) in owners {
        if let Some(candidate) = candidates.get_mut(owner) {
            candidate.band = Some(band);
        }
    }
    Ok(candidates)
}

/// The owner of each band that has one. Each candidate in turn takes a free one of its bands, or one whose owner can move
/// to another; a candidate once matched stays matched.
fn matched(options: &[&[Band]]) -> BTreeMap<Band, usize> {
    let mut owners = BTreeMap::new();
    for candidate in 0..options.len() {
        let mut tried = Vec::new();
        place(candidate, options, &mut owners, &mut tried);
    }
    owners
}

/// One search for a place; as deep as there are bands.
fn place(
    candidate: usize,
    options: &[&[Band]],
    owners: &mut BTreeMap<Band, usize>,
    tried: &mut Vec<Band>,
) -> bool {
    for band in options.get(candidate).copied().unwrap_or_default() {
        if tried.contains(band) {
            continue;
        }
        tried.push(*band);
        let free = match owners.get(band).copied() {
            None => true,
            Some(owner) => place(owner, options, owners, tried),
        };
        if free {
            owners.insert(*band, candidate);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use Band::{High, Low, Med, UltraLow};

    fn check(options: &[&[Band]], expected: &[(Band, usize)]) {
        let owners: Vec<(Band, usize)> = matched(options).into_iter().collect();
        assert_eq!(owners, expected, "{options:?}");
    }

    #[test]
    fn an_owner_moves_to_make_room() {
        check(&[&[UltraLow, Low], &[UltraLow]], &[(UltraLow, 1), (Low, 0)]);
        check(
            &[&[UltraLow, Low], &[UltraLow, Med], &[UltraLow]],
            &[(UltraLow, 2), (Low, 0), (Med, 1)],
        );
    }

    #[test]
    fn the_first_of_two_equal_candidates_stays() {
        check(&[&[High], &[High]], &[(High, 0)]);
        check(&[&[], &[Med]], &[(Med, 1)]);
    }
}

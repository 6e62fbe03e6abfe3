//! What follows from a curve's files taken together.

use num_bigint::BigInt;
use num_traits::Signed;

use super::{AGENTIC, CMin, Curve, Point};
use crate::parse::Value;
use crate::schema::v1_5::system::valid_c_min;

impl Point {
    /// The concurrency: as declared, else the raw positive integer of an unusable file, else the directory's number.
    pub fn concurrency(&self) -> &BigInt {
        if let Ok(declared) = self.declared() {
            return &declared.value.concurrency;
        }
        let raw = self.declared_raw.as_ref().and_then(|loaded| loaded.good());
        match raw.and_then(|document| document.root().child("concurrency")) {
            Some(node) => match &node.value {
                Value::Int(integer) if integer.is_positive() => integer,
                _ => &self.number,
            },
            None => &self.number,
        }
    }

    /// `c_min_override` of the description, if the key is there.
    pub fn c_min_override(&self) -> Option<&Value> {
        let node = self.description()?.root().child("c_min_override")?;
        Some(&node.value)
    }
}

/// The lowest concurrency of a curve, by declaration or derived from its points.
pub(super) fn c_min(points: &[Point], greatest: u32) -> CMin {
    if points.iter().all(|point| point.c_min_override().is_none()) {
        let greatest = BigInt::from(greatest);
        let lowest = points.iter().map(Point::concurrency).min();
        return CMin::Derived(lowest.map_or(greatest.clone(), |lowest| lowest.clone().min(greatest)));
    }
    let mut declared: Option<BigInt> = None;
    for point in points {
        let Some(value) = point.c_min_override().and_then(valid_c_min) else {
            return CMin::Unusable;
        };
        if declared.as_ref().is_some_and(|other| *other != value) {
            return CMin::Unusable;
        }
        declared = Some(value);
    }
    declared.map_or(CMin::Unusable, CMin::Declared)
}

impl Curve {
    /// Whether a point other than a dedicated Offline one has the declared lowest concurrency.
    pub fn has_point_at(&self, concurrency: &BigInt) -> bool {
        self.points
            .iter()
            .any(|point| !point.is_dedicated() && point.concurrency() == concurrency)
    }

    /// Whether the benchmark is agentic: all valid points but dedicated Offline ones have that load pattern.
    pub fn is_agentic(&self) -> bool {
        let mut patterns = self.load_patterns().peekable();
        patterns.peek().is_some() && patterns.all(|pattern| pattern == AGENTIC)
    }

    /// Load patterns of the valid points but dedicated Offline ones.
    pub fn load_patterns(&self) -> impl Iterator<Item = &str> {
        self.valid()
            .filter(|(point, _)| !point.is_dedicated())
            .map(|(_, declared)| declared.value.runtime.load_pattern.as_str())
    }
}

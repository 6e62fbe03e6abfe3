//! The Pareto frontier: points that no other point beats in both coordinates.

/// For each point whether it lies on the frontier of greater is better in both coordinates. A point without values, or
/// with one that isn't finite, never does; of equal points all do.
pub fn frontier(points: &[Option<(f64, f64)>]) -> Vec<bool> {
    let finite = |point: &Option<(f64, f64)>| point.filter(|(x, y)| x.is_finite() && y.is_finite());
    let mut order: Vec<(usize, (f64, f64))> = points
        .iter()
        .enumerate()
        .filter_map(|(index, point)| Some((index, finite(point)?)))
        .collect();
    // From the right, the highest first: a point is beaten only by one that came before it.
    order.sort_by(|(_, a), (_, b)| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let mut on = vec![false; points.len()];
    let mut best: Option<(f64, f64)> = None;
    for (index, point) in order {
        let beaten = best.is_some_and(|(x, y)| y > point.1 || (y >= point.1 && x > point.0));
        if let (false, Some(slot)) = (beaten, on.get_mut(index)) {
            *slot = true;
            best = Some(point);
        }
    }
    on
}

#[cfg(test)]
mod tests {
    use super::frontier;

    fn check(points: &[(f64, f64)], wanted: &[bool]) {
        let points: Vec<_> = points.iter().copied().map(Some).collect();
        assert_eq!(frontier(&points), wanted);
    }

    #[test]
    fn keeps_what_nothing_beats() {
        check(&[], &[]);
        check(&[(1.0, 1.0)], &[true]);
        check(&[(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)], &[true, true, true]);
        check(&[(1.0, 3.0), (1.5, 1.0), (2.0, 2.0)], &[true, false, true]);
    }

    #[test]
    fn equal_points_share_it_and_equal_heights_do_not() {
        check(&[(1.0, 1.0), (1.0, 1.0)], &[true, true]);
        check(&[(1.0, 2.0), (2.0, 2.0)], &[false, true]);
        check(&[(2.0, 1.0), (2.0, 2.0)], &[false, true]);
    }

    #[test]
    fn what_has_no_value_is_not_on_it() {
        let points = [
            None,
            Some((f64::NAN, 9.0)),
            Some((1.0, f64::INFINITY)),
            Some((1.0, 1.0)),
        ];
        assert_eq!(frontier(&points), [false, false, false, true]);
    }
}

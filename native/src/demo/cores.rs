//! Which core the mock gets, and which are left to the run.

/// The demo's division of the cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreShares {
    /// The mock's own core; `None` when it shares.
    pub mock: Option<usize>,
    /// Cores of the client threads; `None` leaves the choice to the run.
    pub run: Option<Vec<usize>>,
    /// The division in words.
    pub words: String,
}

impl CoreShares {
    /// Divides the allowed cores: the first, which takes most interrupts, goes to the mock. The run takes its client
    /// thread's core from the other end.
    pub fn new(allowed: &[usize]) -> Self {
        match allowed {
            [] | [_] => Self {
                mock: None,
                run: None,
                words: "one core for everything: the mock and the client wait for each other, and it shows in the figures"
                    .to_owned(),
            },
            [first, last] => Self {
                mock: Some(*first),
                run: None,
                words: format!(
                    "the client has core {last} to itself; the mock has core {first}, which progress and log writing share"
                ),
            },
            [first, .., last] => Self {
                mock: Some(*first),
                run: Some(vec![*last]),
                words: format!("the mock has core {first} to itself, the client core {last}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CoreShares;
    use crate::affinity::CorePlan;

    #[test]
    fn the_mock_never_has_the_clients_core() {
        for allowed in [&[0, 1][..], &[3, 5, 7], &[0, 1, 2, 3]] {
            let shares = CoreShares::new(allowed);
            let plan = CorePlan::new(allowed, shares.run.as_deref(), Some(1), 1);
            assert!(!plan.clients.contains(&shares.mock.unwrap()), "{allowed:?}");
            assert!(!plan.shared, "{allowed:?}");
            for core in [shares.mock.unwrap(), plan.clients[0]] {
                assert!(shares.words.contains(&format!("core {core}")), "{}", shares.words);
            }
        }
    }

    #[test]
    fn one_core_is_shared_and_said_so() {
        let shares = CoreShares::new(&[4]);
        assert_eq!((shares.mock, shares.run), (None, None));
        assert!(shares.words.contains("one core"));
    }
}

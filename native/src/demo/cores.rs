//! Which core the mock gets, and which the client.

/// The demo's division of the cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreShares {
    /// The mock's core; `None` when there is only one for everything.
    pub mock: Option<usize>,
    /// The client thread's core; `None` when there is only one for everything.
    pub client: Option<usize>,
    /// The division in words.
    pub words: String,
}

impl CoreShares {
    /// Divides the allowed cores: the last goes to the client, the first, which takes most interrupts, to the mock.
    pub fn new(allowed: &[usize]) -> Self {
        match allowed {
            [first, .., last] => Self {
                mock: Some(*first),
                client: Some(*last),
                words: format!(
                    "the client has core {last} to itself, the mock runs on core {first}; the rest shares all but the client's"
                ),
            },
            [] | [_] => Self {
                mock: None,
                client: None,
                words: "one for everything: client and mock wait for each other, and the figures show it"
                    .to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CoreShares;

    #[test]
    fn mock_and_client_have_a_core_each_if_there_are_two() {
        for allowed in [&[0, 1][..], &[3, 5, 7]] {
            let shares = CoreShares::new(allowed);
            assert_eq!(
                (shares.mock, shares.client),
                (allowed.first().copied(), allowed.last().copied())
            );
        }
    }

    #[test]
    fn a_single_core_is_shared_and_said_so() {
        let shares = CoreShares::new(&[4]);
        assert_eq!((shares.mock, shares.client), (None, None));
        assert!(shares.words.contains("one for everything"));
    }
}

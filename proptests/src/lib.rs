//! Generators for valid and broken inputs and the stored oracle cases, shared by the tests in `tests/`.

pub mod adversarial;
pub mod archive;
pub mod corpus;
pub mod example;
pub mod submission;
pub mod texts;
pub mod token_parity;

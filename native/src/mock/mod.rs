//! A mock.
pub mod questions;
pub mod seeded;
pub mod tokenizer;

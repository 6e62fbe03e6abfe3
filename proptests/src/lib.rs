//! Generators for valid and broken inputs, shared by the properties in `tests/`.

//! Documents of ruleset v0.1 (reference 0.1.1.9).

pub mod accuracy;
pub mod point;
pub mod summary;
pub mod system;

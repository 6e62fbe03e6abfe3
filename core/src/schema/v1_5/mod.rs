//! Documents of ruleset v1.5 (reference 1.5.3.0).

pub mod accuracy;
pub mod config;
pub mod node_type;
pub mod point;
pub mod power;
pub mod summary;
pub mod system;

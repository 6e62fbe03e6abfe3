//! The whole job on a built-in endpoint.
pub mod dataset;
pub mod endpoint;
pub mod folder;
pub mod machine;
pub mod picture;
pub mod point;
pub mod submission;
pub mod table;

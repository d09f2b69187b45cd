//! A directory as a dataset, on disk: what lies in it, which of it changed, and how a version comes to its place.

pub mod index;
pub mod kept;
pub mod place;
mod rules;
pub mod scan;
pub mod walk;

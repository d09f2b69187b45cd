//! What changed inside the data, for the person who reviews it.

pub mod page;
pub mod tree;

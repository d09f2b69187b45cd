//! What changed inside the data, for the person who reviews it.

pub mod cell;
pub mod found;
pub mod page;
pub mod pairs;
pub mod tree;

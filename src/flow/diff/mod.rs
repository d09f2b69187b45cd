//! What changed inside the data, for the person who reviews it.

pub mod alike;
pub mod cell;
pub mod found;
pub mod key;
pub mod page;
pub mod pairs;
pub mod row;
pub mod tree;

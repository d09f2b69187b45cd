//! What changed inside the data, for the person who reviews it.

pub mod cell;
mod damage;
pub mod decimal;
pub mod found;
mod kept;
pub mod ladder;
pub mod moment;
pub mod page;
pub mod pairs;
mod patterns;
pub mod renames;
pub mod sides;
mod sketch;
pub mod stats;
pub mod tally;
#[cfg(test)]
mod tests;
pub mod tree;

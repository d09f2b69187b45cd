//! What changed inside the data, for the person who reviews it.

pub mod alike;
pub mod cell;
mod damage;
pub mod decimal;
mod flag;
pub mod found;
pub mod gate;
mod held;
pub mod html;
pub mod json;
mod kept;
pub mod key;
pub mod ladder;
pub mod markdown;
pub mod moment;
pub mod moved;
pub mod page;
pub mod pairs;
pub mod patch;
mod patterns;
mod redact;
pub mod renames;
pub mod row;
pub mod sides;
mod sketch;
pub mod sql;
pub mod stats;
pub mod tally;
#[cfg(test)]
pub(crate) mod tests;
pub mod tree;
mod wire;
pub mod wishes;
pub mod words;

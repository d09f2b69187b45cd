//! `manifest.json`: every dataset and version, one encoding, entries that never disappear.

pub mod changes;
pub mod edit;
pub mod isolate;
mod join;
pub mod json;
pub mod legacy;
pub mod merge;
pub mod name;
mod occupied;
pub mod parse;
mod pieces;
pub mod print;
mod proposal;
pub mod renumber;
pub mod rules;
mod seen;
#[cfg(test)]
mod tests;
pub mod transition;
pub mod types;
pub mod validate;
mod value;

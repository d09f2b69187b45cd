//! A directory as a dataset: its listing, where the contents of its files lie, and the shards of its small ones.
//!
//! The SHA-256 of the listing is the version. Where bytes lie is no part of it: each file has a digest of its own.

pub mod diff;
pub mod fetching;
pub mod listing;
pub mod merge;
mod pack;
mod pairs;
pub mod path;
pub mod places;
pub mod placing;
pub mod shard;
pub mod shelve;

pub use listing::{Item, Listing, What};
pub use places::{Place, Places};

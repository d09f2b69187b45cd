//! Proposals that mean harm. Each is made in a real repository and judged by the real `check`; then somebody merges it
//! all the same, and the real publisher meets it on the default branch.

mod bytes;
mod court;
mod deltas;
mod forged;
mod history;
mod names;
mod repository;
mod rewritten;
mod settings;
mod shapes;
mod text;
mod trees;

pub(super) use self::court::{After, Check, Court, Make, Proposal};

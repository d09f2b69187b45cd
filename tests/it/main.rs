//! The one integration program: a file per verb, and the rules of the house.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "these are tests: they touch the world, and one that unwraps nothing has failed"
)]

mod agreement;
#[cfg(all(unix, debug_assertions))]
mod chaos;
mod conformance;
#[cfg(all(unix, debug_assertions))]
mod crash;
mod delta;
mod dice;
mod directory;
mod docs;
mod faults;
mod figure;
mod formats;
mod fresh;
mod fuzz_corpora;
mod git_room;
mod hooks;
mod hostile;
mod journey;
mod lab;
mod model;
#[cfg(unix)]
mod packages;
mod pages;
mod predecessor;
mod promises;
#[cfg(feature = "s3")]
#[path = "../s3/mod.rs"]
mod s3;
#[cfg(feature = "s3")]
mod s3_server;
#[cfg(feature = "s3")]
mod s3_store;
mod sample;
mod sweep;
mod tidy;
mod transfer;
mod tree;
#[cfg(all(unix, feature = "tui"))]
mod tui;
mod verbs;
#[cfg(unix)]
mod workflows;

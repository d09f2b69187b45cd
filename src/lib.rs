//! The map of git data. **Git reviews code; git data puts data through the same review.**
//!
//! ```text
//! file ─hash→ digest ─plan→ upload ─→ staging    manifest.json + diffs/ on a branch ─→ pull request ─→ merge
//!                                                                                         │
//! git data pull ←verify─ production ←copy, verified before visible─ staging  ◄─ git-data-publish on main
//! ```
//!
//! # Rooms
//!
//! Each room touches one thing, and says so in its name. What a room may use is a test: `tests/it/tidy.rs`.
//!
//! | room | what | touches |
//! |---|---|---|
//! | [`flow`] | the journey: what to do | nothing: no file, network, process or clock |
//! | [`disk`] | the working tree, the cache | files |
//! | [`store`] | buckets: [`store::Read`], [`store::Write`] | the network, directories that are buckets |
//! | [`git`] | the repository: read in process, changed by `git` itself | `.git` |
//! | [`process`] | other programs | processes |
//! | [`table`] | the rows of two versions of a file | what `disk` opens for it |
//! | [`command`] | a file a verb: asks `flow`, acts, returns a value | the rooms above |
//! | [`cli`] | words in, words out | arguments, the terminal |
//! | [`door`] | the same commands on other surfaces | the terminal as a screen |
//!
//! `src/bin` holds two programs. `git-data` is a person's and gets production as [`store::Read`]. `git-data-publish` is
//! the publisher's: the only file that opens production for writing.
//!
//! A command walks through them in this order: `cli` parses, `command` gathers, `flow` plans, `command` acts, `cli` tells.
//!
//! # Invariants, each the absence of something
//!
//! 1. No command of a person's program can write production: [`command::env::Env::production`] gives a `dyn Read`.
//!
//!    ```compile_fail,E0599
//!    fn no_command_can_write_production(env: &git_data::command::env::Env<'_>, key: &git_data::flow::key::Key) {
//!        let production = env.production().expect("it is configured");
//!        production.delete(key);
//!    }
//!    ```
//! 2. No key is spelled out by an author: [`flow::key`] derives it from the reviewed digest.
//! 3. No bytes become visible in production before the publisher hashed them ([`command::publish`]).
//! 4. No entry disappears from a manifest, and there is one encoding of it ([`flow::manifest`]).
//! 5. No file is replaced half-way, and none with local changes without being asked ([`disk::place`], [`flow::pull`]).
//! 6. No text from outside reaches a terminal or a page as it came ([`flow::text`], [`flow::markdown`]).
//! 7. No absence is a proof: a listing that fails half-way is an error, a missing bucket is not an empty one.
//! 8. No deletion without [`flow::reference::References`], which exist only when every name in git could be counted.
//! 9. No effect without a moment before and after it ([`crash`]), at each of which tests kill the process.

pub mod cli;
pub mod command;
pub mod crash;
pub mod disk;
pub mod door;
pub mod error;
pub mod flow;
pub mod git;
pub mod process;
pub mod store;
pub mod table;

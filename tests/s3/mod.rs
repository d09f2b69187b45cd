//! An S3 server inside the test process, honest or not as the test wishes.
//!
//! ```text
//! client ─http→ front (log, faults) → s3s (parses, checks signatures) → rights → backend → state (memory)
//! ```
//!
//! [`Server::start`] gives an empty server that plays one [`Mode`]; [`Server::bucket`] and [`Server::key`] furnish it;
//! [`Server::fault`] arms what goes wrong; [`Server::log`] and [`Server::objects`] tell what happened.
//!
//! ```text
//! let server = Server::start(Mode::Aws);
//! server.bucket("staging");
//! let dev = server.key("dev", &[("staging", Rights::READ_WRITE)]);
//! server.fault(Fault::new("UploadPart", Kind::AnswerLost).query("partNumber=2").times(3));
//! … run the program with dev.environment() against server.url() …
//! assert_eq!(server.count("DeleteObject"), 0);
//! ```
//!
//! To change what is stored while a request waits, give a hook `server.inside()`:
//! `Kind::Call(Arc::new(move |request| inside.put_raw("staging", &request.key, "swapped", Backdoor::SameETag)))`.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part, and this is a crate in all but name")]

mod attributes;
mod backend;
mod body;
mod bucket;
mod condition;
mod content;
mod copy;
mod delete;
mod fault;
mod front;
mod list;
mod log;
mod mangle;
mod mode;
mod multipart;
mod object;
mod op;
mod parts;
mod rights;
mod server;
mod state;
mod sum;

#[allow(unused_imports, reason = "the names that tests use")]
pub use self::{
    fault::{Answer, Fault, Hook, Kind, ListLie, Match},
    log::Entry,
    mode::Mode,
    op::Request,
    rights::{Credentials, Rights},
    server::{Backdoor, Server, Stored, UploadSeen},
    state::Snapshot,
};

/// The region of every server here.
pub const REGION: &str = "us-east-1";

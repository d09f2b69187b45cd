//! The journey, pure: no file, no network, no process, no clock. What to do is decided here and done elsewhere.

pub mod address;
pub mod audit;
pub mod check;
pub mod compare;
pub mod diff;
pub mod hash;
pub mod ignore;
pub mod key;
pub mod manifest;
pub mod markdown;
pub mod part;
pub mod policy;
pub mod proposal;
pub mod publication;
pub mod pull;
pub mod receipt;
pub mod reference;
pub mod retention;
pub mod settings;
pub mod state;
pub mod text;
pub mod time;
pub mod union;
pub mod version;
pub mod workflow;

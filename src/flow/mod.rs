//! The journey, pure: no file, no network, no process, no clock. What to do is decided here and done elsewhere.

pub mod address;
pub mod hash;
pub mod key;
pub mod manifest;
pub mod markdown;
pub mod part;
pub mod state;
pub mod text;
pub mod time;
pub mod version;

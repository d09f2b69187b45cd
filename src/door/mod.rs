//! Other doors to the same commands: surfaces beside the command line.

#[cfg_attr(not(feature = "tui"), path = "tui_absent.rs")]
pub mod tui;

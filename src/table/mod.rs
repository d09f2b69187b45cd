//! The rows of two versions of a file, compared.

pub mod csv;
pub mod engine;
pub mod format;
pub mod input;
pub mod jsonl;
pub mod lines;
pub mod records;
pub mod utf16;

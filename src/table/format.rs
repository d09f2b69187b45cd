//! What kind of file it is: by its first bytes, and by its name where they do not say.

use super::input::{Input, Packing};
use crate::error::Result;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A text table; the delimiter that its name suggests.
    Csv(Option<u8>),
    /// JSON Lines.
    Jsonl,
    /// An SQLite database.
    Sqlite,
    /// Parquet.
    Parquet,
    /// A workbook.
    Excel,
    /// A DuckDB database.
    Duckdb,
    /// Text that is no table.
    Text,
    /// Anything else.
    Other,
}

impl Format {
    /// The word for it in what is found.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Format::Csv(Some(b'\t')) => "tsv",
            Format::Csv(_) => "csv",
            Format::Jsonl => "jsonl",
            Format::Sqlite => "sqlite",
            Format::Parquet => "parquet",
            Format::Excel => "excel",
            Format::Duckdb => "duckdb",
            Format::Text => "text",
            Format::Other => "other",
        }
    }
}

/// The format of a file. Its name is that by which people know it, not that of a copy in the cache.
pub fn of(input: &Input) -> Result<Format> {
    Ok(sniff(&input.first(8 << 10)?, input.packing, input.name().0))
}

fn sniff(first: &[u8], packing: Packing, name: &str) -> Format {
    let lower = name.to_ascii_lowercase();
    let bare = lower.strip_suffix(".gz").or_else(|| lower.strip_suffix(".zst")).unwrap_or(&lower);
    let extension = bare.rsplit(['/', '\\']).next().and_then(|name| name.rsplit_once('.')).map_or("", |it| it.1);
    // Packed databases and workbooks are not unpacked to be read.
    let plain = packing == Packing::Plain;
    if plain && first.starts_with(b"SQLite format 3\0") {
        return Format::Sqlite;
    }
    if plain && first.starts_with(b"PAR1") {
        return Format::Parquet;
    }
    if plain && first.get(8..12) == Some(b"DUCK") {
        return Format::Duckdb;
    }
    let workbook = first.starts_with(b"PK\x03\x04") || first.starts_with(b"\xd0\xcf\x11\xe0");
    if plain && workbook && matches!(extension, "xlsx" | "xlsm" | "xlsb" | "xls" | "ods") {
        return Format::Excel;
    }
    match extension {
        "csv" => Format::Csv(None),
        "tsv" | "tab" => Format::Csv(Some(b'\t')),
        "psv" => Format::Csv(Some(b'|')),
        "jsonl" | "ndjson" => Format::Jsonl,
        _ if first.contains(&0) => Format::Other,
        _ => match std::str::from_utf8(first) {
            Err(e) if e.error_len().is_some() => Format::Other,
            _ => Format::Text,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(first: &[u8], name: &str) -> &'static str {
        sniff(first, Packing::Plain, name).word()
    }

    #[test]
    fn bytes_come_before_names() {
        assert_eq!(found(b"SQLite format 3\0", "a.csv"), "sqlite");
        assert_eq!(found(b"PAR1", "a"), "parquet");
        assert_eq!(found(b"12345678DUCK", "a.db"), "duckdb");
        assert_eq!(found(b"PK\x03\x04", "a.xlsx"), "excel");
        assert_eq!(found(b"PK\x03\x04\0", "a.zip"), "other");
        assert_eq!(found(b"\xd0\xcf\x11\xe0\0", "a.xls"), "excel");
        assert_eq!(sniff(b"PAR1\0", Packing::Gzip, "a.gz"), Format::Other);
    }

    #[test]
    fn names_tell_tables_of_text() {
        assert_eq!(found(b"a,b", "x/A.CSV"), "csv");
        assert_eq!(found(b"a,b", "a.csv.gz"), "csv");
        assert_eq!(found(b"a\tb", "a.tsv.zst"), "tsv");
        assert_eq!(found(b"{}", "a.ndjson"), "jsonl");
        assert_eq!(found(b"hello", "a.csv.d/README"), "text");
        assert_eq!(found(b"a\0b", "a.csv"), "csv");
        assert_eq!(found(b"\xff\xfe\xfd", "a.bin"), "other");
        assert_eq!(found("é".as_bytes().split_at(1).0, "a.txt"), "text");
    }
}

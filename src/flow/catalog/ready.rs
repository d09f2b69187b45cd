//! Lines that can be pasted: how a version is fetched, verified and opened without git data.

use super::{Access, Listed, Offered};
use crate::flow::key;

/// The lines of a version. A link holds nothing that a shell or a query would read otherwise.
pub(super) fn lines(dataset: &Listed, one: &Offered) -> Vec<String> {
    match &one.access {
        Access::Gone => Vec::new(),
        Access::Pull(command) => vec![command.clone()],
        Access::Link { url, file } => {
            let fetch = if url.ends_with(&format!("/{file}")) {
                format!("curl -fLO {url}")
            } else {
                format!("curl -fL -o {file} {url}")
            };
            let mut lines = vec![format!("{fetch} && echo '{}  {file}' | sha256sum -c", one.sha256)];
            lines.extend(readers(key::extension(&dataset.name), url, file));
            lines
        }
    }
}

/// How rows are read, by the extension.
fn readers(extension: &str, url: &str, file: &str) -> Vec<String> {
    let packed =
        [".gz", ".zst", ".bz2", ".xz"].into_iter().find(|end| extension.len() > end.len() && extension.ends_with(end));
    let plain = packed.map_or(extension, |end| &extension[..extension.len() - end.len()]);
    let pandas = |call: String| format!("python -c \"import pandas as pd; print(pd.{call})\"");
    let duckdb = format!("duckdb -c \"FROM '{url}'\"");
    let (duck, panda) = match plain {
        ".csv" => (Some(duckdb), pandas(format!("read_csv('{url}')"))),
        ".tsv" => (Some(duckdb), pandas(format!("read_csv('{url}', sep='\\t')"))),
        ".jsonl" | ".ndjson" => (Some(duckdb), pandas(format!("read_json('{url}', lines=True)"))),
        ".parquet" if packed.is_none() => (Some(duckdb), pandas(format!("read_parquet('{url}')"))),
        ".xlsx" if packed.is_none() => (None, pandas(format!("read_excel('{url}')"))),
        ".sqlite" | ".sqlite3" if packed.is_none() => {
            let all = "SELECT name, sql FROM sqlite_master";
            return vec![
                format!("duckdb -c \"ATTACH '{file}' AS data (TYPE sqlite); SHOW ALL TABLES\""),
                format!(
                    "python -c \"import sqlite3, pandas as pd; print(pd.read_sql('{all}', sqlite3.connect('{file}')))\""
                ),
            ];
        }
        _ => return Vec::new(),
    };
    // DuckDB opens gzip and Zstandard by the name of a file, and nothing else.
    let duck = duck.filter(|_| matches!(packed, None | Some(".gz" | ".zst")));
    duck.into_iter().chain([panda]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_the_extension_says() {
        let shown = |extension: &str| readers(extension, "https://d/x", "f").join("\n");
        assert_eq!(
            shown(".csv"),
            "duckdb -c \"FROM 'https://d/x'\"\npython -c \"import pandas as pd; print(pd.read_csv('https://d/x'))\""
        );
        assert_eq!(shown(".csv.gz"), shown(".csv"));
        assert!(!shown(".csv.xz").contains("duckdb") && shown(".csv.xz").contains("read_csv"));
        assert!(shown(".tsv").contains("sep='\\t'") && shown(".ndjson").contains("lines=True"));
        assert!(shown(".parquet").contains("read_parquet") && !shown(".parquet.gz").contains("read"));
        assert!(shown(".sqlite").contains("ATTACH 'f' AS data (TYPE sqlite)") && !shown(".sqlite").contains("https"));
        assert_eq!((shown(""), shown(".bin"), shown(".gz")), (String::new(), String::new(), String::new()));
    }
}

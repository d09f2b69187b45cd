//! The one quoter of names that go into SQL. Values never do: they are bound.

/// A name as SQLite, DuckDB and every standard SQL read it: nothing in it ends the quotes. `None` if no SQL can name it.
#[must_use]
pub fn identifier(name: &str) -> Option<String> {
    (!name.contains('\0')).then(|| format!("\"{}\"", name.replace('"', "\"\"")))
}

/// A text, such as a path, where no value can be bound.
#[must_use]
pub fn literal(text: &str) -> Option<String> {
    (!text.contains('\0')).then(|| format!("'{}'", text.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader of SQL makes of a quoted word, and what is left after it.
    fn read(sql: &str, quote: char) -> Option<(String, &str)> {
        let mut rest = sql.strip_prefix(quote)?;
        let mut name = String::new();
        loop {
            let (before, after) = rest.split_once(quote)?;
            name.push_str(before);
            match after.strip_prefix(quote) {
                Some(more) => {
                    name.push(quote);
                    rest = more;
                }
                None => return Some((name, after)),
            }
        }
    }

    #[test]
    fn names_stay_names() {
        assert_eq!(identifier("a\"; DROP TABLE x --").as_deref(), Some("\"a\"\"; DROP TABLE x --\""));
        assert_eq!(identifier("").as_deref(), Some("\"\""));
        assert_eq!(identifier("a\0b"), None);
        assert_eq!(literal("it's").as_deref(), Some("'it''s'"));
    }

    proptest! {
        #[test]
        fn what_is_quoted_reads_back(name in "[^\\x00]{0,20}|[\"'a;-]{0,12}") {
            let quoted = identifier(&name).unwrap();
            prop_assert_eq!(read(&quoted, '"').unwrap(), (name.clone(), ""));
            let quoted = literal(&name).unwrap();
            prop_assert_eq!(read(&quoted, '\'').unwrap(), (name, ""));
        }
    }
}

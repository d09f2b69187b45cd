//! The names of columns: each of them once, none empty.

use std::collections::HashSet;

/// Names as a header has them, made distinct: `a`, `a (2)`; one without a name is called by its place.
#[must_use]
pub fn names(header: impl IntoIterator<Item = String>) -> Vec<String> {
    let found: Vec<String> = header
        .into_iter()
        .enumerate()
        .map(|(n, name)| if name.trim().is_empty() { format!("column {}", n + 1) } else { name })
        .collect();
    let all: HashSet<String> = found.iter().cloned().collect();
    let mut taken: HashSet<String> = HashSet::new();
    // Where the search for the next free name of many equal ones goes on.
    let mut next: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut out = Vec::with_capacity(found.len());
    for name in found {
        let mut own = name.clone();
        if taken.contains(&own) {
            let number = next.entry(name.clone()).or_insert(2);
            own = loop {
                let candidate = format!("{name} ({number})");
                *number += 1;
                if !taken.contains(&candidate) && !all.contains(&candidate) {
                    break candidate;
                }
            };
        }
        taken.insert(own.clone());
        out.push(own);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_there_once() {
        let made = |header: &[&str]| names(header.iter().map(ToString::to_string)).join("|");
        assert_eq!(made(&["id", "a", "b"]), "id|a|b");
        assert_eq!(made(&["a", "a", "a (2)", "a"]), "a|a (3)|a (2)|a (4)");
        assert_eq!(made(&["", "x", " "]), "column 1|x|column 3");
    }

    #[test]
    fn many_equal_names_take_no_long_search() {
        let many = names((0..10_000).map(|_| "a".to_owned()));
        assert_eq!(many.iter().collect::<HashSet<_>>().len(), 10_000);
    }
}

//! Text files to which both sides only added lines, such as `.gitignore`: together they hold all of them.

/// Ours and then the lines that only theirs has; `None` if a side took a line away, for that has a meaning.
#[must_use]
pub fn union(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let has = |text: &str, line: &str| text.lines().any(|l| l.trim_end() == line.trim_end());
    if !base.lines().all(|line| has(ours, line) && has(theirs, line)) {
        return None;
    }
    let end = if ours.contains("\r\n") { "\r\n" } else { "\n" };
    let mut joined = ours.to_owned();
    for line in theirs.lines().filter(|line| !has(ours, line)) {
        if !joined.is_empty() && !joined.ends_with('\n') {
            joined.push_str(end);
        }
        joined.push_str(line.trim_end());
        joined.push_str(end);
    }
    Some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_lines_join_and_a_removed_one_is_a_persons_matter() {
        for (base, ours, theirs, want) in [
            ("a\n", "a\nb\n", "a\nc\n", Some("a\nb\nc\n")),
            ("", "b\n", "c\nb\n", Some("b\nc\n")),
            ("a", "a\nb", "a\nc", Some("a\nb\nc\n")),
            ("a\r\n", "a\r\nb\r\n", "a\r\nc\r\n", Some("a\r\nb\r\nc\r\n")),
            ("a\nx\n", "a\n", "a\nx\nc\n", None),
            ("a\n", "a\n", "", None),
        ] {
            assert_eq!(union(base, ours, theirs).as_deref(), want, "{base:?} {ours:?} {theirs:?}");
        }
    }
}

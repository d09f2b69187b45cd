//! The line of a `.gitignore` that means exactly one path.

/// A line that matches this path from the repository's root, and nothing else: what git reads as a pattern is escaped.
#[must_use]
pub fn line(path: &str) -> String {
    let mut line = String::from("/");
    for c in path.chars() {
        if matches!(c, '\\' | '*' | '?' | '[') {
            line.push('\\');
        }
        line.push(c);
    }
    // Spaces at the end are cut off by git unless escaped.
    let kept = line.trim_end_matches(' ').len();
    let spaces = line.len() - kept;
    line.truncate(kept);
    line + &"\\ ".repeat(spaces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_path_itself_is_meant() {
        assert_eq!(line("data/prices.csv"), "/data/prices.csv");
        assert_eq!(line("a folder/#1 [x]*.csv "), "/a folder/#1 \\[x]\\*.csv\\ ");
        assert_eq!(line("!a?\\b"), "/!a\\?\\\\b");
    }
}

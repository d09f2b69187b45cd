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

/// Whether `new` is `old` with some of our own lines added, and nothing else: then it may be committed unasked.
#[must_use]
pub fn only_adds(old: &str, new: &str, ours: &[String]) -> bool {
    let without =
        |text: &str| -> Vec<String> { text.lines().map(str::to_owned).filter(|l| !ours.contains(l)).collect() };
    old != new && without(old) == without(new) && new.lines().count() > old.lines().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_lines_go_along_unasked() {
        let ours = ["/a.csv".to_owned(), "/b\\ ".to_owned()];
        assert!(only_adds("x\n", "x\n/a.csv\n/b\\ \n", &ours));
        assert!(only_adds("", "/a.csv\n", &ours));
        assert!(!only_adds("x\n", "x\n", &ours));
        assert!(!only_adds("x\n", "x\n/a.csv\nmine\n", &ours));
        assert!(!only_adds("x\n/a.csv\n", "x\n", &ours));
    }

    #[test]
    fn only_the_path_itself_is_meant() {
        assert_eq!(line("data/prices.csv"), "/data/prices.csv");
        assert_eq!(line("a folder/#1 [x]*.csv "), "/a folder/#1 \\[x]\\*.csv\\ ");
        assert_eq!(line("!a?\\b"), "/!a\\?\\\\b");
    }
}

//! What hooks say.

/// A remote waits about so many seconds for git while a hook runs.
const PATIENCE: i64 = 30;

/// After a long upload: git opened its connection before it began, and may find it closed.
#[must_use]
pub fn patience(seconds: i64, remote: &str) -> Option<String> {
    (seconds >= PATIENCE)
        .then(|| format!("staged; push again if {remote} closed the connection meanwhile: no byte is sent twice"))
}

/// The commands that bring datasets up to date: each name, and whether a proposal of it is meant.
#[must_use]
pub fn pulls<'a>(datasets: impl Iterator<Item = (&'a str, bool)>) -> Vec<String> {
    let all: Vec<(&str, bool)> = datasets.collect();
    let staged = if all.iter().any(|(_, proposed)| *proposed) { " --staged" } else { "" };
    match all.as_slice() {
        [] => Vec::new(),
        [(name, _)] => vec![format!("git data pull {name}{staged}")],
        _ => vec![format!("git data pull{staged}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_after_a_long_upload_a_second_push_may_be_needed() {
        assert_eq!(patience(PATIENCE - 1, "origin"), None);
        assert!(patience(PATIENCE, "origin").unwrap().starts_with("staged; push again if origin"));
    }

    #[test]
    fn one_command_brings_them_all() {
        let told = |all: &[(&'static str, bool)]| pulls(all.iter().copied());
        assert!(told(&[]).is_empty());
        assert_eq!(told(&[("a", false)]), ["git data pull a"]);
        assert_eq!(told(&[("a", true)]), ["git data pull a --staged"]);
        assert_eq!(told(&[("a", false), ("b", true)]), ["git data pull --staged"]);
    }
}

//! Which names keep what they hold, as `data.keepRefs` says: words with `*`, such as `tags/*` and `release/*`.
//! And how long the head of a closed pull request still counts.

use crate::flow::time;

/// For so many seconds a closed pull request may be opened again.
const CLOSED: i64 = 30 * 86_400;

/// What is kept unless a repository says otherwise.
pub const DEFAULT: &str = "tags/* release/*";

/// Whether a name is kept: `release/*` is meant of branches, `tags/*` of tags; a `*` stands for any text.
#[must_use]
pub fn is_kept(patterns: &str, name: &str) -> bool {
    let Some(short) = name.strip_prefix("refs/") else { return false };
    let branch = short.strip_prefix("heads/");
    if branch.is_none() && !short.starts_with("tags/") {
        return false;
    }
    patterns.split(|c: char| c.is_whitespace() || c == ',').filter(|p| !p.is_empty()).any(|pattern| {
        let pattern = pattern.strip_prefix("refs/").unwrap_or(pattern);
        matches(pattern, short) || branch.is_some_and(|branch| matches(pattern, branch))
    })
}

/// The number of a pull request whose head has that name.
#[must_use]
pub fn pull_number(name: &str) -> Option<u64> {
    name.strip_prefix("refs/pull/")?.strip_suffix("/head")?.parse().ok()
}

/// Whether a pull request that was closed then no longer counts; a time that cannot be read is none.
#[must_use]
pub fn is_past(closed: &str, now: i64) -> bool {
    time::seconds(closed).is_some_and(|closed| now.saturating_sub(closed) > CLOSED)
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_release_branches_are_kept_unless_something_else_is_said() {
        for name in ["refs/tags/v1", "refs/tags/a/b", "refs/heads/release/2026"] {
            assert!(is_kept(DEFAULT, name), "{name}");
        }
        for name in ["refs/heads/main", "refs/heads/tags", "refs/pull/1/head", "refs/heads/my/release/1", "tags/v1"] {
            assert!(!is_kept(DEFAULT, name), "{name}");
        }
        assert!(is_kept("heads/stable, tags/v*", "refs/heads/stable"));
        assert!(is_kept("heads/stable, tags/v*", "refs/tags/v1"));
        assert!(!is_kept("heads/stable, tags/v*", "refs/tags/nightly"));
        assert!(!is_kept("", "refs/tags/v1"));
        assert!(!is_kept("*", "refs/pull/1/head"));
    }

    #[test]
    fn a_closed_pull_request_counts_thirty_days_more() {
        let now = time::seconds("2026-11-21T10:00:00Z").unwrap();
        assert!(is_past("2026-10-22T09:59:59Z", now));
        for counts in ["2026-10-22T10:00:00Z", "2027-01-01T00:00:00Z", "", "null", "2026-10-01"] {
            assert!(!is_past(counts, now), "{counts}");
        }
        assert_eq!(pull_number("refs/pull/7/head"), Some(7));
        assert_eq!(pull_number("refs/heads/pull/7/head"), None);
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(matches("*", ""));
        assert!(!matches("a*b*c", "a-c"));
        assert!(!matches("a*bc*c", "abc"));
        assert!(!matches("ab*b", "ab"));
    }
}

//! Git's hooks: which of them call this program, in which few lines, and what happens to those that were there before.

pub mod block;
pub mod draft;
pub mod plan;
pub mod runner;
pub mod updates;
pub mod words;

/// A hook that calls this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hook {
    /// Before a commit is made.
    PreCommit,
    /// Before its message is edited.
    PrepareCommitMsg,
    /// After it was made.
    PostCommit,
    /// Before commits are sent.
    PrePush,
    /// After another commit was checked out.
    PostCheckout,
    /// After a merge.
    PostMerge,
    /// After a rebase or an amended commit.
    PostRewrite,
}

impl Hook {
    /// All of them, in the order in which a person meets them.
    pub const ALL: [Hook; 7] = [
        Hook::PreCommit,
        Hook::PrepareCommitMsg,
        Hook::PostCommit,
        Hook::PrePush,
        Hook::PostCheckout,
        Hook::PostMerge,
        Hook::PostRewrite,
    ];

    /// As git calls it, and its file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Hook::PreCommit => "pre-commit",
            Hook::PrepareCommitMsg => "prepare-commit-msg",
            Hook::PostCommit => "post-commit",
            Hook::PrePush => "pre-push",
            Hook::PostCheckout => "post-checkout",
            Hook::PostMerge => "post-merge",
            Hook::PostRewrite => "post-rewrite",
        }
    }

    /// The hook of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Hook> {
        Hook::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// Whether git writes lines to its standard input.
    #[must_use]
    pub fn reads(self) -> bool {
        matches!(self, Hook::PrePush | Hook::PostRewrite)
    }

    /// The whole file of a hook that nobody else has.
    #[must_use]
    pub fn script(self) -> &'static str {
        match self {
            Hook::PreCommit => include_str!("../../../hooks/pre-commit"),
            Hook::PrepareCommitMsg => include_str!("../../../hooks/prepare-commit-msg"),
            Hook::PostCommit => include_str!("../../../hooks/post-commit"),
            Hook::PrePush => include_str!("../../../hooks/pre-push"),
            Hook::PostCheckout => include_str!("../../../hooks/post-checkout"),
            Hook::PostMerge => include_str!("../../../hooks/post-merge"),
            Hook::PostRewrite => include_str!("../../../hooks/post-rewrite"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_is_a_head_and_one_block_that_calls_its_own_hook() {
        for hook in Hook::ALL {
            let script = hook.script();
            let (head, block) = script.split_at(script.find(block::BEGIN).unwrap());
            assert_eq!(head, block::HEAD, "{hook:?}");
            assert!(block.ends_with(&format!("\n{}\n", block::END)), "{hook:?}");
            assert!(block.contains(&format!("git-data hook {} \"$@\"", hook.name())), "{hook:?}");
            // Whoever comes after reads what git wrote.
            assert_eq!(block.contains("$(cat)"), hook.reads(), "{hook:?}");
            assert_eq!(block.contains("exec <<GIT_DATA_LINES"), hook.reads(), "{hook:?}");
        }
    }
}

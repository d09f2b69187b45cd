//! Programs that manage hooks: how they are known, and what a person adds to their files. Ours writes nothing there.

use super::Hook;

/// A program that writes the hooks of a repository itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runner {
    /// husky: a script a hook in `.husky`.
    Husky,
    /// lefthook: one file of commands.
    Lefthook,
    /// The pre-commit framework: one file of hooks.
    PreCommit,
}

/// What a person adds to one file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Addition {
    /// The file, from the repository's root.
    pub file: String,
    /// The lines.
    pub lines: Vec<String>,
}

/// The runner of a repository, by its files and by where git looks for hooks.
pub fn detect(is_there: &dyn Fn(&str) -> bool, hooks_path: Option<&str>) -> Option<Runner> {
    let husky = |path: &str| path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).any(|part| part == ".husky");
    if hooks_path.is_some_and(husky) || is_there(".husky") {
        return Some(Runner::Husky);
    }
    let lefthook = ["lefthook", ".lefthook", ".config/lefthook"].into_iter().any(|stem| {
        ["yml", "yaml", "toml", "json", "jsonc"].into_iter().any(|form| is_there(&format!("{stem}.{form}")))
    });
    if lefthook {
        return Some(Runner::Lefthook);
    }
    is_there(".pre-commit-config.yaml").then_some(Runner::PreCommit)
}

impl Runner {
    /// As it calls itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Runner::Husky => "husky",
            Runner::Lefthook => "lefthook",
            Runner::PreCommit => "the pre-commit framework",
        }
    }

    /// The command after which its hooks are at work; `None` where the files are the hooks.
    #[must_use]
    pub fn then(self) -> Option<String> {
        match self {
            Runner::Husky => None,
            Runner::Lefthook => Some("lefthook install".to_owned()),
            Runner::PreCommit => {
                let types: Vec<String> = Hook::ALL.iter().map(|hook| format!("-t {}", hook.name())).collect();
                Some(format!("pre-commit install {}", types.join(" ")))
            }
        }
    }

    /// What to add, and where.
    #[must_use]
    pub fn additions(self) -> Vec<Addition> {
        match self {
            Runner::Husky => Hook::ALL.iter().map(|hook| husky(*hook)).collect(),
            Runner::Lefthook => {
                vec![Addition { file: "lefthook.yml".to_owned(), lines: Hook::ALL.iter().flat_map(lefthook).collect() }]
            }
            Runner::PreCommit => {
                let mut lines = vec!["- repo: local".to_owned(), "  hooks:".to_owned()];
                lines.extend(Hook::ALL.iter().flat_map(|hook| framework(*hook)).map(|line| format!("    {line}")));
                vec![Addition { file: ".pre-commit-config.yaml".to_owned(), lines }]
            }
        }
    }
}

fn husky(hook: Hook) -> Addition {
    let lines = vec![format!("git data hook {} \"$@\"", hook.name())];
    Addition { file: format!(".husky/{}", hook.name()), lines }
}

fn lefthook(hook: &Hook) -> Vec<String> {
    let mut lines = vec![
        format!("{}:", hook.name()),
        "  commands:".to_owned(),
        "    git-data:".to_owned(),
        format!("      run: git data hook {} {{0}}", hook.name()),
    ];
    if hook.reads() {
        lines.push("      use_stdin: true".to_owned());
    }
    lines
}

/// A hook as the framework wants it; `.pre-commit-hooks.yaml` of this project says the same.
fn framework(hook: Hook) -> Vec<String> {
    vec![
        format!("- id: git-data-{}", hook.name()),
        format!("  name: git data {}", hook.name()),
        format!("  entry: git data hook {}", hook.name()),
        "  language: system".to_owned(),
        format!("  stages: [{}]", hook.name()),
        "  always_run: true".to_owned(),
        // The one argument that the framework hands on is the file of the message.
        format!("  pass_filenames: {}", hook == Hook::PrepareCommitMsg),
        "  verbose: true".to_owned(),
    ]
}

/// What the framework tells in variables instead of arguments and standard input: the arguments, and the lines.
#[must_use]
pub fn told(hook: Hook, args: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Option<(Vec<String>, String)> {
    let named = |name: &str| variable(&format!("PRE_COMMIT_{name}"));
    let given = |names: &[&str]| names.iter().filter_map(|name| named(name)).collect::<Vec<_>>();
    match hook {
        Hook::PrePush if args.is_empty() => {
            let (new, remote) = (named("TO_REF")?, given(&["REMOTE_NAME", "REMOTE_URL"]));
            let name = named("LOCAL_BRANCH").unwrap_or_else(|| "HEAD".to_owned());
            let there = named("REMOTE_BRANCH").unwrap_or_else(|| name.clone());
            // For a new branch it names the commit that the remote has already.
            let old = named("FROM_REF").filter(|old| old.len() == new.len()).unwrap_or_else(|| "0".repeat(new.len()));
            Some((remote, format!("{name} {new} {there} {old}\n")))
        }
        Hook::PostCheckout if args.is_empty() => {
            Some((given(&["FROM_REF", "TO_REF", "CHECKOUT_TYPE"]), String::new())).filter(|(args, _)| args.len() == 3)
        }
        Hook::PostMerge if args.is_empty() => Some((given(&["IS_SQUASH_MERGE"]), String::new())),
        Hook::PostRewrite if args.is_empty() => {
            Some((given(&["REWRITE_COMMAND"]), String::new())).filter(|(args, _)| args.len() == 1)
        }
        Hook::PrepareCommitMsg if args.len() == 1 => {
            let mut all = args.to_vec();
            all.extend(given(&["COMMIT_MSG_SOURCE", "COMMIT_OBJECT_NAME"]));
            Some((all, String::new()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(files: &[&str], path: Option<&str>) -> Option<Runner> {
        detect(&|file| files.contains(&file), path)
    }

    #[test]
    fn each_is_known_by_its_files_or_by_the_place_of_its_hooks() {
        assert_eq!(detected(&[], None), None);
        assert_eq!(detected(&["x.yml"], Some(".githooks")), None);
        assert_eq!(detected(&[".husky"], None), Some(Runner::Husky));
        assert_eq!(detected(&[], Some(".husky/_")), Some(Runner::Husky));
        assert_eq!(detected(&[], Some("web\\.husky\\")), Some(Runner::Husky));
        assert_eq!(detected(&[".config/lefthook.toml"], None), Some(Runner::Lefthook));
        assert_eq!(detected(&[".pre-commit-config.yaml"], None), Some(Runner::PreCommit));
    }

    #[test]
    fn what_is_to_be_added_calls_every_hook() {
        for runner in [Runner::Husky, Runner::Lefthook, Runner::PreCommit] {
            let text: String = runner.additions().into_iter().flat_map(|add| add.lines).map(|l| l + "\n").collect();
            for hook in Hook::ALL {
                assert!(text.contains(&format!("git data hook {}", hook.name())), "{runner:?} {hook:?}");
            }
        }
    }

    #[test]
    fn the_framework_tells_a_push_in_variables() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let known = [("FROM_REF", a.clone()), ("TO_REF", b.clone()), ("REMOTE_NAME", "origin".to_owned())];
        let variable = |name: &str| {
            known.iter().find(|(known, _)| name == format!("PRE_COMMIT_{known}")).map(|(_, value)| value.clone())
        };
        let (args, lines) = told(Hook::PrePush, &[], &variable).unwrap();
        assert_eq!((args, lines), (vec!["origin".to_owned()], format!("HEAD {b} HEAD {a}\n")));
        assert_eq!(told(Hook::PrePush, &["origin".to_owned()], &variable), None, "git itself called");
        assert_eq!(told(Hook::PrePush, &[], &|_| None), None);
    }
}

//! Completion scripts: of `git-data`, and of `git data` inside git's own completion.

use std::io::{self, Write as _};

use clap_complete::Shell;

use crate::cli::Manner;

/// Print the completion script of a shell
///
/// bash: git data completions bash > ~/.local/share/bash-completion/completions/git-data
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

/// Git's completion of bash calls `_git_data` for `git data`, with its own words in `words`. It is loaded with git's, so
/// the line that brings this script there stands in its comment.
const BASH_IN_GIT: &str = r#"
# `git data <TAB>`: git's own completion calls this. Load it after git's: source this file in ~/.bashrc.
_git_data() {
    local data=$((${__git_cmd_idx:-1}))
    local -a COMP_WORDS=(git-data "${words[@]:data+1}")
    local COMP_CWORD=$((cword - data))
    _git__data git-data "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
}
"#;

/// Prints it and gives the exit code.
pub(super) fn print(args: &Args, command: &mut clap::Command, manner: Manner) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "git-data", &mut script);
    if args.shell == Shell::Bash {
        // The generator spells its cases after `git data`, and looks for them after `git-data`.
        let text = String::from_utf8_lossy(&script).replace("git__subcmd__data__subcmd__", "git__data__subcmd__");
        script = text.into_bytes();
        script.extend(BASH_IN_GIT.bytes());
    }
    if manner.json {
        let script = String::from_utf8_lossy(&script);
        let shown = serde_json::json!({ "shell": args.shell.to_string(), "script": script });
        script_out(format!("{shown}\n").as_bytes());
    } else {
        script_out(&script);
    }
    0
}

/// A reader that went away is no failure.
fn script_out(bytes: &[u8]) {
    let _ = io::stdout().lock().write_all(bytes);
}

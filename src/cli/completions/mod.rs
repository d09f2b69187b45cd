//! Completion: scripts of the shells, and the answers that they ask for while somebody types.

mod words;

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap_complete::Shell;

use crate::cli::Manner;
use crate::command::env::Surroundings;

/// Print the completion script of a shell
///
/// For git-data, and for `git data` inside the shell's completion of git. Names and versions of this repository are completed too.
#[derive(clap::Args, Debug)]
#[command(after_help = concat!(
    "bash: git data completions bash > ~/.local/share/bash-completion/completions/git-data\n",
    "zsh:  git data completions zsh > \"${fpath[1]}/_git-data\"\n",
    "fish: git data completions fish > ~/.config/fish/conf.d/git-data.fish"))]
pub(super) struct Args {
    /// The shell
    shell: Shell,
    /// What a script asks: the words up to the cursor, of which the first is the program
    #[arg(last = true, hide = true)]
    words: Vec<OsString>,
}

/// Prints it and gives the exit code.
pub(super) fn print(around: &Surroundings, args: &Args, command: clap::Command, manner: Manner) -> u8 {
    if !args.words.is_empty() {
        out(words::found(around, command, args.shell, &args.words).as_bytes());
        return 0;
    }
    let script = script(args.shell, command);
    if manner.json {
        out(format!("{}\n", serde_json::json!({ "shell": args.shell.to_string(), "script": script })).as_bytes());
    } else {
        out(script.as_bytes());
    }
    0
}

/// The shells that git's completion knows have scripts of our own, which ask this program; the others what clap makes.
fn script(shell: Shell, mut command: clap::Command) -> String {
    match shell {
        Shell::Bash => include_str!("git-data.bash").to_owned(),
        Shell::Zsh => include_str!("git-data.zsh").to_owned(),
        Shell::Fish => include_str!("git-data.fish").to_owned(),
        other => {
            let mut script = Vec::new();
            clap_complete::generate(other, &mut command, "git-data", &mut script);
            String::from_utf8_lossy(&script).into_owned()
        }
    }
}

/// A reader that went away is no failure.
fn out(bytes: &[u8]) {
    let _ = io::stdout().lock().write_all(bytes);
}

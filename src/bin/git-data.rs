//! A person's program: production can only be read.
#![expect(clippy::disallowed_methods, reason = "the environment and the clock are read here and handed on")]

mod around;

use std::process::ExitCode;

use git_data::door::tui;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let around = around::look(&args);
    // No word at all, and a person who looks: the screens.
    if args.len() == 1 && tui::possible(&around) {
        return ExitCode::from(tui::run(around));
    }
    ExitCode::from(git_data::cli::run_person(&around, args))
}

//! The publisher's program: the only one that opens production for writing.
#![expect(clippy::disallowed_methods, reason = "the environment and the clock are read here and handed on")]

mod around;

use std::process::ExitCode;

use git_data::command::env::Env;
use git_data::error::Result;
use git_data::store::Write;
use git_data::store::open::open_production_for_writing;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let around = around::look(&args);
    ExitCode::from(git_data::cli::run_publisher(&around, args, production))
}

fn production(env: &Env<'_>) -> Result<Box<dyn Write>> {
    let address = env.settings.bucket("data.production")?;
    Ok(open_production_for_writing(&address, &env.access(true)?, &env.root)?)
}

//! `hook`: what git's hooks do. Scripts that `install` wrote call it, and managers of hooks.

mod arrived;
mod message;
mod post_commit;
mod pre_commit;
mod pre_push;
mod prepared;

use serde::Serialize;

use crate::command::env::{Env, Surroundings};
use crate::error::{Error, Result};
use crate::flow::hook::{Hook, runner};
use crate::git::{INSIDE, Repo};

/// Do what a hook of git does
///
/// For scripts: `git data install` writes those that call it.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The hook
    #[arg(value_name = "NAME", value_parser = hook)]
    pub hook: Hook,
    /// What git gave it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

fn hook(name: &str) -> Result<Hook, String> {
    let known = || Hook::ALL.map(Hook::name).join(", ");
    Hook::of(name).ok_or_else(|| format!("it is one of {}", known()))
}

/// What a hook did.
#[derive(Serialize)]
pub struct Hooked {
    /// Which.
    pub hook: Hook,
    /// What is to be said; nothing where nothing was to be done.
    pub said: Vec<String>,
    /// What to type.
    pub hints: Vec<String>,
    /// Worth knowing.
    pub notes: Vec<String>,
}

impl Hooked {
    fn new(hook: Hook) -> Self {
        Hooked { hook, said: Vec::new(), hints: Vec::new(), notes: Vec::new() }
    }
}

/// Does it. `lines` is what git wrote to its standard input.
pub fn run(around: &Surroundings, args: &Args, lines: &str) -> Result<Hooked> {
    let Args { hook, args } = args;
    // The command that runs git did this work already.
    if around.variable(INSIDE).is_some() {
        return Ok(Hooked::new(*hook));
    }
    let told = runner::told(*hook, args, &|name| around.variable(name).map(str::to_owned));
    let (args, lines) = told.as_ref().map_or((args.as_slice(), lines), |(args, lines)| (args.as_slice(), lines));
    let repo = Repo::discover(&around.cwd)?;
    if repo.root().is_err() {
        // A bare repository has hooks too, from the template; nobody prepares anything there.
        return Ok(Hooked::new(*hook));
    }
    let env = Env::of(around, repo)?;
    match hook {
        Hook::PreCommit => pre_commit::run(&env),
        Hook::PrepareCommitMsg => message::run(&env, args),
        Hook::PostCommit => post_commit::run(&env),
        Hook::PrePush => pre_push::run(&env, args, lines),
        Hook::PostCheckout => arrived::checked_out(&env, args),
        Hook::PostMerge => arrived::merged(&env),
        Hook::PostRewrite => arrived::rewritten(&env, args, lines),
    }
}

/// An argument that git always gives.
fn needed(args: &[String], at: usize, hook: Hook, what: &str) -> Result<String> {
    args.get(at).cloned().ok_or_else(|| {
        Error::usage(format!("{} is called by git, with {what}", hook.name()))
            .hint("git data install   writes the hooks that call it")
    })
}

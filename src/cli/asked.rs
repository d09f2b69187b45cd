//! What two verbs ask a person on a terminal before they begin.

use std::io::{self, Write as _};

use crate::cli::page::Page;
use crate::cli::{ErasedShow, Manner, exit, prompt};
use crate::command::env::Env;
use crate::command::{delete, init};
use crate::error::{Error, Result};
use crate::flow::address::Address;

/// On a terminal the missing buckets are asked for, and the plan is shown before it is done.
pub(super) fn init(env: &Env<'_>, mut args: init::Args, manner: Manner) -> Result<init::Args> {
    if args.yes || args.dry_run || manner.json || !prompt::possible() {
        return Ok(args);
    }
    let sandbox = |name: &str| format!("file:.buckets/{name}");
    for (slot, name, question) in [
        (&mut args.staging, "staging", "Bucket that proposals go to"),
        (&mut args.production, "production", "Bucket of published versions"),
    ] {
        let known = env.settings.get(&format!("data.{name}")).map_or_else(|| sandbox(name), str::to_owned);
        if slot.is_none() {
            *slot = Some(bucket(&format!("{question} (s3://BUCKET/PREFIX or file:DIR)"), &known)?);
        }
    }
    let s3 = args.staging.as_deref().is_some_and(|url| url.starts_with("s3://"));
    if s3 && args.endpoint.is_none() && env.settings.get("data.endpoint").is_none() {
        let endpoint = prompt::line("URL of the S3 server; empty for AWS", None)?;
        args.endpoint = Some(endpoint).filter(|e| !e.is_empty());
    }
    args.dry_run = true;
    let plan = init::run(env, &args)?;
    args.dry_run = false;
    if plan.files.iter().all(|file| file.lines.is_empty()) {
        return Ok(args);
    }
    show(&plan);
    if !prompt::yes("Write this")? {
        return Err(Error::user("nothing was changed"));
    }
    Ok(args)
}

/// Asks until the answer can be a bucket.
fn bucket(question: &str, known: &str) -> Result<String> {
    loop {
        let url = prompt::line(question, Some(known))?;
        match Address::parse(&url) {
            Ok(_) => return Ok(url),
            Err(error) => {
                let _ = write!(io::stderr(), "{}", exit::words(&error));
            }
        }
    }
}

/// The plan that a person is asked about.
fn show(plan: &dyn ErasedShow) {
    let mut page = Page::new(false);
    plan.page(&mut page);
    let _ = write!(io::stderr(), "{}", page.finish());
}

/// On a terminal the name is typed a second time.
pub(super) fn delete(env: &Env<'_>, mut args: delete::Args, manner: Manner) -> Result<delete::Args> {
    if args.yes || args.propose.dry_run || manner.json || !prompt::possible() {
        return Ok(args);
    }
    args.propose.dry_run = true;
    show(&delete::run(env, &args)?);
    args.propose.dry_run = false;
    let typed = prompt::line(&format!("To propose this deletion type the name {}", args.name), None)?;
    if typed != args.name {
        return Err(Error::user("that is not the name; nothing was changed"));
    }
    args.yes = true;
    args.confirm = Some(typed);
    Ok(args)
}

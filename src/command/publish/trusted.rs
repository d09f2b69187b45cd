//! Whose settings count: a workflow says itself which buckets are meant; the repository may not say otherwise.

use crate::command::env::{Env, SHARED, shared_pairs};
use crate::error::{Error, Result};

const SAID: [(&str, &str); 3] = [
    ("data.staging", "GIT_DATA_STAGING"),
    ("data.production", "GIT_DATA_PRODUCTION"),
    ("data.endpoint", "GIT_DATA_ENDPOINT"),
];

/// In a workflow (`CI` is set): buckets come from its environment, and `.gitdata` must agree or be silent.
pub(in crate::command) fn settings(env: &Env<'_>) -> Result<()> {
    if env.around.variable("CI").is_none() {
        return Ok(());
    }
    let shared = shared_pairs(&env.root)?;
    for (name, variable) in SAID {
        let said = env.around.variable(variable);
        let repository = shared.iter().rev().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim());
        match (said, repository) {
            (Some(said), Some(found)) if said.trim_end_matches('/') != found.trim_end_matches('/') => {
                return Err(Error::user(format!("{SHARED} says {name} = {found}, the workflow says {said}"))
                    .because("the publisher takes its buckets from the workflow, and goes nowhere when the repository differs")
                    .hint(format!("change {SHARED} in a pull request, or {variable} in the workflow, so that both agree")));
            }
            (None, _) if name != "data.endpoint" => {
                return Err(Error::user(format!("{variable} is not set in the workflow"))
                    .because(
                        "in a workflow the publisher takes its buckets from the environment, never from the repository",
                    )
                    .hint(format!("env: {{ {variable}: s3://BUCKET }}")));
            }
            (None, Some(found)) => {
                return Err(Error::user(format!("{SHARED} says {name} = {found}, the workflow says nothing"))
                    .hint(format!("env: {{ {variable}: {found} }}")));
            }
            _ => {}
        }
    }
    Ok(())
}

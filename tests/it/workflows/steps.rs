//! Reads the jobs and steps out of a written workflow: the YAML that our templates use, and nothing more.

use std::collections::BTreeMap;

/// A job, its steps in order.
#[derive(Debug, Default)]
pub struct Job {
    pub name: String,
    pub env: BTreeMap<String, String>,
    pub steps: Vec<Step>,
}

/// A step that runs a script; one that uses an action has none.
#[derive(Debug, Default)]
pub struct Step {
    pub name: String,
    pub id: String,
    pub condition: String,
    pub env: BTreeMap<String, String>,
    pub run: Option<String>,
}

/// The jobs of a workflow. The workflow's own variables are among those of each job.
pub fn jobs(text: &str) -> Vec<Job> {
    let (above, jobs) = text.split_once("\njobs:\n").unwrap();
    let (_, env) = above.split_once("\nenv:\n").unwrap();
    let common: BTreeMap<_, _> = env.lines().filter_map(|line| pair(line.strip_prefix("  ")?)).collect();
    let mut found: Vec<Job> = Vec::new();
    let lines: Vec<&str> = jobs.lines().filter(|line| !line.trim_start().starts_with("# ")).collect();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        at += 1;
        match indent(line) {
            2 if line.ends_with(':') => {
                let name = line.trim().trim_end_matches(':').to_owned();
                found.push(Job { name, env: common.clone(), steps: Vec::new() });
            }
            4 if line == "    env:" => {
                let taken = block(&lines, &mut at, 6);
                found.last_mut().unwrap().env.extend(taken.iter().filter_map(|line| pair(line)));
            }
            6 if line.starts_with("      - ") => {
                let mut own = vec![line.replacen("- ", "  ", 1)[8..].to_owned()];
                own.extend(block(&lines, &mut at, 8));
                found.last_mut().unwrap().steps.push(step(&own));
            }
            _ => {}
        }
    }
    found
}

/// The lines from here on that are indented that deep, or empty.
fn block(lines: &[&str], at: &mut usize, depth: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while let Some(line) = lines.get(*at).filter(|line| line.is_empty() || indent(line) >= depth) {
        taken.push(line.get(depth..).unwrap_or_default().to_owned());
        *at += 1;
    }
    taken
}

fn step(lines: &[String]) -> Step {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut step = Step::default();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        at += 1;
        match line.trim_end() {
            "run: |" => step.run = Some(block(&lines, &mut at, 2).join("\n")),
            "env:" => step.env = block(&lines, &mut at, 2).iter().filter_map(|line| pair(line)).collect(),
            "with:" => drop(block(&lines, &mut at, 2)),
            other => match pair(other) {
                Some((key, value)) if key == "name" => step.name = value,
                Some((key, value)) if key == "id" => step.id = value,
                Some((key, value)) if key == "if" => step.condition = value,
                Some((key, _)) if key == "uses" => {}
                found => panic!("this reader does not know {found:?} in a step: {other}"),
            },
        }
    }
    step
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// `key: value`, the value with or without single quotes.
fn pair(line: &str) -> Option<(String, String)> {
    let (key, value) = line.split_once(':')?;
    let value = value.trim();
    let plain = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')).map(|v| v.replace("''", "'"));
    Some((key.trim().to_owned(), plain.unwrap_or_else(|| value.to_owned())))
}

/// Puts the values of expressions in; one that is not known is a fault of the test.
pub fn filled(text: &str, known: &BTreeMap<&str, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once("${{") {
        let (expression, after) = inner.split_once("}}").unwrap();
        let value = known.get(expression.trim());
        out += before;
        out += value.unwrap_or_else(|| panic!("nobody says what {expression:?} is"));
        rest = after;
    }
    out + rest
}

#[test]
fn a_workflow_is_read() {
    let text = "x\nenv:\n  A: 'it''s'\n\njobs:\n  # words\n  one:\n    name: n\n    env:\n      B: ${{ b }}\n    steps:\n      \
                - uses: a/b@c # v1\n        if: x\n        with:\n          y: z\n      - name: Do\n        env:\n          \
                C: '1'\n        run: |\n          if true; then\n            go\n          fi\n\n  two:\n    name: m\n";
    let jobs = jobs(text);
    assert_eq!(jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(jobs[0].env["A"], "it's");
    assert_eq!(jobs[0].steps[1].run.as_deref(), Some("if true; then\n  go\nfi\n"));
    assert_eq!(jobs[0].steps[0].condition, "x");
    assert_eq!(jobs[0].steps[1].env["C"], "1");
    assert_eq!(filled(&jobs[0].env["B"], &[("b", "2".to_owned())].into()), "2");
}

//! The map of the house as a check: who may import whom, between crates and between the parts of the front-end.
//!
//! The compiler keeps the crates apart but not what they depend on, and inside the front-end it keeps nothing apart.
//! Source is read as text (`source`), judged by the rules of `rules`; crates are asked of cargo.

mod rules;
mod source;
mod tokens;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::fingerprint;
use crate::process;
use crate::project::Project;

/// The texts that a source has outside of comments and tests: see [`source::texts`].
pub(crate) fn texts(source: &str) -> Vec<(usize, String, String)> {
    source::texts(source)
}

/// Fails with a list of all who import what they must not.
pub(crate) fn check(project: &Project) -> Result<()> {
    let mut wrong = Vec::new();
    for (folder, rule) in rules::SOURCES {
        wrong.extend(check_sources(&project.root, folder, rule)?);
    }
    wrong.extend(declared(project)?);
    for package in rules::PURE {
        wrong.extend(impure(package, &tree(project, package)?));
    }
    wrong.extend(described(&tree(project, "chinwag")?));
    if wrong.is_empty() {
        println!("Everybody imports only what the map allows.");
        return Ok(());
    }
    bail!("{} import(s) against the map:\n  {}", wrong.len(), wrong.join("\n  "))
}

fn check_sources(root: &Path, folder: &str, rule: rules::Rule) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for file in fingerprint::files(&root.join(folder), &|_| true)? {
        let name = file.to_string_lossy().replace('\\', "/");
        if file.extension().is_none_or(|ending| ending != "rs") || source::is_test(&name) {
            continue;
        }
        let text = fs::read_to_string(root.join(folder).join(&file))
            .with_context(|| format!("{folder}/{name}"))?;
        for path in source::paths(&text, &name) {
            if let Some(reason) = rule(&name, &path.segments) {
                wrong.push(format!(
                    "{folder}/{name}:{}: `{}`: {reason}",
                    path.line,
                    path.segments.join("::")
                ));
            }
        }
    }
    Ok(wrong)
}

/// Which of our crates each of our crates names in its Cargo.toml, judged.
fn declared(project: &Project) -> Result<Vec<String>> {
    let metadata =
        process::output(project.cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Value =
        serde_json::from_str(&metadata).context("the answer of `cargo metadata` cannot be read")?;
    Ok(judge_declared(&metadata))
}

fn judge_declared(metadata: &Value) -> Vec<String> {
    let list = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let name =
        |value: &Value| value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let packages = list(metadata, "packages");
    let ours: Vec<String> = packages.iter().map(name).collect();
    let mut wrong = Vec::new();
    for package in &packages {
        let from = name(package);
        let Some(allowed) = rules::crates_of(&from) else { continue };
        for dependency in list(package, "dependencies") {
            let to = name(&dependency);
            // What only tests need is no part of the house.
            let for_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            if ours.contains(&to) && !for_tests && !allowed.contains(&to.as_str()) {
                wrong.push(format!("crate {from} depends on {to}, which the map does not allow"));
            }
        }
    }
    wrong
}

/// Everything that ends up in a crate when it is built alone, also what its dependencies bring.
fn tree(project: &Project, package: &str) -> Result<String> {
    let mut command = project.cargo();
    command.args(["tree", "--package", package, "--edges", "normal", "--target", "all"]);
    process::output(command.args(["--prefix", "none", "--format", "{p}"]))
}

fn described(tree: &str) -> Option<String> {
    let mut names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let heavy = rules::NOT_IN_THE_PAGE;
    names
        .any(|name| name == heavy)
        .then(|| format!("{heavy} is built into the page: it is for the server alone"))
}

fn impure(package: &str, tree: &str) -> Vec<String> {
    let names = tree.lines().filter_map(|line| line.split_whitespace().next());
    let mut found: Vec<&str> = names.filter(|name| rules::is_worldly(name)).collect();
    found.sort_unstable();
    found.dedup();
    found
        .iter()
        .map(|name| format!("crate {package} is pure and yet {name} is built into it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{described, impure, judge_declared};

    #[test]
    fn a_crate_may_depend_only_on_what_the_map_allows() {
        let package = |name: &str, dependencies: &[(&str, Option<&str>)]| {
            let dependencies: Vec<_> = dependencies
                .iter()
                .map(|(name, kind)| json!({ "name": name, "kind": kind }))
                .collect();
            json!({ "name": name, "dependencies": dependencies })
        };
        let good = [
            package(
                "chinwag",
                &[("chinwag-protocol", None), ("chinwag-session", None), ("leptos", None)],
            ),
            package("chinwag-protocol", &[("serde", None)]),
            package("chinwag-session", &[("chinwag-protocol", None)]),
            package(
                "chinwag-server",
                &[("chinwag-protocol", None), ("chinwag-session", Some("dev"))],
            ),
        ];
        assert_eq!(judge_declared(&json!({ "packages": good })), Vec::<String>::new());
        let bad = [
            package("chinwag-protocol", &[("chinwag-session", None)]),
            package("chinwag-session", &[]),
            package("chinwag-server", &[("chinwag-session", Some("build"))]),
        ];
        let wrong = judge_declared(&json!({ "packages": bad }));
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(
            wrong[0].starts_with("crate chinwag-protocol depends on chinwag-session"),
            "{wrong:?}"
        );
    }

    #[test]
    fn the_browser_does_not_come_into_a_pure_crate_through_the_back_door() {
        let tree = "chinwag-session v0.1.0 (/x)\nchinwag-protocol v0.1.0 (/y)\nserde v1.0.0\n";
        assert_eq!(impure("chinwag-session", tree), Vec::<String>::new());
        let tree = format!(
            "{tree}chrono v0.4.1\niana-time-zone v0.1.1\njs-sys v0.3.1\njs-sys v0.3.1 (*)\n"
        );
        assert_eq!(impure("chinwag-session", &tree).len(), 2);
    }

    #[test]
    fn what_describes_the_wire_is_not_in_the_page() {
        assert_eq!(described("chinwag v0.1.0 (/x)\nserde v1.0.0\n"), None);
        assert!(described("chinwag v0.1.0 (/x)\nschemars v0.9.0\n").is_some());
    }
}

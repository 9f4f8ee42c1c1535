//! `cinder-drill example`: prints what comes with the program, to begin with.

use std::fmt::Write as _;
use std::io::{Write, stderr, stdout};
use std::path::PathBuf;

use super::failure_text::refuse;
use super::new_file::put;
use super::{ColorChoice, Inputs, exit_code};
use crate::diagnostic::{SourceMap, near_miss};
use crate::drivers;
use crate::failure::Failure;
use crate::launch::{BuiltIn, LIKES, built_in_by_folder, built_in_scenario, like};
use crate::scenario::Scenario;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A scenario, a target or a driver; without one, all are listed
    name: Option<String>,
    /// Writes it into this file, which must not exist, in place of printing it
    #[arg(long, short, value_name = "FILE", requires = "name")]
    output: Option<PathBuf>,
}

/// What a name may also be called: people look for `target` before they know the names.
const ALSO: (&str, &str) = ("target", "example");

pub(super) fn example(arguments: &Arguments, color: ColorChoice) -> u8 {
    let Some(name) = &arguments.name else {
        // A closed output is nobody's fault.
        let _ = stdout().write_all(listed().as_bytes());
        return exit_code::PASS;
    };
    let Some(text) = text_of(name) else {
        return refuse(&unknown(name), color);
    };
    if let Err(failure) = put(arguments.output.as_deref(), text) {
        return refuse(&failure, color);
    }
    let continued = built_in_scenario(name).and_then(continued);
    if let (Some(continued), Some(_)) = (continued, &arguments.output) {
        let _ = writeln!(
            stderr(),
            "note: it continues {continued}, which must lie beside it: cinder-drill example {continued} --output {continued}.yaml"
        );
    }
    exit_code::PASS
}

/// The file of this name. No name means two.
fn text_of(name: &str) -> Option<&'static str> {
    let name = if name == ALSO.0 { ALSO.1 } else { name };
    let of_profile = || drivers::text_of(&drivers::named(name).ok()?.driver);
    let of_driver = || drivers::text_of(name).or_else(of_profile);
    let scenario = built_in_scenario(name).map(|scenario| scenario.text);
    scenario.or_else(|| like(name)).or_else(of_driver)
}

/// All names that are listed.
fn names() -> impl Iterator<Item = &'static str> {
    let scenarios = built_in_by_folder().into_iter().flat_map(|(_, names)| names);
    let targets = LIKES.iter().map(|like| like.name);
    let drivers = drivers::driver_files().iter().map(|file| file.driver.as_str());
    scenarios.chain(targets).chain(drivers)
}

fn unknown(name: &str) -> Failure {
    let failure = Failure::usage(format!(
        "there is no scenario, target or driver `{}` to print",
        name.escape_debug()
    ));
    let near = near_miss(name, names()).map(|near| format!("did you mean `{near}`? "));
    failure.help(format!(
        "{}`cinder-drill example` lists all of them",
        near.unwrap_or_default()
    ))
}

/// What is read of a scenario that comes with the program; a test reads them all.
fn read(scenario: BuiltIn) -> Option<Scenario> {
    let (set, _) = Inputs::of(vec![scenario.path()]).load_scenarios(&mut SourceMap::default());
    set.requested().next().cloned()
}

/// The name of the scenario that it continues.
fn continued(scenario: BuiltIn) -> Option<String> {
    let continues = read(scenario)?.continues?;
    Some(continues.name.written().to_owned())
}

fn listed() -> String {
    let mut text = String::new();
    for (folder, names) in built_in_by_folder() {
        let (of, run) = match folder {
            "" => (String::new(), "run NAME".to_owned()),
            folder => (format!(" of {folder}"), format!("run NAME, or all: run {folder}")),
        };
        let _ = writeln!(text, "scenarios{of}: cinder-drill {run}");
        for scenario in names.into_iter().filter_map(built_in_scenario) {
            let summary = read(scenario).map(|read| read.summary).unwrap_or_default();
            let _ = writeln!(text, "  {:<34}  {summary}", scenario.name);
        }
        text.push('\n');
    }
    text.push_str("targets, to be filled in: cinder-drill example NAME --output my-cloud.yaml\n");
    for like in LIKES {
        let _ = writeln!(text, "  {:<34}  {}", like.name, like.about);
    }
    text.push_str("\ndriver profiles, to begin one's own with: cinder-drill example NAME --output my-array.yaml\n");
    for file in drivers::driver_files() {
        let _ = writeln!(text, "  {:<34}  {}", file.driver, file.title);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::document::as_fault;

    #[test]
    fn no_name_means_two_and_each_prints_something() {
        let mut seen = BTreeSet::new();
        for name in names() {
            assert!(seen.insert(name), "{name} means two files");
            assert!(text_of(name).is_some_and(|text| !text.is_empty()), "{name}");
            assert!(listed().contains(&format!("  {name} ")), "{name} is not listed");
        }
        assert!(!seen.contains(ALSO.0));
        assert_eq!(text_of("target"), like("example"));
        // A profile of a driver is in the driver's file.
        assert_eq!(text_of("pure-iscsi-sync"), drivers::text_of("pure"));
    }

    #[test]
    fn every_scenario_says_what_it_proves_and_what_it_continues() {
        for (_, names) in built_in_by_folder() {
            for scenario in names.into_iter().filter_map(built_in_scenario) {
                assert!(
                    read(scenario).is_some_and(|read| !read.summary.is_empty()),
                    "{}",
                    scenario.name
                );
            }
        }
        let of = |name| built_in_scenario(name).and_then(continued);
        assert_eq!(of("bfv-failback").as_deref(), Some("bfv-failover"));
        assert_eq!(of("bfv-failover"), None);
    }

    #[test]
    fn golden_examples_that_are_not_there() {
        let said = |name: &str| crate::diagnostic::render(&as_fault(&unknown(name)), &SourceMap::default(), false);
        insta::assert_snapshot!(["bfv-failovr", "zzz\n"].map(said).join("\n"));
    }
}

//! Drills in simclouds: each scenario of `scenarios/` is a test by its own name, and so is each bad day. The scenarios that
//! are tested in one call share a simcloud, and so a failover; one that is tested alone has both for itself.

mod agreement;
mod bad_days;
mod cohorts;
#[path = "../common/mod.rs"]
mod common;
mod support;
mod trust;

use std::sync::{Arc, OnceLock};

use cinder_drill::event::Verdict;
use libtest_mimic::{Arguments, Failed, Trial};
use support::Drilled;

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials(&arguments)).exit_code()
}

fn trials(arguments: &Arguments) -> Vec<Trial> {
    let folder = common::repository().join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("the folder of scenarios");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{} holds no scenarios", folder.display());
    let selected = names.iter().filter(|name| is_selected(arguments, &test_name(name)));
    let together = Arc::new(Together {
        names: selected.cloned().collect(),
        drilled: OnceLock::new(),
    });
    let scenarios = names.into_iter().map(|name| {
        let together = together.clone();
        Trial::test(test_name(&name), move || together.judge(&name))
    });
    let others = bad_days::ALL
        .iter()
        .chain(&agreement::ALL)
        .chain(cohorts::ALL)
        .chain(trust::ALL)
        .map(|(name, test)| {
            Trial::test(*name, move || {
                test();
                Ok(())
            })
        });
    scenarios.chain(others).collect()
}

/// Test names are identifiers, so that `cargo test bfv_failover` finds them.
fn test_name(scenario: &str) -> String {
    scenario.replace('-', "_")
}

/// Whether a test of that name will run, as libtest decides it.
fn is_selected(arguments: &Arguments, name: &str) -> bool {
    let fits = |filter: &String| {
        if arguments.exact {
            name == filter
        } else {
            name.contains(filter.as_str())
        }
    };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}

/// The scenarios that are tested in this call. The first one that is asked for drills all.
struct Together {
    names: Vec<String>,
    drilled: OnceLock<Drilled>,
}

impl Together {
    fn judge(&self, name: &str) -> Result<(), Failed> {
        let drilled = self.drilled.get_or_init(|| {
            let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
            support::drill_in_a_box(&names, |_, _| Vec::new())
        });
        if let Err(failure) = &drilled.result {
            return Err(failure.to_string().into());
        }
        let scenario = drilled.report.scenarios.iter().find(|scenario| scenario.name == name);
        match scenario.and_then(|scenario| scenario.verdict.as_ref()) {
            Some(Verdict::Passed) => {
                drilled.must_be_clean();
                Ok(())
            }
            Some(Verdict::Failed { failure, .. }) => Err(failure.to_string().into()),
            Some(Verdict::NotRun { because }) => Err(because.as_str().into()),
            None => Err("it has no verdict".into()),
        }
    }
}

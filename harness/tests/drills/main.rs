//! Drills in simclouds of their own: each scenario of `scenarios/` is a test by its own name, and so is each bad day.

mod agreement;
mod bad_days;
mod support;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> std::process::ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, trials()).exit_code()
}

fn trials() -> Vec<Trial> {
    let folder = support::repository().join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("the folder of scenarios");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|path| path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "{} holds no scenarios", folder.display());
    let scenarios = names.into_iter().map(trial);
    let bad_days = bad_days::ALL.iter().chain(&agreement::ALL).map(|(name, day)| {
        Trial::test(*name, move || {
            day();
            Ok(())
        })
    });
    scenarios.chain(bad_days).collect()
}

fn trial(name: String) -> Trial {
    // Test names are identifiers, so that `cargo test bfv_failover` finds them.
    Trial::test(name.replace('-', "_"), move || run(&name))
}

fn run(name: &str) -> Result<(), Failed> {
    let drilled = support::drill_in_a_box(&[name], |_, _| Vec::new());
    match drilled.failure() {
        Some(failure) => Err(failure.to_string().into()),
        None => {
            drilled.must_pass();
            Ok(())
        }
    }
}

//! The tests of a suite: which there are, which are ignored and why, and which are selected.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::Suite;
use super::together::Together;
use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{DiskFiles, Files};
use crate::launch::{Drill, Faults, Inputs, Prepared, prepare};
use crate::scenario::Scenario;
use crate::state::TARGET_LACKS;
use crate::targets::{Target, Variables};

/// A scenario of a suite.
struct Test {
    name: String,
    /// Why the target cannot do it.
    lacks: Option<String>,
    /// Why it is ignored, unless ignored tests are requested.
    ignored: Option<String>,
}

impl Suite {
    /// All tests; those that are selected share a run. `named` is the file of another target than the suite's.
    ///
    /// # Errors
    /// All that is wrong with the scenarios and the target.
    pub(super) fn trials(self, arguments: &Arguments, named: Option<PathBuf>) -> Result<Vec<Trial>, Faults> {
        let inputs = self.inputs(named);
        let prepared = prepare(&inputs, &Variables::of_process());
        let tests = tests(&prepared).ok_or_else(|| prepared.into_faults())?;
        let asks_for_ignored = arguments.list || arguments.ignored || arguments.include_ignored;
        let configure = self.configure.clone();
        let together = Arc::new(Together::new(
            arguments.nocapture,
            self.snapshots.is_some(),
            move |names| configure(Drill::of(inputs)).only(names),
        ));
        let mut selected = Vec::new();
        let mut trials = Vec::new();
        for test in tests {
            let flagged = asks_for_ignored && test.ignored.is_some();
            let trial = trial(&test, asks_for_ignored, &together).with_ignored_flag(flagged);
            let runs = test.lacks.is_none() && (asks_for_ignored || test.ignored.is_none());
            if runs && !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial) {
                selected.push(test.name);
            }
            trials.push(trial);
        }
        together.select(selected);
        Ok(trials)
    }

    fn inputs(&self, named: Option<PathBuf>) -> Inputs {
        let mut inputs = Inputs::of(files(&self.scenarios));
        if let Some(file) = named.or_else(|| self.target.clone()) {
            inputs = inputs.on(file);
        }
        match &self.snapshots {
            Some(folder) => inputs.snapshots(folder.clone()),
            None => inputs,
        }
    }
}

/// The files of a folder by name, so those that run only by name are among them.
fn files(scenarios: &Path) -> Vec<PathBuf> {
    match DiskFiles.yaml_files(scenarios) {
        Ok(files) if !files.is_empty() => files,
        // Its faults are reported when it is read.
        _ => vec![scenarios.to_owned()],
    }
}

/// The test of each scenario; `None` if something is wrong beyond what the target cannot do.
fn tests(prepared: &Prepared) -> Option<Vec<Test>> {
    let target = prepared.target.as_ref()?;
    let is_error = |fault: &&Diagnostic| fault.severity == Severity::Error;
    let is_lack = |fault: &Diagnostic| fault.code == Some(TARGET_LACKS);
    // Faults beyond those that are kept are not known to be lacks.
    let all_lacks = prepared.faults.iter().filter(is_error).all(is_lack);
    if !all_lacks || prepared.faults.more() > 0 {
        return None;
    }
    let test = |scenario: &Scenario| {
        let refused = prepared.refused.iter().find(|(name, _)| *name == scenario.name);
        let lacks = refused.map(|(_, faults)| reason(faults.iter().filter(is_error)));
        let stays = scenario.only_by_name && target.simcloud.is_none();
        Test {
            name: scenario.name.to_string(),
            ignored: lacks.clone().or_else(|| stays.then(|| stays_words(target))),
            lacks,
        }
    };
    let skipped = prepared.skipped.iter().map(|skipped| Test {
        name: skipped.scenario.to_string(),
        lacks: Some(skipped.because.clone()),
        ignored: Some(skipped.because.clone()),
    });
    let mut tests: Vec<Test> = prepared.scenarios.requested().map(test).chain(skipped).collect();
    tests.sort_by(|one, other| one.name.cmp(&other.name));
    Some(tests)
}

fn reason<'a>(faults: impl Iterator<Item = &'a Diagnostic>) -> String {
    let messages: Vec<&str> = faults.map(|fault| fault.message.as_str()).collect();
    messages.join("; ")
}

fn stays_words(target: &Target) -> String {
    format!("it sets up {} in a way that stays; --ignored runs it", target.backend)
}

fn trial(test: &Test, asks_for_ignored: bool, together: &Arc<Together>) -> Trial {
    let name = test.name.clone();
    match (&test.lacks, &test.ignored) {
        (_, Some(reason)) if !asks_for_ignored => {
            let reason = reason.clone();
            Trial::ignorable_test(name, move || Ok(Completion::ignored_with(reason)))
        }
        (Some(lack), _) => {
            let failed = Failed::from(lack);
            Trial::test(name, move || Err(failed))
        }
        _ => {
            let together = together.clone();
            Trial::test(name.clone(), move || together.judge(&name))
        }
    }
}

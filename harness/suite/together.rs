//! The scenarios that are selected together: one run drills them all, and each test reports the verdict of its own.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use libtest_mimic::Failed;

use super::turn::Turn;
use crate::event::Listener;
use crate::launch::{Drill, DrillError, Launched, within_runtime};
use crate::report::Progress;
use crate::report::document::{Outcome, RunReport, ScenarioReport};

/// Makes the drill of the scenarios of these names.
type Make = Box<dyn FnOnce(Vec<String>) -> Drill + Send>;

/// The tests that were selected. The first one that is asked for drills all.
pub(super) struct Together {
    shows_progress: bool,
    wants_snapshots: bool,
    begin: Mutex<Option<(Make, Vec<String>)>>,
    drilled: OnceLock<Result<Drilled, String>>,
}

/// A run that ended.
pub(super) struct Drilled {
    pub report: RunReport,
    journal: PathBuf,
}

impl Together {
    pub(super) fn new(
        shows_progress: bool,
        wants_snapshots: bool,
        make: impl FnOnce(Vec<String>) -> Drill + Send + 'static,
    ) -> Together {
        Together {
            shows_progress,
            wants_snapshots,
            begin: Mutex::new(Some((Box::new(make), Vec::new()))),
            drilled: OnceLock::new(),
        }
    }

    /// Says which are selected.
    pub(super) fn select(&self, names: Vec<String>) {
        let mut begin = self.begin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, selected)) = begin.as_mut() {
            *selected = names;
        }
    }

    /// The verdict of a scenario.
    pub(super) fn judge(&self, name: &str) -> Result<(), Failed> {
        let drilled = self
            .drilled
            .get_or_init(|| self.drill())
            .as_ref()
            .map_err(Failed::from)?;
        // More than one if the run repeats.
        let found = drilled.report.scenarios.iter().filter(|scenario| scenario.name == name);
        let judged: Vec<Option<String>> = found
            .map(|scenario| drilled.why_not(scenario, self.wants_snapshots))
            .collect();
        if judged.is_empty() {
            return Err(format!("it did not begin\n{}", drilled.place()).into());
        }
        match judged.into_iter().flatten().next() {
            None => Ok(()),
            Some(why) => Err(format!("{}\n{}", why.trim_end(), drilled.place()).into()),
        }
    }

    /// Drills, once: a second run after one that died in the middle would find the backend wherever that left it.
    fn drill(&self) -> Result<Drilled, String> {
        let begin = self.begin.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((make, names)) = begin else {
            return Err("the drill died; see above".to_owned());
        };
        let mut drill = make(names).stop_on_signals();
        if self.shows_progress {
            drill = drill.on_event(progress());
        }
        drilled(drill).map_err(|error| error.to_string())
    }
}

/// Drills when it is this process's turn.
pub(super) fn drilled(drill: Drill) -> Result<Drilled, DrillError> {
    let checked = drill.check()?;
    let warnings = checked.warnings();
    if !warnings.diagnostics.is_empty() {
        let _ = writeln!(stderr(), "{warnings}");
    }
    // Whoever waits is not to be told about its own predecessor: the journals are looked at when it has its turn.
    let _turn = Turn::take(checked.target())?;
    let launched: Launched = within_runtime(checked.launch())??;
    let report = launched.report()?;
    if let Some(failure) = launched.refused {
        return Err(failure.into());
    }
    let journal = launched.journal.unwrap_or_default();
    Ok(Drilled { report, journal })
}

fn progress() -> impl Listener + 'static {
    Progress::new(false, false)
}

impl Drilled {
    /// Why a scenario is no pass; `None` if it is one.
    pub fn why_not(&self, scenario: &ScenarioReport, wants_snapshots: bool) -> Option<String> {
        let mut why = String::new();
        if scenario.outcome != Outcome::Passed {
            why = match (&scenario.failure, &scenario.because) {
                (Some(failure), _) => failure.diagnosis.clone(),
                (None, Some(because)) => format!("it did not run: {because}"),
                (None, None) => format!("it has {}", scenario.outcome.words()),
            };
        } else if wants_snapshots && let Some(missing) = self.missing_snapshots(scenario) {
            why = missing;
        }
        // What is left behind is moved by the next failover, whoever it belongs to.
        for fault in &self.report.faults {
            why.push_str(&format!("\nthe run does not pass: {fault}"));
        }
        if !self.report.complete {
            why.push_str("\nthe run did not end");
        }
        (!why.is_empty()).then(|| why.trim_start().to_owned())
    }

    /// The snapshots that the scenario names and that are not there, with what was noticed of them. What was seen in place of
    /// one is kept in the run's folder.
    fn missing_snapshots(&self, scenario: &ScenarioReport) -> Option<String> {
        let kept = crate::servers::has_new_snapshots(self.folder(), &scenario.name);
        kept.then(|| {
            let notices = scenario.notices.join("\n");
            format!("a snapshot that the scenario names does not exist, so nothing was compared\n{notices}")
        })
    }

    fn folder(&self) -> &Path {
        self.journal.parent().unwrap_or(Path::new(""))
    }

    fn place(&self) -> String {
        let folder = self.folder().display();
        format!("evidence  {folder}\nnext      cinder-drill report {folder} --format html --output report.html")
    }
}

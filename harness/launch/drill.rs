//! A drill: which scenarios, on which target, and how; and the one way in which a run begins.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::signals::{LastWords, Stops, stop_on_signals};
use super::{
    DrillError, Faults, Inputs, Prepared, RUNS, Selection, leftovers, played, prepare, with_embedded, within_runtime,
};
use crate::diagnostic::Diagnostic;
use crate::embedded::Sabotage;
use crate::event::{Event, Journal, Listener, Reading, RecordedRun, Recorder};
use crate::failure::Failure;
use crate::names::{RunId, ScenarioName};
use crate::report::document::RunReport;
use crate::run::{self, Chain};
use crate::session::{Asked, Observer, OnFailure, RunOptions};
use crate::targets::{SimcloudSettings, Target, Variables};
use crate::wait::{Interrupt, Interrupter};

/// A drill: which scenarios, on which target, and how.
///
/// ```
/// # let runs = tempfile::tempdir()?;
/// use cinder_drill::Drill;
///
/// // Without a target, on the embedded cloud.
/// let report = Drill::new(["scenarios/bfv-failover.yaml"])
///     .runs(runs.path())
///     .on_event(|event: &cinder_drill::event::Event| assert!(event.sequence > 0))
///     .run_blocking()?;
/// assert_eq!(report.outcome(), cinder_drill::report::document::Outcome::Passed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a drill does nothing until it is run"]
pub struct Drill {
    inputs: Inputs,
    variables: Variables,
    runs: Option<PathBuf>,
    repeat: u32,
    pace: Option<f64>,
    sabotage: Vec<Sabotage>,
    options: RunOptions,
    listeners: Vec<Box<dyn Listener>>,
    interrupter: Interrupter,
    interrupt: Interrupt,
    stops: Stops,
}

impl Drill {
    /// A drill of scenarios: files, or folders of them. It is done on the embedded cloud unless a target is named.
    pub fn new(scenarios: impl IntoIterator<Item = impl Into<PathBuf>>) -> Drill {
        Drill::of(Inputs::of(scenarios.into_iter().map(Into::into).collect()))
    }

    pub(crate) fn of(inputs: Inputs) -> Drill {
        let (interrupter, interrupt) = Interrupt::channel();
        Drill {
            inputs,
            variables: Variables::of_process(),
            runs: Some(RUNS.into()),
            repeat: 1,
            pace: None,
            sabotage: Vec::new(),
            options: RunOptions::default(),
            listeners: Vec::new(),
            interrupter,
            interrupt,
            stops: Stops::default(),
        }
    }

    /// The target's file.
    pub fn target(self, file: impl Into<PathBuf>) -> Drill {
        let inputs = self.inputs.on(file.into());
        Drill { inputs, ..self }
    }

    /// A target that was read already. No embedded cloud is started for it: if it is on one, that one runs.
    pub fn on_target(self, target: Target) -> Drill {
        let inputs = self.inputs.on_read(target);
        Drill { inputs, ..self }
    }

    /// The folder of the snapshots of connection info, in place of that which the target names. In it each target has a folder
    /// by its name, so one test may be run on several.
    pub fn snapshots(self, folder: impl Into<PathBuf>) -> Drill {
        let inputs = self.inputs.snapshots(folder.into());
        Drill { inputs, ..self }
    }

    /// Only these of the scenarios, by name.
    pub fn only(self, names: impl IntoIterator<Item = impl Into<String>>) -> Drill {
        let selection = Selection::only(names.into_iter().map(Into::into).collect());
        let inputs = self.inputs.selecting(selection);
        Drill { inputs, ..self }
    }

    /// Where each run leaves its journal, in a folder by its id [default: `runs`]. `cinder-drill recover` finishes from there
    /// what a run that died has left.
    pub fn runs(self, folder: impl Into<PathBuf>) -> Drill {
        let runs = Some(folder.into());
        Drill { runs, ..self }
    }

    /// Leaves no journal: for the embedded cloud, with which everything ends.
    #[cfg(feature = "simcloud")]
    pub(crate) fn without_journal(self) -> Drill {
        Drill { runs: None, ..self }
    }

    /// Allows exactly NUMBER foreign volumes to move with the backend; needs `shared: true` in the target.
    pub fn accept_blast_radius(mut self, volumes: usize) -> Drill {
        self.options.accepted_blast_radius = Some(volumes);
        self
    }

    /// What becomes of what was made when a scenario fails [default: it is removed].
    pub fn on_failure(mut self, what: OnFailure) -> Drill {
        self.options.on_failure = what;
        self
    }

    /// Gives each chain of scenarios its own failover, instead of one for all.
    pub fn separately(mut self) -> Drill {
        self.options.separately = true;
        self
    }

    /// How many chains of scenarios work at the same time [default: nearly always all]; 1 for one after another.
    pub fn workers(mut self, workers: usize) -> Drill {
        self.options.workers = Some(workers);
        self
    }

    pub(crate) fn options(self, options: RunOptions) -> Drill {
        Drill { options, ..self }
    }

    /// Drills everything so many times in one run.
    pub fn repeat(self, times: u32) -> Drill {
        Drill { repeat: times, ..self }
    }

    /// Lets the embedded cloud misbehave.
    pub fn sabotage(mut self, sabotage: impl IntoIterator<Item = Sabotage>) -> Drill {
        self.sabotage.extend(sabotage);
        self
    }

    /// The pace of the embedded cloud in place of the target's: what is slower shows more of its states.
    pub fn pace(self, pace: Option<f64>) -> Drill {
        Drill { pace, ..self }
    }

    /// Receives every event, in order, after it is in the journal: a [`Listener`], or a function of an [`Event`]. The run
    /// waits for it.
    pub fn on_event(mut self, listener: impl Listener + 'static) -> Drill {
        self.listeners.push(Box::new(listener));
        self
    }

    /// By what the run can be stopped: it then removes what it made and fails the backend back.
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
    }

    /// Stops the run, which then cleans up, at Ctrl-C, SIGTERM, and when the terminal is closed; a second Ctrl-C ends the
    /// process at once. Without it these end the process at once, and `cinder-drill recover` has to do the rest.
    pub fn stop_on_signals(self) -> Drill {
        self.last_words(|_| ())
    }

    /// As [`Drill::stop_on_signals`], and does something before the process ends at once.
    pub(crate) fn last_words(mut self, say: impl FnOnce(&Path) + Send + 'static) -> Drill {
        let last_words: LastWords = Box::new(say);
        self.stops.last_words = Some(last_words);
        self
    }

    /// How long the run may take. Then it stops as by [`Drill::interrupter`]: it removes what it made and fails the backend back,
    /// which takes its own time.
    pub fn timeout(mut self, limit: Option<Duration>) -> Drill {
        self.stops.timeout = limit;
        self
    }

    /// Lets somebody look on at what the cloud answers.
    #[doc(hidden)]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Drill {
        self.options.observer = Some(observer);
        self
    }

    /// Reads and compiles all of it, and touches nothing.
    ///
    /// # Errors
    /// All that is wrong with the scenarios, the target and what was requested.
    pub fn check(self) -> Result<Checked, Faults> {
        let prepared = prepare(&self.inputs, &self.variables);
        let mut checked = self.checked(prepared)?;
        if checked.target.simcloud.is_none() && !checked.drill.sabotage.is_empty() {
            let fault = Diagnostic::error("sabotage", "only the embedded cloud can be sabotaged");
            checked
                .prepared
                .faults
                .push(fault.help("leave the sabotage out, or the target"));
            return Err(checked.prepared.into_faults());
        }
        Ok(checked)
    }

    fn checked(self, mut prepared: Prepared) -> Result<Checked, Faults> {
        match prepared.target.take().filter(|_| !prepared.faults.has_errors()) {
            Some(target) => Ok(Checked {
                drill: self,
                prepared,
                target,
            }),
            None => Err(prepared.into_faults()),
        }
    }

    /// Drills. That a scenario did not pass is no error: the report says it, see [`RunReport::outcome`].
    ///
    /// # Errors
    /// No scenario ran: the files are wrong, the cloud could not be reached, or another run drills the backend.
    pub async fn run(self) -> Result<RunReport, DrillError> {
        self.check()?.run().await
    }

    /// As [`Drill::run`], in a runtime of its own.
    ///
    /// # Errors
    /// As [`Drill::run`].
    pub fn run_blocking(self) -> Result<RunReport, DrillError> {
        self.check()?.run_blocking()
    }
}

/// A drill whose files were read and hold no error. Nothing was touched yet.
#[must_use = "a drill does nothing until it is run"]
pub struct Checked {
    drill: Drill,
    prepared: Prepared,
    target: Target,
}

impl Checked {
    /// Where it will be done.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The names of the scenarios that were requested.
    pub fn scenarios(&self) -> impl Iterator<Item = &str> {
        let skipped = self.prepared.skipped.iter().map(|skipped| &skipped.scenario);
        let requested = self.prepared.scenarios.requested().map(|scenario| &scenario.name);
        requested.chain(skipped).map(ScenarioName::as_str)
    }

    /// What is worth a warning.
    #[must_use]
    pub fn warnings(&self) -> Faults {
        Faults {
            diagnostics: self.prepared.faults.clone(),
            sources: self.prepared.sources.clone(),
        }
    }

    /// Drills, as [`Drill::run`] does.
    ///
    /// # Errors
    /// As [`Drill::run`].
    pub async fn run(self) -> Result<RunReport, DrillError> {
        let launched = self.launch().await?;
        let report = launched.report()?;
        match launched.refused {
            None => Ok(report),
            Some(failure) => Err(failure.into()),
        }
    }

    /// As [`Checked::run`], in a runtime of its own.
    ///
    /// # Errors
    /// As [`Drill::run`].
    pub fn run_blocking(self) -> Result<RunReport, DrillError> {
        within_runtime(self.run())?
    }

    /// Refuses what blocks a run, starts the embedded cloud if the target is one, and runs.
    pub(crate) async fn launch(self) -> Result<Launched, DrillError> {
        if let Some(runs) = &self.drill.runs {
            leftovers::require_none(runs, &self.target)?;
        }
        let settings = self.target.simcloud.as_ref();
        let Some(settings) = settings.filter(|_| !self.drill.inputs.is_read()) else {
            return self.begin().await;
        };
        let settings = SimcloudSettings {
            pace: self.drill.pace.unwrap_or(settings.pace),
            ..settings.clone()
        };
        let (sabotage, variables) = (self.drill.sabotage.clone(), self.drill.variables.clone());
        let launched = with_embedded(
            &settings,
            sabotage,
            played(&self.target),
            variables,
            async |variables| {
                // Read again, with the addresses of the cloud that now runs.
                let prepared = prepare(&self.drill.inputs, &variables);
                match self.drill.checked(prepared) {
                    Ok(checked) => checked.begin().await,
                    Err(faults) => Err(faults.into()),
                }
            },
        );
        launched.await?
    }

    async fn begin(self) -> Result<Launched, DrillError> {
        let Checked {
            drill,
            prepared,
            target,
        } = self;
        let run = RunId::generate();
        let journal = drill
            .runs
            .as_deref()
            .map(|runs| RecordedRun::journal_of(runs, run.as_str()));
        let is_told = drill.listeners.iter().any(|listener| listener.tells_people());
        let recorder = match &journal {
            None => Recorder::without_journal(drill.listeners),
            Some(journal) => Recorder::to_journal(journal, drill.listeners).map_err(Failure::from)?,
        };
        let chains: Vec<Chain> = (0..drill.repeat).flat_map(|_| prepared.chains()).collect();
        let options = RunOptions {
            asked: Asked {
                sources: prepared.sources,
                shard: drill.inputs.shard(),
                repetitions: (drill.repeat > 1).then_some(drill.repeat),
                skipped: prepared.skipped,
            },
            ..drill.options
        };
        // What the embedded cloud holds ends with it.
        let recover = match (&target.simcloud, &drill.runs) {
            (None, Some(runs)) => Some(leftovers::recover_command(runs, run.as_str())),
            _ => None,
        };
        let (interrupter, interrupt) = (drill.interrupter, drill.interrupt);
        let stops = drill.stops;
        let listening = stops.any().then(|| {
            let (interrupter, journal) = (interrupter.clone(), journal.clone().unwrap_or_default());
            let recorder = recorder.clone();
            tokio::spawn(async move {
                stop_on_signals(interrupter, &recorder, is_told, &journal, recover, stops).await;
            })
        });
        let result = run::drill(run.clone(), Arc::new(target), &chains, &recorder, &interrupt, options).await;
        if let Some(listening) = listening {
            listening.abort();
            // The journal counts as being written as long as it holds a recorder.
            let _ = listening.await;
        }
        Ok(Launched {
            run,
            journal,
            refused: result.err(),
            recorder,
        })
    }
}

/// A run that ended.
pub(crate) struct Launched {
    /// The run.
    pub run: RunId,
    /// Its journal, if it left one.
    pub journal: Option<PathBuf>,
    /// Why no scenario ran, if that is so.
    pub refused: Option<Failure>,
    /// Who recorded it. The journal counts as being written as long as this lives.
    pub recorder: Recorder,
}

impl Launched {
    /// What the journal says. What it does not say did not happen: the verdict is read from the disk, as every report is.
    pub fn report(&self) -> Result<RunReport, Failure> {
        let read = match &self.journal {
            Some(journal) => Journal::read(journal, Reading::Lenient).map_err(Failure::from),
            None => Err(Failure::harness("the run left none")),
        };
        read.map(|read| RunReport::of(&read)).map_err(not_read_again)
    }
}

/// A run whose journal cannot be read proves nothing.
pub(crate) fn not_read_again(failure: Failure) -> Failure {
    Failure::harness("the run's journal cannot be read again")
        .explains(failure)
        .help("free space on the disk, or name another folder for the runs; this run proves nothing")
}

impl<Told: FnMut(&Event) + Send> Listener for Told {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(drill: Drill) -> String {
        drill.check().err().expect("it is refused").to_string()
    }

    #[test]
    fn what_is_asked_for_and_cannot_be_is_a_fault_before_anything_is_touched() {
        let named = || Drill::new(["scenarios"]).only(["bfv-failovr"]);
        insta::assert_snapshot!(refused(named()), @r"
        error[unknown-scenario]: there is no scenario bfv-failovr
         |
         = help: did you mean bfv-failover?
        ");
        let sabotage = ["stale-hosts".parse().expect("a saboteur")];
        let real = Drill::new(["scenarios"]).target("fixtures/targets/example.yaml");
        insta::assert_snapshot!(refused(real.sabotage(sabotage)), @r"
        error[sabotage]: only the embedded cloud can be sabotaged
         |
         = help: leave the sabotage out, or the target
        ");
    }

    #[test]
    fn only_those_that_are_named_are_drilled() {
        let checked = Drill::new(["scenarios"])
            .only(["bfv-failback"])
            .check()
            .expect("no fault");
        assert_eq!(checked.scenarios().collect::<Vec<_>>(), ["bfv-failback"]);
        assert_eq!(checked.target().name.as_str(), "simcloud");
        let elsewhere = Drill::new(["scenarios"])
            .snapshots("snapshots")
            .check()
            .expect("no fault");
        assert_eq!(
            elsewhere.target().snapshots.as_deref(),
            Some(Path::new("snapshots/simcloud"))
        );
    }
}

//! Drills in a simcloud of their own, with everything that they told.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use cinder_drill::Interrupter;
use cinder_drill::diagnostic::SourceMap;
use cinder_drill::event::{Event, EventKind, Listener, Verdict};
use cinder_drill::failure::Failure;
use cinder_drill::internals::RunOptions;
use cinder_drill::report::document::{Outcome, RunReport};
use cinder_drill::targets::{Target, Variables};
use cinder_drill::{Drill, DrillError};
use simcloud::SimCloud;

use crate::common::{inventory, repository, served};

/// The file of a scenario: one of this repository by its name, or a path.
fn scenario_file(name: &str) -> PathBuf {
    match name.starts_with('/') {
        true => PathBuf::from(name),
        false => repository().join(format!("scenarios/{name}.yaml")),
    }
}

/// Something done to the cloud when an event is seen, once.
pub struct Trigger {
    /// Whether this is the event.
    pub on: fn(&EventKind) -> bool,
    /// What is done then.
    pub act: Box<dyn FnOnce() + Send>,
}

/// What a drill told, and what was in the cloud before and after it.
pub struct Drilled {
    /// The events as a report sees them.
    pub report: RunReport,
    /// All events.
    pub events: Vec<Event>,
    /// Whether the target could be reached at all.
    pub result: Result<(), Failure>,
    /// What the cloud held before.
    pub before: serde_json::Value,
    /// What it holds now.
    pub after: serde_json::Value,
}

impl Drilled {
    /// Why the drill did not pass: the failure of the connection, or of the first scenario that failed.
    pub fn failure(&self) -> Option<Failure> {
        let of_verdict = |verdict: &Verdict| match verdict {
            Verdict::Failed { failure, .. } => Some(failure.clone()),
            _ => None,
        };
        let mut verdicts = self
            .report
            .scenarios
            .iter()
            .filter_map(|scenario| scenario.verdict.as_ref());
        let refused = self.result.as_ref().err().cloned();
        refused.or_else(|| verdicts.find_map(of_verdict))
    }

    /// What was noticed, in a scenario or outside of any.
    pub fn notices(&self) -> impl Iterator<Item = &String> {
        let of_scenarios = self.report.scenarios.iter().flat_map(|scenario| &scenario.notices);
        self.report.notices.iter().chain(of_scenarios)
    }

    /// How many requests of that method were sent to a URL that contains `part`.
    pub fn requests(&self, method: &str, part: &str) -> usize {
        let fits = |event: &&Event| matches!(&event.kind, EventKind::Requested { method: sent, url, .. } if sent == method && url.contains(part));
        self.events.iter().filter(fits).count()
    }

    /// Panics unless every scenario passed and the cloud is as it was.
    pub fn must_pass(&self) {
        if let Some(failure) = self.failure() {
            panic!("{failure}");
        }
        assert_eq!(self.report.outcome(), Outcome::Passed, "{:?}", self.report.faults);
        // Snapshots of this checkout that are missing would make each comparison with them a pass.
        let new = |event: &&Event| {
            matches!(&event.kind, EventKind::Proven { proof, .. }
                if serde_json::to_value(proof).is_ok_and(|proof| !proof["snapshot"]["new"].is_null()))
        };
        assert!(!self.events.iter().any(|event| new(&event)), "a snapshot is missing");
        self.must_be_clean();
    }

    /// Panics unless the cloud is as it was.
    pub fn must_be_clean(&self) {
        assert!(self.report.left.is_empty(), "left behind: {:?}", self.report.left);
        let (before, after) = (&self.before, &self.after);
        assert!(
            before == after,
            "the cloud is not as it was\nbefore {before:#}\nafter {after:#}"
        );
    }
}

struct Collector {
    events: Arc<Mutex<Vec<Event>>>,
    triggers: Vec<Trigger>,
}

impl Listener for Collector {
    fn event(&mut self, event: &Event) {
        while let Some(position) = self.triggers.iter().position(|trigger| (trigger.on)(&event.kind)) {
            (self.triggers.remove(position).act)();
        }
        self.events.lock().expect("no listener panicked").push(event.clone());
    }
}

/// Drills scenarios, by their names, in a simcloud of their own. `arrange` may spoil the cloud and change the target
/// before; it answers with what is to happen during the drill.
pub fn drill_in_a_box(scenarios: &[&str], arrange: impl FnOnce(&SimCloud, &mut Target) -> Vec<Trigger>) -> Drilled {
    drill_with_interrupt(scenarios, |cloud, target, _| arrange(cloud, target))
}

/// The same with who can interrupt the drill.
pub fn drill_with_interrupt(
    scenarios: &[&str],
    arrange: impl FnOnce(&SimCloud, &mut Target, Interrupter) -> Vec<Trigger>,
) -> Drilled {
    drill_with_options(scenarios, RunOptions::default(), arrange)
}

/// The same with what the user chose.
pub fn drill_with_options(
    scenarios: &[&str],
    options: RunOptions,
    arrange: impl FnOnce(&SimCloud, &mut Target, Interrupter) -> Vec<Trigger>,
) -> Drilled {
    drill_in(served(7, 1.0, &[]), scenarios, options, arrange)
}

/// The same in a simcloud of a seed and a pace.
pub fn drill_in(
    config: simcloud::Config,
    scenarios: &[&str],
    options: RunOptions,
    arrange: impl FnOnce(&SimCloud, &mut Target, Interrupter) -> Vec<Trigger>,
) -> Drilled {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let runs = tempfile::tempdir().expect("a folder");
    runtime.block_on(async {
        let cloud = simcloud::start(config).await.expect("a simcloud");
        let inventory = || inventory(&cloud);
        let variables = Variables::of_process().with_simcloud(cloud.variables());
        let file = repository().join("fixtures/targets/simcloud.yaml");
        let mut target = Target::load(&file, &variables, &mut SourceMap::default()).expect("the target");
        let before = inventory();
        let mut drill = Drill::new(scenarios.iter().map(|name| scenario_file(name)))
            .runs(runs.path())
            .on_failure(options.on_failure);
        if let Some(volumes) = options.accepted_blast_radius {
            drill = drill.accept_blast_radius(volumes);
        }
        if options.separately {
            drill = drill.separately();
        }
        if let Some(workers) = options.workers {
            drill = drill.workers(workers);
        }
        let triggers = arrange(&cloud, &mut target, drill.interrupter());
        let events = Arc::new(Mutex::new(Vec::new()));
        let collector = Collector {
            events: events.clone(),
            triggers,
        };
        let drilled = drill.on_target(target).on_event(collector).run().await;
        let after = inventory();
        cloud.shutdown().await;
        let result = match drilled {
            Ok(_) => Ok(()),
            Err(DrillError::Failure(failure)) => Err(*failure),
            Err(DrillError::Faults(faults)) => panic!("{faults}"),
        };
        let events = events.lock().expect("no listener panicked").clone();
        Drilled {
            report: RunReport::of(&events.clone().into()),
            events,
            result,
            before,
            after,
        }
    })
}

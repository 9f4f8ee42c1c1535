//! One flow under saboteurs, in a simcloud of its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use simcloud::{FLOWS, Flow, Leg, Sabotage, Saboteur};

use crate::cloud::is_failover;
use crate::diagnostic::SourceMap;
use crate::document::MemoryFiles;
use crate::event::{Event, EventKind, Listener, Verdict};
use crate::failure::Failure;
use crate::launch::{Drill, Inputs, SCENARIOS, embedded_files, embedded_target};
use crate::report::document::{Left, Outcome, RunReport};
use crate::targets::{Budgets, Variables};

/// The scenarios for what the four flows cannot see.
const OTHERS: [(&str, &str); 10] = [
    (
        "selftest/two-volumes-failover.yaml",
        include_str!("two-volumes-failover.yaml"),
    ),
    (
        "selftest/site-loss-bfv.yaml",
        include_str!("../../../scenarios/disaster/site-loss-bfv.yaml"),
    ),
    (
        "selftest/site-loss-data-volume.yaml",
        include_str!("../../../scenarios/disaster/site-loss-data-volume.yaml"),
    ),
    (
        "selftest/site-return.yaml",
        include_str!("../../../scenarios/disaster/site-return.yaml"),
    ),
    (
        "selftest/c05-from-snapshot.yaml",
        include_str!("../../../scenarios/certification/c05-from-snapshot.yaml"),
    ),
    (
        "selftest/c05-clone.yaml",
        include_str!("../../../scenarios/certification/c05-clone.yaml"),
    ),
    (
        "selftest/c06-retype-in.yaml",
        include_str!("../../../scenarios/certification/c06-retype-in.yaml"),
    ),
    (
        "selftest/c08-extend-replicated.yaml",
        include_str!("../../../scenarios/certification/c08-extend-replicated.yaml"),
    ),
    (
        "selftest/c40-freeze-thaw.yaml",
        include_str!("../../../scenarios/certification/c40-freeze-thaw.yaml"),
    ),
    (
        "selftest/planned-under-load.yaml",
        include_str!("../../../scenarios/disaster/planned-under-load.yaml"),
    ),
];

/// The scenario with a running writer, and the saboteurs that are tried in it, too.
pub(super) const UNDER_LOAD: &str = "planned-under-load";
const OF_WRITERS: [Saboteur; 3] = [
    Saboteur::OlderContent,
    Saboteur::PageCacheReads,
    Saboteur::RecordDropped,
];

/// What to run: a flow under saboteurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The scenario's name: a flow of the guide, a disaster, or `two-volumes-failover`.
    pub scenario: &'static str,
    /// The flow of the guide that it is.
    pub flow: Option<Flow>,
    /// The saboteur; none in a control.
    pub sabotage: Vec<Sabotage>,
    /// Whether the target allows that foreign volumes move.
    pub shared: bool,
}

/// What was seen of a trial.
#[derive(Clone, Debug)]
pub enum Seen {
    /// Everything passed.
    Passed,
    /// It failed.
    Failed {
        /// The scenario in which it did.
        scenario: String,
        /// The verb of the step, or `prepare`.
        verb: String,
        /// Why.
        failure: Failure,
    },
}

/// How a trial ended.
#[derive(Clone, Debug)]
pub struct TrialOutcome {
    /// What was seen.
    pub seen: Seen,
    /// What could not be removed, in words.
    pub left: Vec<String>,
    /// How many requests for a failover or a failback were sent.
    pub failovers_sent: usize,
    /// How long it took.
    pub elapsed: Duration,
}

impl Trial {
    fn in_flow(flow: Flow, sabotage: Vec<Sabotage>) -> Trial {
        Trial {
            scenario: flow.name(),
            flow: Some(flow),
            sabotage,
            shared: false,
        }
    }

    /// A flow without any saboteur.
    #[must_use]
    pub fn control(flow: Flow) -> Trial {
        Trial::in_flow(flow, Vec::new())
    }

    /// Every trial of a saboteur: the four flows, in those that fail back during the failback where that makes a difference;
    /// and the scenario for what none of the four can see.
    #[must_use]
    pub fn of(saboteur: Saboteur) -> Vec<Trial> {
        let in_flow = |flow: Flow| {
            let leg = (flow.ends_at_primary() && !saboteur.acts_at_start()).then_some(Leg::Failback);
            Trial::in_flow(flow, vec![Sabotage { saboteur, leg }])
        };
        let mut trials: Vec<Trial> = FLOWS.into_iter().map(in_flow).collect();
        let of_writers = OF_WRITERS.contains(&saboteur).then_some(UNDER_LOAD);
        if let Some(scenario) = of_writers.or_else(|| saboteur.seen_by()) {
            trials.push(Trial {
                scenario,
                flow: None,
                sabotage: vec![saboteur.into()],
                shared: false,
            });
        }
        if saboteur == Saboteur::UnreplicatedLeftInError {
            // The same once more where nothing keeps the foreign volumes from being moved.
            trials.push(Trial {
                shared: true,
                ..Trial::in_flow(Flow::BfvFailback, vec![saboteur.into()])
            });
        }
        trials
    }

    /// The scenario, and whether it runs on a shared backend: what a table calls it.
    #[must_use]
    pub fn place(&self) -> String {
        let shared = if self.shared { ", shared" } else { "" };
        format!("{}{shared}", self.scenario)
    }

    /// Runs it in a simcloud of its own. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// The cloud could not be started, which says nothing about the trial.
    pub async fn run(&self, seed: u64, pace: f64, budgets: Budgets) -> Result<TrialOutcome, String> {
        let began = Instant::now();
        let config = simcloud::Config {
            seed,
            pace,
            sabotage: self.sabotage.clone(),
            ..simcloud::Config::default()
        };
        let cloud = simcloud::start(config).await.map_err(|error| error.to_string())?;
        let variables = Variables::of_process().with_simcloud(cloud.variables());
        let outcome = self.drill(&variables, budgets).await;
        cloud.shutdown().await;
        outcome.map(|outcome| TrialOutcome {
            elapsed: began.elapsed(),
            ..outcome
        })
    }

    async fn drill(&self, variables: &Variables, budgets: Budgets) -> Result<TrialOutcome, String> {
        let mut target = embedded_target(variables, &mut SourceMap::default()).map_err(|faults| faults.to_string())?;
        // Every check must stand by itself: a snapshot would catch what the others miss.
        target.snapshots = None;
        target.budgets = budgets;
        target.shared = self.shared;
        let (path, files) = match self.flow {
            Some(flow) => (format!("{SCENARIOS}/{}.yaml", flow.name()), embedded_files()),
            None => (format!("selftest/{}.yaml", self.scenario), MemoryFiles::new(OTHERS)),
        };
        let collected = Collected::default();
        let mut drill = Drill::of(Inputs::of(vec![path.into()]).in_memory(files))
            .on_target(target)
            .without_journal()
            .on_event(collected.clone());
        if self.shared {
            // The saboteur's foreign volume.
            drill = drill.accept_blast_radius(1);
        }
        let checked = drill.check().map_err(|faults| faults.to_string())?;
        let launched = checked.launch().await.map_err(|error| error.to_string())?;
        let events = collected.events();
        Ok(outcome(events, launched.refused))
    }
}

fn outcome(events: Vec<Event>, refused: Option<Failure>) -> TrialOutcome {
    let sent = |event: &&Event| matches!(&event.kind, EventKind::Requesting { url, .. } if is_failover(url));
    let failovers_sent = events.iter().filter(sent).count();
    let report = RunReport::of(&events.into());
    let failed = report.scenarios.iter().find_map(|scenario| match &scenario.verdict {
        Some(Verdict::Failed { failure, step }) => {
            let of_step = |index: usize| scenario.steps.iter().find(|step| step.step == Some(index));
            let verb = step.and_then(of_step).map_or("prepare", |step| step.verb.as_str());
            Some((scenario.name.clone(), verb.to_owned(), failure.clone()))
        }
        _ => None,
    });
    let judged = || report.judged().map(|scenario| scenario.outcome);
    let seen = match (failed, refused) {
        (Some((scenario, verb, failure)), _) => Seen::Failed {
            scenario,
            verb,
            failure,
        },
        (None, Some(failure)) => Seen::Failed {
            scenario: String::new(),
            verb: "connect".to_owned(),
            failure,
        },
        (None, None) if judged().count() > 0 && judged().all(|outcome| outcome == Outcome::Passed) => Seen::Passed,
        (None, None) => Seen::Failed {
            scenario: String::new(),
            verb: String::new(),
            failure: Failure::harness("nothing was judged"),
        },
    };
    let left = |left: &Left| format!("{} {}: {}", left.resource.kind.words(), left.resource.name, left.why);
    TrialOutcome {
        seen,
        left: report.left.iter().map(left).collect(),
        failovers_sent,
        elapsed: Duration::ZERO,
    }
}

/// Keeps every event.
#[derive(Clone, Default)]
struct Collected {
    events: Arc<Mutex<Vec<Event>>>,
}

impl Collected {
    fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Listener for Collected {
    fn event(&mut self, event: &Event) {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event.clone());
    }
}

//! What the user of a run chose.

use std::fmt;
use std::sync::Arc;

use super::Observer;
use crate::diagnostic::{Location, SourceMap};
use crate::event::ShardRecord;
use crate::failure::Failure;
use crate::names::ScenarioName;
use crate::wait::Interrupt;

/// What the user of a run chose on the command line.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// How many foreign volumes may move with the backend, if the target says `shared: true`: exactly so many.
    pub accepted_blast_radius: Option<usize>,
    /// What to do with the created resources when a scenario fails.
    pub on_failure: OnFailure,
    /// Whether each chain of scenarios has a failover of its own, where several could meet at one.
    pub separately: bool,
    /// Whether no chain begins after a scenario has failed.
    pub fail_fast: bool,
    /// How many chains work at the same time; absent for the usual number.
    pub workers: Option<usize>,
    /// Whether a recovery fails the backend back although it cannot know that this is its own to undo.
    pub force: bool,
    /// Observes what the run sees of its cloud.
    pub observer: Option<Arc<dyn Observer>>,
    /// Other options, which the journal records.
    pub asked: Asked,
}

/// What the command line asked for beyond plans and a target.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The texts of the scenarios' files.
    pub sources: SourceMap,
    /// Which shard of how many this run is.
    pub shard: Option<ShardRecord>,
    /// How often each chain runs.
    pub repetitions: Option<u32>,
    /// The scenarios that were asked for and cannot mean anything on this target.
    pub skipped: Vec<Skipped>,
}

/// A scenario that is not to run on a target.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// Its name.
    pub scenario: ScenarioName,
    /// What it proves, in one sentence.
    pub summary: String,
    /// What the target lacks, in words.
    pub because: String,
    /// Where it is written.
    pub at: Location,
}

/// What to do with the created resources when a scenario fails.
#[derive(Clone, Default)]
pub enum OnFailure {
    /// Remove them, and fail back.
    #[default]
    Clean,
    /// It stays until `cinder-drill recover`.
    Keep,
    /// The user is asked whether to keep them.
    Ask(Arc<Asker>),
}

/// Asks a person whether what was made is to stay, since this happened.
pub type Asker = dyn Fn(&Failure) -> bool + Send + Sync;

impl fmt::Debug for OnFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            OnFailure::Clean => "Clean",
            OnFailure::Keep => "Keep",
            OnFailure::Ask(_) => "Ask",
        })
    }
}

impl OnFailure {
    /// Whether what was made is to stay. May wait for a person; who interrupts the run meanwhile has said no.
    pub(crate) async fn keeps(&self, failure: &Failure, interrupt: &Interrupt) -> bool {
        match self {
            OnFailure::Clean => false,
            OnFailure::Keep => true,
            OnFailure::Ask(ask) => {
                let (ask, failure) = (ask.clone(), failure.clone());
                let (answers, answered) = tokio::sync::oneshot::channel();
                // A thread of its own: the runtime would wait at its end for an unanswered question.
                std::thread::spawn(move || answers.send(ask(&failure)));
                // An answer that cannot be had is no reason to leave a backend failed over.
                tokio::select! {
                    answer = answered => answer.unwrap_or(false),
                    () = interrupt.pressed() => false,
                }
            }
        }
    }
}

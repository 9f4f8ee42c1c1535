//! `workload`: a writer begins to write records in a guest, and goes on while the drill does.

use std::time::Duration;

use crate::counted::counted;
use crate::event::EventKind;
use crate::failure::{Failure, FailureKind};
use crate::guest::Guest;
use crate::servers::device;
use crate::session::{Context, Judges};
use crate::wait::{Awaited, Poll, until};
use crate::workload::{Origin, Workload as Running, Writer};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, GUEST, PLACE, Step, VOLUME_DEVICE, Verb, WORKLOAD_PLACE};
use crate::document::{Field, Rate, Record, Shape};
use crate::names::ServerName;
use crate::state::{Disk, Place, State};
use crate::targets::BudgetName;

/// `workload`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "workload",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                PLACE,
                VOLUME_DEVICE,
                Field::default(
                    "rate",
                    Shape::Rate,
                    "10/s",
                    "How many records a second; `max` for as fast as it goes.",
                ),
            ],
            one_of: &[WORKLOAD_PLACE],
        }),
        "Starts a writer in a guest: numbered, checksummed records of 512 bytes, each synced and then acknowledged to the harness, until \
         `stop-workload`, or until its server or its volume goes. `expect-workload` asks for all that were acknowledged.",
    ),
    checks: false,
    change: Some("a file in the guest, or the device of a volume"),
    budget: BudgetName::Command,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let (guest, place, disk) = super::verb::workload_place(state, step)?;
    if let Place::Device(volume) = &place {
        state.needs_bare_device(&guest, volume, step.at);
    }
    state.needs_current(&disk, step.at);
    state.starts_workload(&guest, &place, &disk, step.at);
    let rate = step
        .arguments
        .get("rate")
        .is_some()
        .then(|| step.arguments.rate("rate"));
    let workload = Workload {
        guest,
        place,
        disk,
        rate: rate.unwrap_or(Some(Rate::PerSecond(10)))?,
    };
    Some(Compiled {
        locks: vec![format!("server {}", workload.guest)],
        action: Action::Workload(workload),
        undo: Some("the writer ends with its server, or with the drill".to_owned()),
    })
}

/// Starts a writer in a guest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Workload {
    /// The server whose guest writes.
    pub guest: ServerName,
    /// Where it writes.
    pub place: Place,
    /// The disk that this lies on.
    pub disk: Disk,
    /// How fast.
    pub rate: Rate,
}

impl Act for Workload {
    fn describe(&self) -> String {
        let how = match self.rate {
            Rate::PerSecond(times) => format!("{} a second", counted(times, "synced record")),
            Rate::Maximum => "synced records, as fast as it goes,".to_owned(),
        };
        match &self.place {
            Place::Path(path) => format!("start writing {how} to {path} in {} on {}", self.guest, self.disk),
            Place::Device(_) => format!("start writing {how} to {} in {}", self.place, self.guest),
        }
    }

    /// Starts the writer over a session of its own, and waits until the first record is acknowledged.
    ///
    /// # Errors
    /// The guest cannot be asked or cannot write; the file would lie on another disk than that of its volume; no record was
    /// acknowledged within the budget.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let guest = context.guest(&self.guest)?.clone();
        let mut file = None;
        let path = match &self.place {
            Place::Path(path) => {
                // An empty file that is there already, so that a record's sync is all that a record needs.
                guest.write_synced(path, b"").await?;
                file = Some(context.place_of_file(&self.guest, path, &self.disk).await?);
                path.clone()
            }
            Place::Device(volume) => device(context, &self.guest, volume).await?,
        };
        let (scenario, step) = context.position_words();
        context.recorder.record(EventKind::WorkloadStarted {
            scenario: scenario.clone(),
            step,
            guest: self.guest.to_string(),
            place: self.place.to_string(),
            rate: self.rate.to_string(),
        });
        let interval = match self.rate {
            Rate::PerSecond(times) => Some(Duration::from_secs(1) / times),
            Rate::Maximum => None,
        };
        let writer = Writer::new(Origin::new(&context.run, &scenario), interval);
        let tell = context.tells_of_workload(&self.guest, &self.place);
        let apart: Guest = guest.apart().await?;
        let running = Running::start(apart, path.clone(), writer, tell);
        context.add_workload(&self.guest, &self.place, &self.disk, running);
        self.first_record(context).await?;
        let workload = &context.workload(&self.guest, &self.place)?.workload;
        let (first, record) = (workload.acknowledgements(), workload.first().unwrap_or_default());
        if let (Some(file), Some(volume)) = (&file, self.disk.volume()) {
            let record = [("the first record".to_owned(), record.into_bytes())];
            context.witness_writes(&self.guest, volume, file, &record).await?;
        }
        context.saw_file(&self.guest, &path, true, first.count(), "");
        Ok(format!(
            "{} writes to {path}: the first record was acknowledged after {:.2} s",
            self.guest,
            first.times.first().copied().flatten().unwrap_or_default().as_secs_f64()
        ))
    }
}

impl Workload {
    async fn first_record(&self, context: &mut Context) -> Result<(), Failure> {
        let what = format!("the workload on {} of {}", self.place, self.guest);
        let budget = context.target.budgets.command;
        let recorder = context.recorder.clone();
        let run = &context.workload(&self.guest, &self.place)?.workload;
        let awaited = Awaited {
            what: &what,
            expected: "acknowledging its first record",
            budget,
            on_timeout: FailureKind::Cloud,
        };
        until(&recorder, awaited, async || {
            let acknowledgements = run.acknowledgements();
            if acknowledgements.count() > 0 {
                return Ok(Poll::Ready(()));
            }
            match run.ended() {
                Some(ended) => Err(self.never_began(&ended.because)),
                None => Ok(Poll::NotYet(format!(
                    "{} sent, none acknowledged",
                    acknowledgements.sent
                ))),
            }
        })
        .await?;
        Ok(())
    }

    fn never_began(&self, because: &str) -> Failure {
        Failure::cloud(format!(
            "the writer in {} could not write its first record to {}",
            self.guest, self.place
        ))
        .detail("it ended", because)
        .help(
            "the guest needs `dd` with `conv=notrunc,fsync`, as GNU coreutils and busybox have it, and a disk that takes writes; \
             `dmesg` in the guest says what is wrong with the disk",
        )
    }
}

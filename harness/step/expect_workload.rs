//! `expect-workload`: a disk holds what was acknowledged of a workload, as far as the scenario asks for.

use std::time::Duration;

use crate::counted::{by_count, counted};
use crate::event::{EventKind, Proof, SecondWitness, WorkloadFindings, seconds};
use crate::failure::{Cause, Failure};
use crate::guest::RECORD_BYTES;
use crate::servers::device;
use crate::session::{Context, Judges, Struck};
use crate::sync_log::numbered;
use crate::wait::milliseconds;
use crate::workload::{Acknowledgements, Ended, Origin, Slot, judge};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Action;
use super::verb::{Act, Compiled, GUEST, PLACE, Step, VOLUME_DEVICE, Verb, WORKLOAD_PLACE};
use crate::document::{Field, Loss, Record, Shape};
use crate::names::ServerName;
use crate::state::{Disk, Place, State};
use crate::targets::BudgetName;

/// `expect-workload`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-workload",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                PLACE,
                VOLUME_DEVICE,
                Field::required(
                    "rpo",
                    Shape::Loss,
                    "How much of what was acknowledged may be lost: `0` for nothing, as after a planned failover; a duration such as \
                     `30s`, as after an unplanned one of an asynchronous mirror; `report` to measure it only.",
                ),
            ],
            one_of: &[WORKLOAD_PLACE],
        }),
        "Reads all records of a workload that the disk has, past the guest's caches, and compares them with what was acknowledged: the \
         RPO in records and in seconds. Records that are missing before others, reordered, torn or stale fail it, whatever the RPO; \
         only the last one may be torn. Judged again after a planned movement, the disk must hold the same records: one \
         that is there again after it was lost is an unwanted write of the old primary.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Command,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let (guest, place) = super::verb::workload_name(state, step)?;
    let rpo = step.arguments.loss("rpo");
    let disk = state.expects_workload(&guest, &place, step.at);
    if let (Place::Path(_), Some(path)) = (&place, state.file_path(step.arguments, "path")) {
        // A path at which nothing is mounted any more is a fault.
        state.disk(&guest, &path);
    }
    let expect = ExpectWorkload {
        guest,
        place,
        disk: disk?,
        rpo: rpo?,
    };
    Some(Compiled::looking(Action::ExpectWorkload(expect)))
}

/// Compares what a disk holds of a workload with what was acknowledged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectWorkload {
    /// The server whose guest reads.
    pub guest: ServerName,
    /// Where it was written.
    pub place: Place,
    /// The disk that this lies on.
    pub disk: Disk,
    /// How much may be lost.
    pub rpo: Loss,
}

impl Act for ExpectWorkload {
    fn describe(&self) -> String {
        let demand = match self.rpo {
            Loss::Nothing => "all that was acknowledged must be there".to_owned(),
            Loss::Within(_) => format!("at most what was acknowledged in {} may be lost", self.rpo),
            Loss::Any => "what is lost is measured".to_owned(),
        };
        format!("read the workload on {} in {}; {demand}", self.place, self.guest)
    }

    /// Reads what the disk has of the records and judges it.
    ///
    /// # Errors
    /// More is lost than may be; what is there is no beginning of what was written; the writer was over before anything struck,
    /// so that nothing is proven; the guest cannot be asked, or contradicts itself.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let run = context.workload(&self.guest, &self.place)?;
        let (origin, acknowledgements) = (run.workload.origin(), run.workload.acknowledgements());
        let (ended, struck, began) = (run.workload.ended(), run.struck.clone(), run.moves);
        let held = run.held.take();
        self.require_meaning(&acknowledgements, struck.as_ref())?;
        let path = match &self.place {
            Place::Path(path) => {
                context.place_of_file(&self.guest, path, &self.disk).await?;
                path.clone()
            }
            Place::Device(volume) => device(context, &self.guest, volume).await?,
        };
        let guest = context.guest(&self.guest)?;
        guest.drop_caches().await?;
        let read = guest.read_records(&path, acknowledgements.sent).await?;
        let (bytes, direct) = match read {
            Some(read) => (read.bytes, read.direct),
            None => (Vec::new(), None),
        };
        let is_file = matches!(self.place, Place::Path(_));
        let judged = |bytes: &[u8]| judge(&origin, &acknowledgements, bytes, is_file);
        let through_memory = judged(&bytes);
        // What only the memory of the guest has is on no disk.
        let findings = direct.as_deref().map_or_else(|| through_memory.clone(), judged);
        let from_memory = through_memory.present.saturating_sub(findings.present);
        let on_disk = direct.as_deref().unwrap_or(&bytes);
        context.saw_file(&self.guest, &path, false, on_disk.len(), &sha256_of(on_disk));
        let verdict = self.verdict(&findings, &origin, &acknowledgements, ended.as_ref(), struck.as_ref());
        let verdict = verdict.map_err(|failure| told_by_memory(failure, from_memory));
        let whole = whole_records(&origin, on_disk, acknowledgements.sent);
        let witness = self.second_witness(context, began, &origin.token, &whole);
        let verdict = verdict.and_then(|()| self.same_as_before(held.as_deref(), &whole));
        context.workload(&self.guest, &self.place)?.held = Some(whole);
        let (scenario, step) = context.position_words();
        context.recorder.record(EventKind::WorkloadJudged {
            scenario,
            step,
            guest: self.guest.to_string(),
            place: self.place.to_string(),
            rpo: self.rpo.to_string(),
            findings: findings.clone(),
            from_memory,
            accepted: verdict.is_ok() && witness.is_ok(),
        });
        verdict?;
        let second_witness = witness?;
        let done = format!("the workload on {} of {}: {}", self.place, self.guest, words(&findings));
        context.prove(Proof::Workload {
            guest: self.guest.to_string(),
            place: self.place.to_string(),
            rpo: self.rpo.to_string(),
            findings,
            direct: direct.is_some(),
            second_witness,
        });
        Ok(done)
    }
}

impl ExpectWorkload {
    /// What the storage held of the records when the backend had come to its site, before any guest was there.
    fn second_witness(
        &self,
        context: &Context,
        began: usize,
        token: &str,
        whole: &[usize],
    ) -> Result<Option<SecondWitness>, Failure> {
        let moves = context.backend_state.moves();
        let Some(volume) = self.disk.volume().filter(|_| began < moves) else {
            return Ok(None);
        };
        let arrival = context.resources.witness.arrivals.get(volume.as_str());
        let Some(arrival) = arrival.filter(|arrival| arrival.moves == moves) else {
            let blind = context.resources.witness.blind.get(volume.as_str());
            let because = blind.cloned().unwrap_or_else(|| "the storage was not asked".to_owned());
            return Ok(Some(SecondWitness::Nobody { because }));
        };
        let found = match &arrival.found {
            Ok(found) => found,
            Err(because) => {
                let because = because.clone();
                return Ok(Some(SecondWitness::Nobody { because }));
            }
        };
        let made_up: Vec<usize> = whole
            .iter()
            .copied()
            .filter(|number| !found.contains(&numbered(number, token)))
            .collect();
        match made_up.as_slice() {
            [] => Ok(Some(SecondWitness::Storage {
                site: arrival.site.clone(),
                writes: whole.len(),
            })),
            [first, ..] => Err(Failure::expectation(format!(
                "{} that {} reads on {} {} not on {} when the backend arrived",
                counted(made_up.len(), "record"),
                self.guest,
                self.place,
                by_count(made_up.len(), "was", "were"),
                arrival.site
            ))
            .detail("first of them", first)
            .detail("records that the guest reads", whole.len())
            .help(MADE_UP)),
        }
    }

    /// A disk that was judged before holds the records that it held then.
    fn same_as_before(&self, held: Option<&[usize]>, whole: &[usize]) -> Result<(), Failure> {
        let Some(held) = held else { return Ok(()) };
        let on = format!("{} of {}", self.place, self.guest);
        // Both are in order, as they stand on the disk.
        let not_in = |these: &[usize], those: &[usize]| {
            let is_missing = |number: &usize| those.binary_search(number).is_err();
            these.iter().copied().find(is_missing)
        };
        let failure = if let Some(first) = not_in(whole, held) {
            Failure::expectation(format!(
                "the records on {on} that the last failover had lost are there again, from {first} on"
            ))
            .caused_by(Cause::OldPrimary)
            .help(
                "they are unwanted writes of the site that was lost: what took over went on without them. It was promoted as it was, \
                 and never resynchronized; what was written meanwhile may be gone, so compare the images of both sites before \
                 anything writes to either",
            )
        } else if let Some(first) = not_in(held, whole) {
            Failure::expectation(format!(
                "records on {on} that were there after the last look are lost, from {first} on"
            ))
            .caused_by(Cause::DataLost)
            .help(LOST)
        } else {
            return Ok(());
        };
        Err(failure
            .detail("there before", held.len())
            .detail("there now", whole.len()))
    }

    /// A writer that acknowledged nothing, or was over before anything struck, proves nothing.
    fn require_meaning(&self, acknowledgements: &Acknowledgements, struck: Option<&Struck>) -> Result<(), Failure> {
        let name = format!("the workload on {} of {}", self.place, self.guest);
        if acknowledgements.count() == 0 {
            return Err(Failure::cloud(format!(
                "{name} acknowledged no record, so that nothing can be said of any"
            )));
        }
        let Some(struck) = struck else { return Ok(()) };
        let failure = match &struck.ended {
            Some(ended) if ended.asked => return Ok(()),
            Some(ended) => Failure::cloud(format!(
                "{name} was over before {}: its RPO would say nothing of it",
                struck.by
            ))
            .detail("it ended", &ended.because)
            .detail("after", format!("{:.1} s", ended.after.as_secs_f64())),
            None if struck.silent_for > STALLED => {
                let seconds = struck.silent_for.as_secs_f64();
                Failure::cloud(format!(
                    "{name} had stalled before {}: its RPO would say nothing of it",
                    struck.by
                ))
                .detail("last acknowledgement", format!("{seconds:.1} s before"))
            }
            None => return Ok(()),
        };
        Err(failure
            .detail("acknowledged by then", struck.acknowledged)
            .help("see in the guest why it could not write (`dmesg`, `df`), and drill again"))
    }

    fn verdict(
        &self,
        findings: &WorkloadFindings,
        origin: &Origin,
        acknowledgements: &Acknowledgements,
        ended: Option<&Ended>,
        struck: Option<&Struck>,
    ) -> Result<(), Failure> {
        let on = format!("{} of {}", self.place, self.guest);
        let failure = if let Some(faults) = findings.faults() {
            Failure::expectation(format!(
                "the records on {on} are no beginning of what was written: {faults}"
            ))
            .caused_by(Cause::OutOfOrder)
            .help(NO_PREFIX)
        } else {
            let lost = findings.lost_milliseconds;
            let allowed = match self.rpo {
                Loss::Any => return Ok(()),
                Loss::Nothing if findings.lost == 0 => return Ok(()),
                Loss::Within(limit) if lost <= milliseconds(limit) => return Ok(()),
                Loss::Nothing => "nothing may be lost".to_owned(),
                Loss::Within(limit) => format!("at most what was acknowledged in {:.1} s may be", limit.as_secs_f64()),
            };
            Failure::expectation(format!(
                "{} lost on {on}, from the last {:.1} s; {allowed}",
                counted(findings.lost, "acknowledged record"),
                seconds(lost)
            ))
            .caused_by(Cause::RpoMissed)
            .help(LOST)
        };
        let number = |number: Option<usize>| number.map_or("none".to_owned(), |number| number.to_string());
        let time = |number: Option<usize>| {
            let after = number.and_then(|number| acknowledgements.times.get(number.checked_sub(1)?).copied().flatten());
            after.map_or(String::new(), |after| {
                format!(", acknowledged {:.2} s after the start", after.as_secs_f64())
            })
        };
        let failure = failure
            .detail("sent", findings.sent)
            .detail(
                "acknowledged",
                format!(
                    "{}, the last is {}{}",
                    findings.acknowledged,
                    number(findings.last_acknowledged),
                    time(findings.last_acknowledged)
                ),
            )
            .detail(
                "on the disk",
                format!(
                    "{}, the last is {}{}",
                    findings.present,
                    number(findings.last_present),
                    time(findings.last_present)
                ),
            );
        let failure = match findings.first_lost {
            Some(first) => failure.detail("first lost", format!("{first}{}", time(Some(first)))),
            None => failure,
        };
        let failure = match &findings.stale_from {
            Some(from) => failure.detail(
                "stale records",
                format!("of {from}; this is scenario {} of run {}", origin.scenario, origin.run),
            ),
            None => failure,
        };
        let failure = match struck {
            Some(struck) => failure.detail(format!("acknowledged before {}", struck.by), struck.acknowledged),
            None => failure,
        };
        Err(match ended {
            Some(ended) => failure.detail("the writer ended", &ended.because),
            None => failure,
        })
    }
}

/// How long before a failover a writer may have been without an answer.
const STALLED: Duration = Duration::from_secs(30);

/// What it means that more is lost than may be.
const LOST: &str = "the site that took over holds less than the guests had synced: after a planned failover it must hold all of it, and \
                    after a lost site no more may be missing than the mirror was behind; see how far it was behind before (`rbd mirror \
                    image status`), and `rbd_mirror_journal_poll_age`";

/// What it means that a disk holds no beginning of what was written.
const NO_PREFIX: &str = "a mirror that replays a journal in order can lose the end of it, and nothing else: what is there was written in \
                         another order, is of another time, or was changed; no database survives this. Compare the images of both sites, \
                         and look which of them was promoted";

/// What it means that a guest has what the storage had not.
const MADE_UP: &str = "the failover lost them, and the guest answers from its memory or has written them again: what a \
                       database loses this way is lost. Look at the image itself: `rbd export … - | grep -a \
                       cinder-drill-record` at the site";

/// The numbers of the records that are whole and in their place.
fn whole_records(origin: &Origin, bytes: &[u8], sent: usize) -> Vec<usize> {
    let blocks = bytes.chunks(RECORD_BYTES).take(sent).enumerate();
    let whole = blocks.filter_map(|(index, block)| match Slot::of(block) {
        Slot::Record { number, origin: of } if number == index + 1 && of == *origin => Some(number),
        _ => None,
    });
    whole.collect()
}

/// What a disk holds, in one line.
fn words(findings: &WorkloadFindings) -> String {
    let WorkloadFindings {
        acknowledged,
        present,
        lost,
        lost_milliseconds,
        torn_end,
        ..
    } = findings;
    let end = if *torn_end { "; the last one is torn" } else { "" };
    format!(
        "{} acknowledged, {present} on the disk; RPO {}, {:.1} s{end}",
        counted(*acknowledged, "record"),
        counted(*lost, "record"),
        seconds(*lost_milliseconds)
    )
}

fn told_by_memory(failure: Failure, from_memory: usize) -> Failure {
    match from_memory {
        0 => failure,
        count => failure.detail(
            "the guest's memory",
            format!(
                "still has {} that its disk has not: its caches were not dropped, though it says so",
                counted(count, "record")
            ),
        ),
    }
}

fn sha256_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(held: &[usize], whole: &[usize]) -> Option<Cause> {
        let expect = ExpectWorkload {
            guest: ServerName::new("app").expect("a name"),
            place: Place::Path("records".to_owned()),
            disk: Disk::Ephemeral,
            rpo: Loss::Any,
        };
        let judged = expect.same_as_before(Some(held), whole);
        judged.err().map(|failure| failure.cause.expect("a cause"))
    }

    #[test]
    fn a_disk_that_is_judged_again_holds_the_same_records() {
        assert_eq!(again(&[1, 2, 3], &[1, 2, 3]), None);
        assert_eq!(again(&[], &[]), None);
        // Lost with the site, and there again.
        assert_eq!(again(&[1, 2], &[1, 2, 3]), Some(Cause::OldPrimary));
        assert_eq!(again(&[], &[1]), Some(Cause::OldPrimary));
        // As many, and not the same.
        assert_eq!(again(&[1, 2], &[1, 3]), Some(Cause::OldPrimary));
        assert_eq!(again(&[1, 2, 3], &[1, 2]), Some(Cause::DataLost));
        assert_eq!(again(&[1, 2, 3], &[]), Some(Cause::DataLost));
    }
}

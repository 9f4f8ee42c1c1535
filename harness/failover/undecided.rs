//! Why the backend is not taken anywhere: all readings, and what a person does in each case.

use super::readings::has_a_dead_row;
use super::service::with_all_readings;
use crate::backend::{Contradiction, Judgement, Place, Standing, Unfit};
use crate::cloud::FAILBACK_ID;
use crate::failure::{Cause, Failure};
use crate::session::{Context, Undecided};

/// How an operator sees where a backend is.
const LOOK: &str = "`cinder service-list --withreplication`";

/// Where a backend is cannot be said, or nothing may be done about it.
pub(crate) fn failure(context: &Context, undecided: &Undecided, judgement: Option<&Judgement>) -> Failure {
    let words = Words::of(context);
    let failure = words.describe(undecided);
    with_service(failure, judgement)
}

/// It did not settle within the time.
pub(crate) fn did_not_settle(context: &Context, judgement: Option<&Judgement>, timeout: Failure) -> Failure {
    let words = Words::of(context);
    let Some(judgement) = judgement else {
        return timeout.help(format!(
            "Cinder did not answer, so nothing was sent: check {LOOK} when it answers; then {}",
            words.recover()
        ));
    };
    let undecided = match &judgement.standing {
        Standing::Moving if has_a_dead_row(judgement) => Undecided::DeadInTheMiddle,
        Standing::Unfit { place, because } => Undecided::Unfit {
            place: place.clone(),
            because: because.clone(),
        },
        Standing::Contradiction(found) => Undecided::Contradiction(found.clone()),
        _ => {
            return timeout.help(format!(
                "nothing is sent to a backend that moves: when {LOOK} says that it is settled, {}",
                words.recover()
            ));
        }
    };
    with_service(words.describe(&undecided), Some(judgement)).explains(timeout)
}

/// It was moved between two readings.
pub(crate) fn moved_meanwhile(context: &Context, judgement: &Judgement) -> Failure {
    let summary = format!(
        "someone else moves {} at this moment: it was failed over, and is not any more",
        context.backend
    );
    with_service(Failure::cloud(summary), Some(judgement)).help(format!(
        "nothing was sent; when {LOOK} says that it is settled, {}",
        Words::of(context).recover()
    ))
}

/// The run's request was refused, and the backend moved all the same.
pub(crate) fn disputed(context: &Context, refusal: Failure, judgement: &Judgement) -> Failure {
    let words = Words::of(context);
    let summary = format!(
        "Cinder refused to move {}, and it moves all the same: someone else moved it at this moment, or a proxy sent \
         the request twice",
        context.backend
    );
    let failure = Failure::cloud(summary).detail("the refusal", &refusal.summary);
    let failure = refusal
        .details
        .into_iter()
        .fold(failure, |failure, (name, value)| failure.detail(name, value));
    with_service(failure, Some(judgement)).help(words.whose_it_is())
}

fn with_service(failure: Failure, judgement: Option<&Judgement>) -> Failure {
    match judgement {
        Some(judgement) => failure.detail("the service", judgement.words()),
        None => failure,
    }
}

/// What the failures name.
#[derive(Debug)]
pub(crate) struct Words {
    /// `host@backend`.
    pub backend: String,
    /// The run's id.
    pub run: String,
    /// The primary site's name.
    pub primary: String,
    /// The secondary site's name.
    pub secondary: String,
}

impl Words {
    fn of(context: &Context) -> Words {
        Words {
            backend: context.backend.to_string(),
            run: context.run.to_string(),
            primary: context.site_name(crate::names::SiteName::Primary).to_owned(),
            secondary: context.site_name(crate::names::SiteName::Secondary).to_owned(),
        }
    }

    fn recover(&self) -> String {
        format!("`cinder-drill recover {}` does the rest", self.run)
    }

    fn forget(&self) -> String {
        format!("`cinder-drill recover {} --forget`", self.run)
    }

    fn failback(&self) -> String {
        format!("`cinder failover-host {} --backend_id {FAILBACK_ID}`", self.backend)
    }

    fn whose_it_is(&self) -> String {
        let Words { backend, .. } = self;
        format!(
            "this run does not move {backend}, because an operator may have moved it. Ask who did. If nobody did, it \
             was this run: when {LOOK} says failed-over, {}; when it is on its primary site, {}",
            self.failback(),
            self.recover()
        )
    }

    pub(crate) fn describe(&self, undecided: &Undecided) -> Failure {
        let Words {
            backend,
            primary,
            secondary,
            ..
        } = self;
        match undecided {
            Undecided::Contradiction(found) => self.contradiction(found),
            Undecided::Unfit { place, because } => self.unfit(place, because),
            Undecided::DeadInTheMiddle => Failure::cloud(format!(
                "cinder-volume of {backend} died in the middle of a failover"
            ))
            .caused_by(Cause::ServiceDied)
            .help(format!(
                "check where its images are primary (`rbd info` at {primary} and at {secondary}) before it is started again: a \
                 start sets the status to enabled, whatever has moved (volume/manager.py, init_host). Then start \
                 cinder-volume, and {}",
                self.recover()
            ))
            .elsewhere(format!(
                "find out at {primary} and at {secondary} which side of its volumes can be written to before it is started again: a start \
                 sets the status to enabled, whatever has been moved (volume/manager.py, init_host). Then start \
                 cinder-volume, and {}",
                self.recover()
            )),
            Undecided::FailoverMayCome => Failure::cloud(format!(
                "{backend} is on its primary site, and a failover that this run sent may still be executed: it was not \
                 seen"
            ))
            .help(format!(
                "a message waits until cinder-volume takes it, and no timeout removes it: search the cinder-volume log \
                 for the request id of failover_host. If it is executed, {}; if it cannot be executed any more, {} \
                 forgets it",
                self.recover(),
                self.forget()
            )),
            Undecided::FailbackMayCome => Failure::cloud(format!(
                "{backend} is failed over, and the failback that this run sent may still be executed: it was not seen"
            ))
            .help(format!(
                "it is not sent twice, because the second one could reach a backend on its primary site: search the \
                 cinder-volume log for the request id of failover_host. If it is executed, {}; if it cannot be \
                 executed any more, {} and then {}",
                self.recover(),
                self.failback(),
                self.recover()
            )),
            Undecided::Disputed => Failure::cloud(format!(
                "{backend} is failed over, and Cinder had refused this run's own request: whose failover it is cannot be known"
            ))
            .help(self.whose_it_is()),
        }
    }

    fn contradiction(&self, found: &Contradiction) -> Failure {
        let Words {
            backend,
            primary,
            secondary,
            ..
        } = self;
        with_all_readings(Failure::cloud(found.summary.clone()), found).caused_by(Cause::Contradiction).help(format!(
            "nothing was sent. Find out where the images of {backend} are primary (`rbd info` at {primary} and at \
             {secondary}). If at {primary}, and {LOOK} has one row that says enabled without active_backend_id, {recover}. If \
             at {secondary}, and it says failed-over, {failback}, and then {recover}. If nowhere, a failover ended in the \
             middle: fix what stopped it (a dead site, the link between the sites, rbd-mirror), and {recover}. If the \
             row says something else than the storage, the row is wrong, and has to be corrected first",
            recover = self.recover(),
            failback = self.failback(),
        ))
        .elsewhere(format!(
            "nothing was sent. Find out which side of the volumes of {backend} can be written to. If that of {primary}, and \
             {LOOK} has one row that says enabled without active_backend_id, {recover}. If that of {secondary}, and it says \
             failed-over, {failback}, and then {recover}. If neither, a failover ended in its middle: fix what stopped it, \
             and {recover}. If the row says something else than the storage, the row is wrong, and has to be set right first",
            recover = self.recover(),
            failback = self.failback(),
        ))
    }

    fn unfit(&self, place: &Place, because: &[Unfit]) -> Failure {
        let backend = &self.backend;
        let at = match place {
            Place::AtPrimary => format!("at {}", self.primary),
            Place::Away(active) => format!("at {active}"),
            Place::Neither => "nowhere that it says".to_owned(),
        };
        let why: Vec<String> = because.iter().map(ToString::to_string).collect();
        let cures: Vec<String> = because.iter().map(|reason| self.cure(reason)).collect();
        Failure::cloud(format!("{backend} cannot fail back: {}", why.join(", ")))
            .detail("it is", at)
            .detail(
                "expected",
                "replication_status failed-over or enabled, up and not frozen",
            )
            .help(format!(
                "Cinder accepts a failover only from there: {}; then {}",
                cures.join("; "),
                self.recover()
            ))
    }

    fn cure(&self, reason: &Unfit) -> String {
        let backend = &self.backend;
        match reason {
            Unfit::Down => "check the log of cinder-volume, then start it again".to_owned(),
            Unfit::Frozen => format!("`cinder thaw-host {backend}`"),
            Unfit::Disabled(_) => format!("`openstack volume service set --enable {backend} cinder-volume`"),
            Unfit::Replication(_) => format!(
                "check the log of cinder-volume and the images at {} and {}, fix what failed, and restart \
                 cinder-volume",
                self.primary, self.secondary
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::readings::flip;
    use super::*;

    #[test]
    fn each_case_says_both_readings_and_the_command_for_each() {
        let words = Words {
            backend: "box@ceph".to_owned(),
            run: "20261129-0930".to_owned(),
            primary: "site-a".to_owned(),
            secondary: "site-b".to_owned(),
        };
        let cases = [
            Undecided::Contradiction(flip(["up, enabled", "up, failed-over"].into_iter())),
            Undecided::Unfit {
                place: Place::Away("ceph2".to_owned()),
                because: vec![Unfit::Down, Unfit::Frozen],
            },
            Undecided::DeadInTheMiddle,
            Undecided::FailoverMayCome,
            Undecided::FailbackMayCome,
            Undecided::Disputed,
        ];
        let texts: Vec<String> = cases
            .iter()
            .map(|undecided| words.describe(undecided).to_string())
            .collect();
        insta::assert_snapshot!(texts.join("\n\n"));
    }
}

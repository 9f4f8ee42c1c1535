//! Why a failover did not come to its end: what the service showed, and what the storage says of it.

use super::settling::{End, Stuck};
use crate::backend::{ImageAt, Judgement, PrimaryAt, Unfit};
use crate::failure::{Cause, Failure};
use crate::names::SiteName;

/// What was requested, and what names it has.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The service, for example `the service box@ceph`.
    pub what: &'a str,
    /// What it had to become, in words.
    pub expected: &'a str,
    /// The site that it was sent to.
    pub to: SiteName,
    /// The primary site's name.
    pub primary: &'a str,
    /// The secondary site's name.
    pub secondary: &'a str,
    /// Whether the service had said 202.
    pub accepted: bool,
    /// Whether the storage can be asked with `rbd`.
    pub asks_rbd: bool,
}

impl Asked<'_> {
    fn word(&self) -> &'static str {
        match self.to {
            SiteName::Primary => "failback",
            SiteName::Secondary => "failover",
        }
    }

    /// A service that will not come any more.
    pub(crate) fn ended(&self, end: &End, last: &Judgement, images: &[ImageAt]) -> Failure {
        let Asked {
            what,
            primary,
            secondary,
            ..
        } = self;
        let expectation = |summary: String| {
            Failure::expectation(summary)
                .detail("expected", self.expected)
                .detail("seen", last.words())
        };
        let look = self.look();
        let failure = match end {
            End::Failed(status) => expectation(format!("{what} went to replication_status {status}"))
                .caused_by(Cause::FailoverFailed)
                .help("the driver failed: the cinder-volume log of this backend says why"),
            End::Elsewhere(_) => expectation(format!("{what} failed over to another backend than was requested"))
                .help("check replication_device in cinder.conf and the backend-id of the target's secondary site"),
            End::NeverBegan => {
                let symptom =
                    format!("{what} stayed as it was, though cinder-api writes failing-over before it answers 202");
                return self.timed_out(&Stuck::NeverBegan, last, images, expectation(symptom));
            }
            End::GaveUp => self.gave_up(last, images, &look),
            End::DeadInTheMiddle => expectation(format!(
                "{what} is failing-over, and its cinder-volume died in the middle of the {}",
                self.word()
            ))
            .caused_by(Cause::ServiceDied)
            .help(format!(
                "it does not report any more: check its log; {look}, and before it is started again: a start sets the \
                 status to enabled whatever has moved (volume/manager.py, init_host)"
            )),
            End::Unfit(because) => self.unfit(because, last),
            End::Contradiction(found) => {
                let summary = match last.rows.as_slice() {
                    // The words of the row: what it says is the finding.
                    [row] if row.replication_status.as_deref() == Some("enabled") && found.readings.len() == 2 => {
                        match row.active_backend_id.as_deref() {
                            Some(active) if !active.is_empty() => {
                                format!("{what} is enabled and has active_backend_id {active}")
                            }
                            _ => found.summary.clone(),
                        }
                    }
                    _ => found.summary.clone(),
                };
                let failure = expectation(summary).caused_by(Cause::Contradiction);
                let failure = found
                    .readings
                    .iter()
                    .fold(failure, |failure, reading| failure.detail(&reading.of, &reading.says));
                failure.help(format!(
                    "cinder-volume was restarted in the middle, its row and its driver differ on where it is, or the database \
                     holds a second or a stale row: {look}"
                ))
            }
        };
        with_images(failure, images, primary, secondary)
    }

    /// A service of which nothing has come within the time.
    pub(crate) fn timed_out(&self, stuck: &Stuck, last: &Judgement, images: &[ImageAt], failure: Failure) -> Failure {
        let Asked {
            what,
            primary,
            secondary,
            ..
        } = self;
        // It was not seen failing-over between two readings, but the storage shows that it was.
        if matches!(stuck, Stuck::NeverBegan) && self.moved_images(images) {
            let failure = self.gave_up(last, images, &self.look());
            return with_images(failure, images, primary, secondary);
        }
        let status = last.rows.first().and_then(|row| row.replication_status.as_deref());
        let status = status.unwrap_or("none");
        let (cause, summary, help) = match stuck {
            Stuck::NeverBegan if self.accepted => (
                Cause::NeverBegan,
                format!("{what} accepted the request (202), and nothing happened: it is still {status}"),
                "cinder-volume did not take the message, or its driver refused the target and only its log says so \
                 (`Error encountered during failover`): search it for the request id of failover_host. It may still be \
                 executed"
                    .to_owned(),
            ),
            Stuck::NeverBegan => (
                Cause::NeverBegan,
                format!("{what} shows no sign of the {} whose answer was lost: it is still {status}", self.word()),
                "it was not sent again, and may still be executed: search the logs of cinder-api and cinder-volume for \
                 the request id"
                    .to_owned(),
            ),
            Stuck::Moving => (
                Cause::StillMoving,
                format!("{what} is still failing-over: it neither arrived nor gave up"),
                "cinder-volume hangs in its driver or died in the middle: see its log. Look at the mirrors of both sites before \
                 you restart it: a restart sets the status to enabled whatever has been moved (volume/manager.py, \
                 init_host); if it is only slow, raise the budget `failover`"
                    .to_owned(),
            ),
            Stuck::Unfit(because) => {
                let failure = self.unfit(because, last).explains(failure);
                return with_images(failure, images, primary, secondary);
            }
            Stuck::Otherwise => return with_images(failure, images, primary, secondary),
        };
        with_images(
            failure.because(summary).caused_by(cause).help(help),
            images,
            primary,
            secondary,
        )
    }

    /// Whether the storage shows that something was moved, whatever the service says.
    pub(crate) fn moved_images(&self, images: &[ImageAt]) -> bool {
        !self.torn(images).is_empty()
    }

    /// The images that are not primary any more at the site that was to be left.
    fn torn<'i>(&self, images: &'i [ImageAt]) -> Vec<&'i str> {
        images
            .iter()
            .filter(|image| !matches!(image.primary, PrimaryAt::Unknown(_)))
            .filter(|image| image.primary != PrimaryAt::Site(self.to.other()))
            .map(|image| image.image.as_str())
            .collect()
    }

    /// Where to look.
    fn look(&self) -> String {
        let Asked { primary, secondary, .. } = self;
        match self.asks_rbd {
            true => {
                format!(
                    "check where the images are primary (`rbd info` at {primary} and at {secondary}) before anything else"
                )
            }
            false => format!(
                "check at {primary} and at {secondary} which side of the volumes can be written to before anything else"
            ),
        }
    }

    /// It was failing-over, and is as before. Where the storage shows that something was moved, that is what counts.
    fn gave_up(&self, last: &Judgement, images: &[ImageAt], look: &str) -> Failure {
        let Asked {
            what,
            primary,
            secondary,
            ..
        } = self;
        let stays = match self.to {
            SiteName::Primary => secondary,
            SiteName::Secondary => primary,
        };
        let torn = self.torn(images);
        let status = last.rows.first().and_then(|row| row.replication_status.as_deref());
        let status = status.unwrap_or("none");
        let (summary, help) = if torn.is_empty() {
            (
                format!(
                    "{what} gave up the {}: it was failing-over, and is {status} again",
                    self.word()
                ),
                format!(
                    "cinder-volume was restarted in the middle of the {}, or its driver refused the target and only its log \
                     says so (`Error encountered during failover`); it may have demoted images: {look}",
                    self.word()
                ),
            )
        } else {
            (
                format!(
                    "cinder-volume was restarted in the middle of the {}: {what} is {status} again, and {} is not primary at {stays} any more",
                    self.word(),
                    torn.join(", ")
                ),
                format!(
                    "an image that is primary nowhere can neither be written nor deleted: `rbd mirror image promote` it at {stays} \
                     first; {look}"
                ),
            )
        };
        Failure::expectation(summary)
            .caused_by(match images.iter().any(|image| image.primary == PrimaryAt::Nowhere) {
                true => Cause::PrimaryNowhere,
                false => Cause::FailoverFailed,
            })
            .detail("expected", self.expected)
            .detail("seen", last.words())
            .help(help)
    }

    fn unfit(&self, because: &[Unfit], last: &Judgement) -> Failure {
        let why: Vec<String> = because.iter().map(ToString::to_string).collect();
        let at = match self.to {
            SiteName::Primary => format!("primary site {}", self.primary),
            SiteName::Secondary => format!("failed over to {}", self.secondary),
        };
        let help = match self.to {
            SiteName::Primary => {
                "a failback leaves it up, enabled and not frozen (volume/manager.py, finish_failover): see who \
                                  froze or disabled it, and the cinder-volume log"
            }
            SiteName::Secondary => {
                "Cinder fails it back only when it is up and not frozen: check the cinder-volume log, and who froze it"
            }
        };
        Failure::expectation(format!("{} is {at}, and {}", self.what, why.join(", ")))
            .detail("expected", self.expected)
            .detail("seen", last.words())
            .help(help)
    }
}

/// Adds where the run's own images are primary.
fn with_images(failure: Failure, images: &[ImageAt], primary: &str, secondary: &str) -> Failure {
    let name = |site| match site {
        SiteName::Primary => primary,
        SiteName::Secondary => secondary,
    };
    images.iter().fold(failure, |failure, image| {
        failure.detail(format!("image {}", image.image), image.primary.words(name))
    })
}

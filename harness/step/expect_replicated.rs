//! `expect-replicated`: what a guest writes now becomes readable at the other site.

use crate::event::Proof;
use crate::failure::{Cause, Failure, FailureKind};
use crate::session::{Context, Judges};
use crate::sync_log::lines;
use crate::wait::{Awaited, Poll, WaitError, until};
use serde::Serialize;
use tokio::time::Instant;

use super::Action;
use super::verb::{Act, Compiled, GUEST, SITES, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{ServerName, SiteName, VolumeName};
use crate::state::{Disk, State};
use crate::targets::BudgetName;

/// `expect-replicated`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-replicated",
        Shape::Record(&Record {
            fields: &[
                Field::required(
                    "volume",
                    Shape::NameOrEach,
                    "The volume; its file system is mounted in the guest.",
                ),
                GUEST,
                Field::required("to", Shape::Word(&SITES), "The site that must receive what is written."),
            ],
            one_of: &[],
        }),
        "Writes a fresh marker in a guest on a volume's file system, and waits until the other site's copy holds it.",
    ),
    checks: true,
    change: Some("a marker file in the guest"),
    budget: BudgetName::Replication,
    judges: Judges::Nothing,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let guest = state.server(step.arguments, "guest");
    let to = state.site(step.arguments, "to");
    state.asks_storage(step.at);
    let (volume, guest, (to, to_at)) = (volume?, guest?, to?);
    state.needs_inactive(to, &to_at);
    state.needs_living(to, step.at);
    state.needs_current(&Disk::Volume(volume.clone()), step.at);
    let directory = state.directory_of(&volume, &guest, step.at)?;
    let replicated = ExpectReplicated {
        volume,
        guest,
        to,
        directory,
    };
    let locks = vec![format!("server {}", replicated.guest)];
    Some(Compiled::locking(Action::ExpectReplicated(replicated), locks))
}

/// How long a marker is: three blocks of most file systems.
const MARKER_BYTES: usize = 12_288;
/// What a marker ends with.
const MARKER_END: &str = "-end";

/// Writes a fresh marker in a guest on a volume's file system and waits until the other site's copy holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectReplicated {
    /// The volume.
    pub volume: VolumeName,
    /// The server that has the volume's file system.
    pub guest: ServerName,
    /// The site that must receive the marker; it is not the one that is written to.
    pub to: SiteName,
    /// Where the marker is written: the mount directory of a data volume, or empty for the home of the guest's user
    /// when the volume is the server's root.
    pub directory: String,
}

impl Act for ExpectReplicated {
    fn describe(&self) -> String {
        format!(
            "a marker written in {} on volume {} becomes readable at the {} site",
            self.guest, self.volume, self.to
        )
    }

    /// Writes a marker in the guest, syncs it, and waits until its bytes are in the image of the other site. What the
    /// guest synced before the marker is there by then too, since a journal replays in order. The mirror's own status
    /// is no proof: it lags the data both ways.
    ///
    /// # Errors
    /// The marker did not arrive within the budget (if it is not at the site that is written to either, the guest is to blame,
    /// and not the mirror), lies on another disk than the volume's, or the guest or the site cannot be asked.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let token = format!("cinder-drill-marker-{}", uuid::Uuid::new_v4().simple());
        let path = self.marker_path();
        // Several blocks, with what is looked for at the end: when that has arrived, so has the rest.
        let mut content = lines(&token, MARKER_BYTES - token.len() - MARKER_END.len());
        content.extend_from_slice(format!("{token}{MARKER_END}").as_bytes());
        context.guest(&self.guest)?.write_file(&path, &content).await?;
        let disk = Disk::Volume(self.volume.clone());
        let file = context.place_of_file(&self.guest, &path, &disk).await?;
        let looked_for = format!("{token}{MARKER_END}");
        let end = content.len() as u64;
        let bytes = end - looked_for.len() as u64..end;
        let what = "the marker of expect-replicated".to_owned();
        context.synced(&self.guest, &disk.to_string(), disk.volume(), what, &path, content);
        let image = context.volume(&self.volume)?.image();
        let place = context.place_in_image(&self.guest, &path, &file, bytes, &image, &looked_for);
        let mut place = Box::pin(place).await?;
        let was_written = place.is_some();
        let site = context.sites()?.at(self.to);
        let name = context.site_name(self.to).to_owned();
        let awaited = Awaited {
            what: &format!("the marker {path} of guest {}", self.guest),
            expected: &format!("readable in the image of volume {} on {name}", self.volume),
            budget: context.target.budgets.replication,
            on_timeout: FailureKind::Expectation,
        };
        let (began, budget) = (Instant::now(), awaited.budget);
        let arrived = until(&context.recorder, awaited, async || {
            let held = match &place {
                // The last look is at all of it: the guest's file system may have moved the marker meanwhile.
                Some(place) if began.elapsed() < budget => {
                    Box::pin(site.object_contains(&image, place, &looked_for)).await
                }
                _ => site.contains(&image, &looked_for).await,
            };
            match held {
                // Without `rados`, or without the right to use it, there is still the whole image.
                Err(error) if place.is_some() && !error.is_no_such_image() && !error.is_silent() => {
                    place = None;
                    Ok(Poll::NotYet(format!(
                        "{name} does not show single objects: {}",
                        error.summary()
                    )))
                }
                Ok(true) => Ok(Poll::Ready(())),
                Ok(false) => Ok(Poll::NotYet(format!("the image on {name} does not hold it"))),
                Err(error) if error.is_no_such_image() => Ok(Poll::NotYet(format!("{name} has no image {image}"))),
                Err(error) => Err(error.into()),
            }
        })
        .await;
        let ((), waited) = match arrived {
            Ok(arrived) => arrived,
            // Who could not look knows nothing of the data.
            Err(WaitError::Failed(failure)) => return Err(failure),
            Err(error @ WaitError::TimedOut(_)) => {
                let failure = Failure::from(error);
                let never = match was_written {
                    true => None,
                    false => self.never_written(context, &image, &looked_for).await,
                };
                return Err(match never {
                    Some(never) => never.explains(failure),
                    None => {
                        self.with_claims(context, &image, failure.caused_by(Cause::NotReplicated))
                            .await
                    }
                });
            }
        };
        let milliseconds = waited.milliseconds();
        let done = format!(
            "a marker on volume {} was readable on {name} after {:.2} s",
            self.volume,
            waited.elapsed.as_secs_f64()
        );
        context.prove(Proof::Replicated {
            volume: self.volume.to_string(),
            to: name,
            milliseconds,
        });
        Ok(done)
    }
}

impl ExpectReplicated {
    /// Why the marker cannot have arrived, if it is not even in the image that the guest writes to: then no mirror is to be
    /// blamed for it. `None` if it is there, or that is unknown.
    async fn never_written(&self, context: &Context, image: &str, looked_for: &str) -> Option<Failure> {
        let from = context.backend_state.active();
        let site = context.sites().ok()?.at(from);
        let is_there = site.contains(image, looked_for).await.ok()?;
        (!is_there).then(|| {
            Failure::cloud(format!(
                "guest {} says that it has synced a marker to volume {}, and the volume's image on {} does not hold it either",
                self.guest,
                self.volume,
                context.site_name(from)
            ))
            .help(
                "the marker never reached the volume, so no mirror could copy it: the guest's writes go to another \
                 disk or nowhere, an older machine answers at its address, or the guest encrypts its disk. Check \
                 `findmnt` and `dmesg` in the guest",
            )
        })
    }

    /// Adds to the failure of a marker that did not arrive what the mirror says of itself: it often says that all is well.
    async fn with_claims(&self, context: &Context, image: &str, failure: Failure) -> Failure {
        let name = context.site_name(self.to);
        let status = match context.sites() {
            Ok(sites) => sites.at(self.to).mirror_status(image).await,
            Err(_) => return failure,
        };
        let Ok(status) = status else { return failure };
        let failure = failure.detail("the mirror", format!("says {} ({})", status.state, status.description));
        if status.is_down() {
            let summary = format!(
                "what is written on volume {} does not arrive on {name}, whose rbd-mirror is down",
                self.volume
            );
            return failure.because(summary).caused_by(Cause::MirrorDaemonDown).help(format!(
                "start rbd-mirror at {name} again, and see its log; until it replays, a failover loses what is written now"
            ));
        }
        if !status.is_replaying() {
            return failure;
        }
        if let Some(peer_says) = self.lost_by_its_peer(context, image).await {
            let from = context.site_name(self.to.other());
            let summary = format!(
                "what is written on volume {} does not arrive on {name}, whose rbd-mirror {from} does not see",
                self.volume
            );
            return failure
                .because(summary)
                .caused_by(Cause::LinkCut)
                .detail(from, format!("says {peer_says} of it"))
                .help(format!(
                    "{name} says that it replays, and cannot know better: check the link between the sites, and do not \
                     fail over before new writes arrive"
                ));
        }
        let summary = format!(
            "what is written on volume {} does not arrive on {name}, though the mirror says that it replays",
            self.volume
        );
        failure.because(summary).help(
            "do not trust the status of rbd-mirror here, and do not fail over: compare the images of both sites (`rbd \
             export … - | sha256sum`) and check rbd-mirror's log; if it is only slow, raise the budget `replication`",
        )
    }

    /// What the site of the primary says of the copy's rbd-mirror, if it hears nothing of it any more.
    async fn lost_by_its_peer(&self, context: &Context, image: &str) -> Option<String> {
        let site = context.sites().ok()?.at(self.to.other());
        site.mirror_status(image).await.ok()?.lost_peers()
    }

    /// The marker's path: in the directory that is on the volume.
    fn marker_path(&self) -> String {
        match self.directory.trim_end_matches('/') {
            "" => ".cinder-drill-marker".to_owned(),
            directory => format!("{directory}/.cinder-drill-marker"),
        }
    }
}

//! Why a step after a failover fails: what is known now of the service, the images, the volumes and their attachments comes
//! before the symptom. A guest that cannot mount a disk says nothing of why.

use super::arrival::not_moved;
use super::service;
use crate::backend::{Contradiction, ImageAt, Judgement, PrimaryAt, Standing};
use crate::cloud::{AttachmentId, VolumeId};
use crate::connection::{ConnectionInfo, VerdictError};
use crate::failure::{Cause, Failure, FailureKind};
use crate::names::SiteName;
use crate::servers::reconnected::judge_connection;
use crate::session::{AttachmentsBefore, Context, Judges, OwnVolume};

/// What was seen of the scenario's surroundings after a step had failed.
#[derive(Debug)]
struct Scene {
    /// The site on which the backend must be.
    active: SiteName,
    /// What Cinder says of it; none if it did not answer.
    service: Option<Judgement>,
    /// The scenario's replicated volumes.
    volumes: Vec<VolumeScene>,
}

/// What was seen of a volume.
#[derive(Debug)]
struct VolumeScene {
    name: String,
    /// Where its image is primary; none where the sites have no shells.
    image: Option<ImageAt>,
    /// Its status and replication_status; none if Cinder did not answer.
    status: Option<(String, Option<String>)>,
    /// Its attachments that are not new since the backend was moved.
    old_attachments: Vec<AttachmentId>,
    /// What is wrong with the connection of an attachment.
    connection: Option<VerdictError>,
}

/// The true cause of a failed step.
#[derive(Debug)]
enum Explanation<'a> {
    /// The backend is not where the run left it.
    Moved(&'a Judgement),
    /// Its readings contradict each other.
    Contradiction(&'a Contradiction),
    /// A volume's image is not primary where it must be, and nowhere else.
    NotMoved(&'a VolumeScene, &'a ImageAt),
    /// A volume is in error.
    InError(&'a VolumeScene),
    /// A volume still has the attachment of before.
    OldAttachment(&'a VolumeScene),
    /// A new attachment leads elsewhere.
    Connection(&'a VolumeScene, &'a VerdictError),
}

impl Scene {
    /// What comes first of what is wrong: each explains all that follow it.
    fn cause(&self, judges: Judges) -> Option<Explanation<'_>> {
        match self.service.as_ref().map(|service| (&service.standing, service)) {
            Some((Standing::Contradiction(found), _)) => return Some(Explanation::Contradiction(found)),
            Some((standing, service)) if !is_at(standing, self.active) => return Some(Explanation::Moved(service)),
            _ => {}
        }
        let not_moved = self.volumes.iter().find_map(|volume| {
            let image = volume.image.as_ref()?;
            let known = !matches!(image.primary, PrimaryAt::Unknown(_));
            (known && image.primary != PrimaryAt::Site(self.active)).then_some(Explanation::NotMoved(volume, image))
        });
        let in_error = || {
            self.volumes
                .iter()
                .find(|volume| volume.is_in_error())
                .map(Explanation::InError)
        };
        let old = || self.volumes.iter().find(|volume| !volume.old_attachments.is_empty());
        let connection = || {
            let mut wrong = self
                .volumes
                .iter()
                .filter_map(|volume| Some((volume, volume.connection.as_ref()?)));
            wrong
                .next()
                .map(|(volume, wrong)| Explanation::Connection(volume, wrong))
        };
        match judges {
            Judges::Backend => None,
            Judges::Images => in_error(),
            Judges::Renewals => not_moved.or_else(in_error),
            Judges::Connections => not_moved
                .or_else(in_error)
                .or_else(|| old().map(Explanation::OldAttachment)),
            Judges::Nothing => not_moved
                .or_else(in_error)
                .or_else(|| old().map(Explanation::OldAttachment))
                .or_else(connection),
        }
    }
}

impl VolumeScene {
    fn is_in_error(&self) -> bool {
        self.status.as_ref().is_some_and(|(status, replication)| {
            status == "error" || matches!(replication.as_deref(), Some("failover-error" | "error" | "not-capable"))
        })
    }
}

/// Whether a service is at a site, fit or not.
fn is_at(standing: &Standing, site: SiteName) -> bool {
    use crate::backend::Place;
    match standing {
        Standing::AtPrimary
        | Standing::Unfit {
            place: Place::AtPrimary,
            ..
        } => site == SiteName::Primary,
        Standing::Away(_)
        | Standing::Unfit {
            place: Place::Away(_), ..
        } => site == SiteName::Secondary,
        _ => false,
    }
}

/// Puts the true cause of a step's failure first, if the backend was moved before and one can be seen, and keeps the symptom
/// as what follows from it. What cannot be asked explains nothing.
pub async fn explain_after_failover(context: &Context, judges: Judges, failure: Failure) -> Failure {
    let says_nothing = matches!(failure.kind, FailureKind::Interrupted | FailureKind::Harness);
    if context.backend_state.moves() == 0 || says_nothing || judges == Judges::Backend {
        return failure;
    }
    let scene = look(context).await;
    match scene.cause(judges) {
        Some(cause) => because(context, &scene, &cause, failure),
        None => failure,
    }
}

/// Notes the attachments of the run's own volumes: those that are there before the backend is moved must be gone after the
/// server was connected anew.
pub(crate) async fn note_attachments(context: &Context) {
    let own = |own: &OwnVolume| own.made.id.clone();
    let ids: Vec<VolumeId> = context
        .backend_state
        .with(|state| state.volumes.iter().map(own).collect());
    let mut before = AttachmentsBefore::new();
    for id in ids {
        // What cannot be asked now explains nothing later.
        if let Ok(volume) = context.cloud.volume(&id).await {
            let attachments = volume
                .attachments
                .into_iter()
                .map(|attachment| attachment.attachment_id);
            before.insert(id, attachments.collect());
        }
    }
    context.backend_state.with(|state| state.attachments_before = before);
}

async fn look(context: &Context) -> Scene {
    let service = service::look(context).await.ok();
    let images = service::primaries(context, &service::replicated_images(&context.resources)).await;
    let mut volumes = Vec::new();
    for (name, made) in context.resources.volumes.iter().filter(|(_, made)| made.replicated) {
        let found = connections(context, &made.id).await.ok();
        let given_up = context.resources.given_up.get(name);
        let (status, old_attachments, connection) = match found {
            // One that no step has given up yet is as it must be: a guest that does not unmount its disk still has it.
            Some((status, mut old, wrong)) => {
                old.retain(|id| given_up.is_some_and(|given_up| given_up.contains(id)));
                (Some(status), old, wrong)
            }
            None => (None, Vec::new(), None),
        };
        volumes.push(VolumeScene {
            name: name.to_string(),
            image: images.iter().find(|image| image.image == made.image()).cloned(),
            status,
            old_attachments,
            connection,
        });
    }
    Scene {
        active: context.backend_state.active(),
        service,
        volumes,
    }
}

type Connections = ((String, Option<String>), Vec<AttachmentId>, Option<VerdictError>);

/// The status of a volume, its attachments that are older than the last movement, and what is wrong with a connection.
async fn connections(context: &Context, id: &VolumeId) -> Result<Connections, Failure> {
    let volume = context.cloud.volume(id).await?;
    let before = context
        .backend_state
        .with(|state| state.attachments_before.get(id).cloned());
    let mut old = Vec::new();
    let mut wrong = None;
    for attachment in &volume.attachments {
        let id = &attachment.attachment_id;
        if before.as_ref().is_some_and(|before| before.contains(id)) {
            old.push(id.clone());
            // Where an old one leads is known.
            continue;
        }
        let info = ConnectionInfo::from(context.cloud.attachment(id).await?.connection_info);
        if let Err(verdict) = judge_connection(context, &info, context.backend_state.active())
            && verdict.is_about_the_connection()
        {
            wrong.get_or_insert(verdict);
        }
    }
    Ok(((volume.status, volume.replication_status), old, wrong))
}

fn because(context: &Context, scene: &Scene, cause: &Explanation<'_>, symptom: Failure) -> Failure {
    let backend = &context.backend;
    let there = context.site_name(scene.active);
    let other = context.site_name(scene.active.other());
    let cause = match cause {
        Explanation::Moved(service) => moved(&backend.to_string(), there, service),
        Explanation::Contradiction(found) => {
            service::with_all_readings(Failure::cloud(found.summary.clone()), found).caused_by(Cause::Contradiction).help(format!(
                "this does not show where {backend} is, so what the guest sees says nothing about replication: find \
                 out where its images are primary (`rbd info` at {there} and at {other})"
            ))
            .elsewhere(format!(
                "where {backend} is cannot be known from this, so what the guest sees says nothing of replication: find out at {there} \
                 and at {other} which side of its volumes can be written to"
            ))
        }
        Explanation::NotMoved(volume, image) => not_moved(&format!("volume {}", volume.name), image, there, other).detail(
            format!("image {}", image.image),
            image.primary.words(|site| context.site_name(site)),
        ),
        Explanation::InError(volume) => in_error(volume),
        Explanation::OldAttachment(volume) => old_attachment(volume, there, other),
        Explanation::Connection(volume, wrong) => {
            Failure::from((*wrong).clone()).during(&format!("volume {} in the attachments API", volume.name))
        }
    };
    cause.explains(symptom)
}

fn moved(backend: &str, there: &str, service: &Judgement) -> Failure {
    let now = match &service.standing {
        Standing::Moving => "moves it at this moment".to_owned(),
        Standing::AtPrimary => "failed it back meanwhile".to_owned(),
        Standing::Away(active) => format!("failed it over to {active} meanwhile"),
        _ => "changed it meanwhile".to_owned(),
    };
    Failure::cloud(format!(
        "{backend} is not on {there} any more: another run or an operator {now}"
    ))
    .caused_by(Cause::MovedByOthers)
    .detail("expected", format!("the backend on {there}, where this run left it"))
    .detail("the service", service.words())
    .help(
        "this says nothing about replication: find out who moves it (the cinder-api log has each failover_host), and \
        drill again when nobody does",
    )
}

fn in_error(volume: &VolumeScene) -> Failure {
    let (status, replication) = volume.status.clone().unwrap_or_default();
    let replication = replication.unwrap_or_else(|| "none".to_owned());
    Failure::expectation(format!(
        "volume {} went to status {status} with replication_status {replication} after the failover",
        volume.name
    ))
    .caused_by(Cause::FailoverFailed)
    .detail("expected", "a volume that keeps its status")
    .help("see the cinder-volume log for the volume's id, and `rbd mirror image status` on both sites, before anything else")
    .elsewhere("see the cinder-volume log for the volume's id, and its replica on the other array, before anything else")
}

fn old_attachment(volume: &VolumeScene, there: &str, other: &str) -> Failure {
    let ids: Vec<String> = volume.old_attachments.iter().map(ToString::to_string).collect();
    Failure::expectation(format!(
        "volume {} still has the attachment of before: its server never gave up the connection to {other}",
        volume.name
    ))
    .caused_by(Cause::OldAttachment)
    .detail("attachment", ids.join(", "))
    .detail(
        "expected",
        format!("a new attachment, made after the backend went to {there}"),
    )
    .help(
        "Nova makes a new attachment at each shelve and at each attach: the server was not really shelved, or the \
         volume not really detached, whatever Nova says. The guest sees its old disk, which says nothing about \
         replication",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failover::fake_backend::{at_primary, away, judged, moving};

    fn volume(name: &str) -> VolumeScene {
        VolumeScene {
            name: name.to_owned(),
            image: Some(ImageAt {
                image: format!("volume-{name}"),
                primary: PrimaryAt::Site(SiteName::Secondary),
            }),
            status: Some(("in-use".to_owned(), Some("failed-over".to_owned()))),
            old_attachments: Vec::new(),
            connection: None,
        }
    }

    fn scene(service: Judgement, volumes: Vec<VolumeScene>) -> Scene {
        Scene {
            active: SiteName::Secondary,
            service: Some(service),
            volumes,
        }
    }

    #[test]
    fn a_scene_in_order_explains_nothing() {
        let fine = scene(judged(&[away()]), vec![volume("root")]);
        for judges in [Judges::Nothing, Judges::Images, Judges::Connections] {
            assert!(fine.cause(judges).is_none());
        }
        // Neither does one of which nothing is known.
        let mut unreachable = scene(judged(&[away()]), vec![volume("root")]);
        unreachable.service = None;
        unreachable.volumes[0].status = None;
        unreachable.volumes[0].image = None;
        assert!(unreachable.cause(Judges::Nothing).is_none());
    }

    #[test]
    fn what_explains_most_comes_first() {
        let mut wrong = volume("data");
        wrong.old_attachments = vec![AttachmentId::new("a-1")];
        let old = scene(judged(&[away()]), vec![volume("root"), wrong]);
        assert!(
            matches!(old.cause(Judges::Nothing), Some(Explanation::OldAttachment(volume)) if volume.name == "data")
        );
        let mut wrong = volume("data");
        wrong.old_attachments = vec![AttachmentId::new("a-1")];
        wrong.image = Some(ImageAt {
            image: "volume-data".to_owned(),
            primary: PrimaryAt::Nowhere,
        });
        let not_moved = scene(judged(&[away()]), vec![volume("root"), wrong]);
        assert!(
            matches!(not_moved.cause(Judges::Nothing), Some(Explanation::NotMoved(volume, _)) if volume.name == "data")
        );
        // Who has judged the images says it better.
        assert!(not_moved.cause(Judges::Images).is_none());
        for service in [judged(&[at_primary()]), judged(&[moving()])] {
            let gone = scene(service, vec![volume("root")]);
            assert!(matches!(gone.cause(Judges::Images), Some(Explanation::Moved(_))));
        }
        let rows = scene(judged(&[away(), at_primary()]), vec![volume("root")]);
        assert!(matches!(
            rows.cause(Judges::Images),
            Some(Explanation::Contradiction(_))
        ));
    }

    #[test]
    fn the_cause_comes_first_and_the_symptom_stays() {
        let symptom = || {
            Failure::expectation("guest root@192.0.2.1:22 cannot mount /dev/vdb at /mnt/data: the command failed")
                .detail("exit code", 32)
                .help("the file is lost: this failover loses data")
        };
        let mut broken = volume("data");
        broken.status = Some(("error".to_owned(), Some("failover-error".to_owned())));
        broken.old_attachments = vec![AttachmentId::new("a-1")];
        insta::assert_snapshot!(
            [
                moved("box@ceph", "site-b", &judged(&[at_primary()])),
                in_error(&broken),
                old_attachment(&broken, "site-b", "site-a"),
            ]
            .map(|cause| cause.explains(symptom()).to_string())
            .join("\n\n")
        );
    }
}

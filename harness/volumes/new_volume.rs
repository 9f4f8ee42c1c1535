//! A new volume: it is asked for, and waited for until it is there.

use crate::cloud::{ImageId, NewVolume, Volume, VolumeId, VolumeSource};
use crate::event::{Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::names::VolumeName;
use crate::session::{Context, MadeVolume};
use crate::state::PlannedVolume;
use crate::wait::{Awaited, Patience, Poll};

/// Asks for a volume of a type, as the cloud has it with whether it selects replication; made from an image, from something else, or
/// blank.
///
/// # Errors
/// Cinder refused it.
pub(crate) async fn ask_for(
    context: &mut Context,
    planned: &PlannedVolume,
    (volume_type, replicated): (String, bool),
    image: Option<ImageId>,
    source: Option<VolumeSource>,
) -> Result<VolumeId, Failure> {
    let name = context.cloud_name(planned.name.as_str());
    let resource = Resource {
        kind: ResourceKind::Volume,
        name: name.clone(),
        id: None,
    };
    context.intend(resource).await?;
    let new = NewVolume {
        name,
        size_gib: planned.size_gib,
        volume_type: Some(volume_type),
        image,
        source,
        metadata: context.metadata(planned.name.as_str()),
    };
    let id = context.cloud.create_volume(&new).await?.id;
    context.made(ResourceKind::Volume, id.as_str());
    let made = MadeVolume {
        image_name: context.target.volume_name_template.image(id.as_str()),
        id: id.clone(),
        replicated,
    };
    context.add_volume(planned.name.clone(), made);
    Ok(id)
}

/// Waits until a volume is there: available, and replicated if its type selects that.
///
/// # Errors
/// It went to an error, is on another backend, or was not there in time.
pub(crate) async fn wait_until_there(context: &Context, name: &VolumeName, type_name: &str) -> Result<(), Failure> {
    let MadeVolume { id, replicated, .. } = context.volume(name)?;
    let replicated = *replicated;
    let what = format!("volume {name}");
    // A new replicated volume first shows `disabled` or nothing and becomes `enabled` once its driver has answered.
    let expected = if replicated {
        "available with replication_status enabled"
    } else {
        "available"
    };
    let budget = context.target.budgets.volume;
    let awaited = Awaited {
        what: &what,
        expected,
        budget,
        on_timeout: FailureKind::Cloud,
    };
    let is_coming = |seen: &Volume| !seen.status.starts_with("error") && seen.status != "available";
    let glance = |seen: &Volume| is_coming(seen).then(|| seen.words());
    let poll = async || {
        let seen = context.cloud.volume(id).await?;
        if seen.status.starts_with("error") {
            let failure = Failure::cloud(format!("{what} went to status error"));
            return Err(with_messages(context, failure, id)
                .await
                .help("the cinder-volume and cinder-scheduler logs name the cause; search them for the volume's id"));
        }
        let replication = seen.replication_status.as_deref().unwrap_or("none");
        if seen.status == "available" && (!replicated || replication == "enabled") {
            if replicated && !seen.is_on(&context.backend) {
                return Err(elsewhere(context, name, type_name, &seen));
            }
            return Ok(Poll::Ready(()));
        }
        Ok(Poll::NotYet(seen.words()))
    };
    let patience = Patience::default();
    context
        .wait_for_volume(&patience, awaited, id, glance, poll)
        .await
        .map_err(Failure::from)?;
    if !replicated {
        context.notice(format!("{what} has a type that does not select replication"));
    }
    Ok(())
}

/// A replicated volume of another backend stays where it is when this one fails over.
pub(super) fn elsewhere(context: &Context, name: &VolumeName, type_name: &str, seen: &Volume) -> Failure {
    Failure::cloud(format!("volume {name} is not on the backend that is drilled"))
        .detail("volume", &seen.id)
        .detail("expected", &context.backend)
        .detail("seen", seen.host().unwrap_or("Cinder does not say where it is"))
        .help(format!(
            "give volume type `{type_name}` of the target the volume_backend_name of {}",
            context.backend
        ))
}

/// A failure of a volume, with what its user messages say that the scheduler or the driver thought.
pub(super) async fn with_messages(context: &Context, failure: Failure, id: &VolumeId) -> Failure {
    let messages = context.cloud.messages_of(id).await.unwrap_or_default();
    let failure = failure.detail("volume", id);
    messages.iter().fold(failure, |failure, message| {
        failure.detail(
            "Cinder says",
            format!(
                "{} ({})",
                message.user_message,
                message.event_id.as_deref().unwrap_or("no event id")
            ),
        )
    })
}

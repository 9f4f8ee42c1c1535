//! The attachment that a volume must have now: one, to its server, and none that was given up.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cloud::{Attachment, AttachmentId};
use crate::connection::{AttachmentFault, ExpectedAttachment, judge_attachments};
use crate::failure::{Failure, FailureKind};
use crate::names::{ServerName, VolumeName};
use crate::session::Context;
use crate::wait::{Awaited, Poll, until};

/// How long Cinder's and Nova's records may differ after what they record has happened: they are written one after the
/// other, and may be read from a replica.
const RECORDS_DELAY: Duration = Duration::from_secs(5);

/// A failure that says what is wrong with a volume's attachment.
#[must_use]
pub fn attachment_failure(volume: &VolumeName, fault: &AttachmentFault) -> Failure {
    let kind = if fault.is_about_the_connection() {
        FailureKind::Expectation
    } else {
        FailureKind::Cloud
    };
    let failure = Failure::new(kind, fault.summary(&format!("volume {volume}")));
    let details = fault.details().into_iter();
    details
        .fold(failure, |failure, (name, value)| failure.detail(name, value))
        .help(fault.help())
}

/// Notes that a server gives up the attachments of its volumes: those of which Cinder says that they are to it. Answers with
/// the volumes.
///
/// # Errors
/// Cinder did not answer, or the server was not made.
pub async fn give_up(context: &mut Context, server: &ServerName) -> Result<Vec<VolumeName>, Failure> {
    let id = context.server(server)?.id.clone();
    let mut given_up = Vec::new();
    for (name, made) in &context.resources.volumes {
        for attachment in context.cloud.volume(&made.id).await?.attachments {
            if attachment.server_id.as_ref() == Some(&id) {
                given_up.push((name.clone(), attachment.attachment_id));
            }
        }
    }
    let mut volumes: Vec<VolumeName> = Vec::new();
    for (volume, attachment) in given_up {
        note_given_up(context, &volume, attachment);
        if !volumes.contains(&volume) {
            volumes.push(volume);
        }
    }
    Ok(volumes)
}

/// Notes that the attachments of one volume are given up.
///
/// # Errors
/// As [`give_up`].
pub async fn give_up_volume(context: &mut Context, volume: &VolumeName) -> Result<(), Failure> {
    let id = context.volume(volume)?.id.clone();
    for attachment in context.cloud.volume(&id).await?.attachments {
        note_given_up(context, volume, attachment.attachment_id);
    }
    Ok(())
}

fn note_given_up(context: &mut Context, volume: &VolumeName, attachment: AttachmentId) {
    let given_up = context.resources.given_up.entry(volume.clone()).or_default();
    given_up.insert(attachment);
}

/// The attachment of a volume to a server, as Cinder's attachments API has it. What is not as it must be is looked at again
/// for some seconds.
///
/// # Errors
/// The volume has none, several, one that was given up, another server's, another volume's, or one that is not attached; or
/// Cinder did not answer.
pub async fn attachment_of(context: &Context, volume: &VolumeName, server: &ServerName) -> Result<Attachment, Failure> {
    let id = context.volume(volume)?.id.clone();
    let server_id = context.server_id(server)?;
    let nothing = BTreeSet::new();
    let expected = ExpectedAttachment {
        volume: &id,
        server: &server_id,
        given_up: context.resources.given_up.get(volume).unwrap_or(&nothing),
    };
    let awaited = Awaited {
        what: &format!("the attachment of volume {volume}"),
        expected: &format!("one, attached to server {server}"),
        budget: context.target.budgets.command.min(RECORDS_DELAY),
        on_timeout: FailureKind::Expectation,
    };
    let mut fault = None;
    let found = until(&context.recorder, awaited, async || {
        fault = None;
        let shown = context.cloud.volume(&id).await?.attachments;
        let mut all = Vec::new();
        for attachment in &shown {
            match context.cloud.attachment(&attachment.attachment_id).await {
                Ok(attachment) => all.push(attachment),
                // It went away in between, or never was: the volume is believed that it names it, and what it names of it.
                Err(error) if error.is_not_found() => all.push(Attachment {
                    id: attachment.attachment_id.clone(),
                    status: "not known to the attachments API".to_owned(),
                    instance: attachment.server_id.clone(),
                    volume_id: id.clone(),
                    attach_mode: None,
                    attached_at: None,
                    connection_info: serde_json::Map::new(),
                }),
                Err(error) => return Err(error.into()),
            }
        }
        // The volume's own list names the server, too.
        let elsewhere = shown
            .iter()
            .find_map(|one| one.server_id.as_ref().filter(|listed| **listed != server_id));
        let judged = match (judge_attachments(&all, &expected), elsewhere) {
            (Ok(one), Some(listed)) => Err(AttachmentFault::OtherServer {
                id: one.id.clone(),
                expected: server_id.clone(),
                seen: Some(listed.clone()),
            }),
            (judged, _) => judged,
        };
        match judged {
            Ok(one) => Ok(Poll::Ready(one.clone())),
            Err(wrong) => {
                let seen = wrong.summary(&format!("volume {volume}"));
                fault = Some(wrong);
                Ok(Poll::NotYet(seen))
            }
        }
    })
    .await;
    match (found, fault) {
        (Ok((attachment, _)), _) => Ok(attachment),
        (Err(_), Some(fault)) => Err(attachment_failure(volume, &fault)),
        (Err(error), None) => Err(error.into()),
    }
}

/// Requires that Nova's list of a server's volumes says the same as Cinder: that the volume is in it, with this attachment, or
/// that it is not. Nova names attachments from 2.89 on.
///
/// # Errors
/// It says otherwise for some seconds, or Nova did not answer.
pub async fn require_nova_agrees(
    context: &Context,
    volume: &VolumeName,
    server: &ServerName,
    attachment: Option<&AttachmentId>,
) -> Result<(), Failure> {
    let (id, server_id) = (context.volume(volume)?.id.clone(), context.server_id(server)?);
    let expected = match attachment {
        Some(_) => "in the server's list",
        None => "missing in the server's list",
    };
    let awaited = Awaited {
        what: &format!("Nova's record of volume {volume}"),
        expected,
        budget: context.target.budgets.command.min(RECORDS_DELAY),
        on_timeout: FailureKind::Expectation,
    };
    let mut seen = None;
    let agreed = until(&context.recorder, awaited, async || {
        seen = None;
        let listed = context.cloud.volume_attachments(&server_id).await?;
        let found = listed.into_iter().find(|one| one.volume_id == id);
        let nova = found.map(|one| one.attachment_id);
        if agrees(nova.as_ref().map(Option::as_ref), attachment) {
            return Ok(Poll::Ready(()));
        }
        let words = match &nova {
            None => "not in the list".to_owned(),
            Some(None) => "in the list".to_owned(),
            Some(Some(other)) => format!("in the list with attachment {other}"),
        };
        seen = Some(words.clone());
        Ok(Poll::NotYet(words))
    })
    .await;
    match (agreed, seen) {
        (Ok(_), _) => Ok(()),
        (Err(_), Some(seen)) => Err(nova_differs(volume, server, attachment, &seen)),
        (Err(error), None) => Err(error.into()),
    }
}

/// Whether Nova's record of a volume (nothing: not in the server's list; the inner nothing: without an attachment's id) is
/// that of Cinder.
fn agrees(nova: Option<Option<&AttachmentId>>, cinder: Option<&AttachmentId>) -> bool {
    match (nova, cinder) {
        (None, None) | (Some(None), Some(_)) => true,
        (Some(Some(nova)), Some(cinder)) => nova == cinder,
        _ => false,
    }
}

fn nova_differs(volume: &VolumeName, server: &ServerName, attachment: Option<&AttachmentId>, seen: &str) -> Failure {
    let cinder = match attachment {
        Some(id) => format!("attached to server {server} by attachment {id}"),
        None => "not attached".to_owned(),
    };
    Failure::expectation(format!(
        "Nova and Cinder disagree on whether volume {volume} is attached to server {server}"
    ))
    .detail("Cinder", cinder)
    .detail("Nova", seen)
    .help(
        "Nova's block device mapping and Cinder's attachment differ, so the next detach or shelve works on the wrong \
         one: compare `openstack server volume list` with `openstack --os-volume-api-version 3.27 volume attachment \
         list`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nova_and_cinder_agree_if_both_have_it_or_neither() {
        let (one, other) = (AttachmentId::from("a-1"), AttachmentId::from("a-2"));
        assert!(agrees(None, None));
        assert!(agrees(Some(None), Some(&one)));
        assert!(agrees(Some(Some(&one)), Some(&one)));
        assert!(!agrees(Some(Some(&other)), Some(&one)));
        assert!(!agrees(None, Some(&one)));
        assert!(!agrees(Some(None), None));
    }

    #[test]
    fn a_disagreement_says_both() {
        let (volume, server) = (
            VolumeName::new("data").expect("a name"),
            ServerName::new("app").expect("a name"),
        );
        let attachment = AttachmentId::from("a-1");
        let texts = [
            nova_differs(&volume, &server, Some(&attachment), "not in the list"),
            nova_differs(&volume, &server, None, "in the list with attachment a-1"),
        ]
        .map(|failure| failure.to_string());
        insta::assert_snapshot!("nova-differs", texts.join("\n\n"));
    }

    #[test]
    fn a_hidden_connection_is_a_failure_of_the_cloud_and_a_wrong_one_is_not() {
        let volume = VolumeName::new("data").expect("a name");
        let hidden = attachment_failure(&volume, &AttachmentFault::NoInfo(AttachmentId::from("a-1")));
        assert_eq!(hidden.kind, FailureKind::Cloud);
        let stale = attachment_failure(&volume, &AttachmentFault::GivenUp(AttachmentId::from("a-1")));
        assert_eq!(stale.kind, FailureKind::Expectation);
    }
}

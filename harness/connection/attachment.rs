//! Whether a volume's attachment is the one that it must be: to this server, attached, new, and with this volume's
//! connection info.

use std::collections::BTreeSet;

use super::info::ConnectionInfo;
use super::secret::is_masked;
use crate::cloud::{Attachment, AttachmentId, ServerId, VolumeId};
use crate::drivers::DriverProfile;

/// What a volume's attachment must be.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedAttachment<'a> {
    /// The volume.
    pub volume: &'a VolumeId,
    /// The server that the volume is attached to.
    pub server: &'a ServerId,
    /// The attachments that were given up before: none of them may come back.
    pub given_up: &'a BTreeSet<AttachmentId>,
}

/// What a volume's connection info must name.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedImage<'a> {
    /// The volume.
    pub volume: &'a VolumeId,
    /// The volume's image at the storage, for example `volume-1234`.
    pub image: &'a str,
    /// The pool that it is in; `None` if the target does not say.
    pub pool: Option<&'a str>,
}

/// What is wrong with a volume's attachment or its connection info.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachmentFault {
    /// There is none.
    None,
    /// There are several, where the volume is attached once; each in words.
    Several(Vec<String>),
    /// It is one that was given up before.
    GivenUp(AttachmentId),
    /// It is not `attached`.
    NotAttached {
        /// The attachment.
        id: AttachmentId,
        /// Its status.
        status: String,
    },
    /// It is another server's.
    OtherServer {
        /// The attachment.
        id: AttachmentId,
        /// The server that the volume is attached to.
        expected: ServerId,
        /// The server that it names; `None` for an attachment to a host.
        seen: Option<ServerId>,
    },
    /// It is another volume's.
    OtherVolume {
        /// The attachment.
        id: AttachmentId,
        /// The volume.
        expected: VolumeId,
        /// The volume that it names.
        seen: VolumeId,
    },
    /// It is attached and has no connection info that may be seen.
    NoInfo(AttachmentId),
    /// A field of its connection info names something else than this volume and this attachment.
    OtherThing {
        /// The field.
        field: String,
        /// What it must say.
        expected: String,
        /// What it says.
        seen: String,
    },
}

/// Judges the attachments that a volume shows, each as Cinder's attachments API has it: exactly one, to the server, of the
/// volume, attached, and none that was given up.
///
/// # Errors
/// It is not so.
pub fn judge_attachments<'a>(
    shown: &'a [Attachment],
    expected: &ExpectedAttachment<'_>,
) -> Result<&'a Attachment, AttachmentFault> {
    let one = match shown {
        [] => return Err(AttachmentFault::None),
        [one] => one,
        several => return Err(AttachmentFault::Several(several.iter().map(words).collect())),
    };
    let id = one.id.clone();
    if expected.given_up.contains(&id) {
        return Err(AttachmentFault::GivenUp(id));
    }
    if one.volume_id != *expected.volume {
        let (expected, seen) = (expected.volume.clone(), one.volume_id.clone());
        return Err(AttachmentFault::OtherVolume { id, expected, seen });
    }
    if one.instance.as_ref() != Some(expected.server) {
        let (expected, seen) = (expected.server.clone(), one.instance.clone());
        return Err(AttachmentFault::OtherServer { id, expected, seen });
    }
    if one.status != "attached" {
        let status = one.status.clone();
        return Err(AttachmentFault::NotAttached { id, status });
    }
    Ok(one)
}

/// Judges whether the connection info of an attachment is that of a volume: it is there, and every field that names the
/// volume, its image or the attachment names this one. A field that a driver does not have is not missed, and one that a log
/// masks is not judged.
///
/// # Errors
/// It is not so.
pub fn judge_info(
    info: &ConnectionInfo,
    attachment: &AttachmentId,
    expected: &ExpectedImage<'_>,
    profile: &DriverProfile,
) -> Result<(), AttachmentFault> {
    if info.fields().next().is_none() {
        return Err(AttachmentFault::NoInfo(attachment.clone()));
    }
    let other = |field: &str, expected: &str, seen: &str| AttachmentFault::OtherThing {
        field: field.to_owned(),
        expected: expected.to_owned(),
        seen: seen.to_owned(),
    };
    for (field, wanted) in [
        ("volume_id", expected.volume.as_str()),
        ("attachment_id", attachment.as_str()),
    ] {
        match info.get(field).filter(|value| !value.is_null() && !is_masked(value)) {
            Some(value) if value.as_str() != Some(wanted) => return Err(other(field, wanted, &value.to_string())),
            _ => {}
        }
    }
    let Some(field) = profile.fields.image.as_deref() else {
        return Ok(());
    };
    let Some(name) = info.get(field).filter(|value| !is_masked(value)) else {
        return Ok(());
    };
    let wanted = match expected.pool {
        Some(pool) => format!("{pool}/{}", expected.image),
        None => expected.image.to_owned(),
    };
    let is_it = name.as_str().is_some_and(|name| match expected.pool {
        Some(_) => name == wanted,
        None => name.rsplit('/').next() == Some(expected.image),
    });
    if is_it {
        Ok(())
    } else {
        Err(other(field, &wanted, &name.to_string()))
    }
}

/// An attachment for people.
fn words(attachment: &Attachment) -> String {
    let server = attachment.instance.as_ref().map_or("a host", ServerId::as_str);
    format!("{} ({}) to {server}", attachment.id, attachment.status)
}

impl AttachmentFault {
    /// Whether it speaks of the volume's connection (an expectation that does not hold), rather than of an API that does
    /// not show it.
    #[must_use]
    pub fn is_about_the_connection(&self) -> bool {
        !matches!(self, AttachmentFault::NoInfo(_))
    }

    /// What is wrong, in one sentence without a full stop. `volume` is what people call the volume.
    #[must_use]
    pub fn summary(&self, volume: &str) -> String {
        match self {
            AttachmentFault::None => format!("{volume} has 0 attachments"),
            AttachmentFault::Several(all) => format!("{volume} has {} attachments: {}", all.len(), all.join(", ")),
            AttachmentFault::GivenUp(id) => {
                format!("{volume} still has the attachment that was given up before: {id}")
            }
            AttachmentFault::NotAttached { id, status } => {
                format!("attachment {id} of {volume} is {status} and not attached")
            }
            AttachmentFault::OtherServer {
                id,
                expected,
                seen: Some(seen),
            } => format!("attachment {id} of {volume} is to server {seen} and not to {expected}"),
            AttachmentFault::OtherServer {
                id,
                expected,
                seen: None,
            } => {
                format!("attachment {id} of {volume} is to no server, and must be to {expected}")
            }
            AttachmentFault::OtherVolume { id, seen, .. } => {
                format!("attachment {id}, which {volume} names as its own, is that of volume {seen}")
            }
            AttachmentFault::NoInfo(id) => {
                format!(
                    "the attachments API shows no connection info of {volume}: attachment {id} is attached without any"
                )
            }
            AttachmentFault::OtherThing { field, seen, .. } => {
                format!("the connection info of {volume} is that of something else: {field} is {seen}")
            }
        }
    }

    /// Named facts.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let pair = |expected: &str, seen: String| {
            vec![("expected".to_owned(), expected.to_owned()), ("seen".to_owned(), seen)]
        };
        match self {
            AttachmentFault::None => pair("one, to the server that holds it", "none".to_owned()),
            AttachmentFault::Several(all) => pair("one, to the server that holds it", all.join("\n")),
            AttachmentFault::GivenUp(id) => pair("an attachment with an id of its own", id.to_string()),
            AttachmentFault::NotAttached { status, .. } => pair("status attached", format!("status {status}")),
            AttachmentFault::OtherServer { expected, seen, .. } => pair(
                &format!("server {expected}"),
                seen.as_ref()
                    .map_or("no server".to_owned(), |seen| format!("server {seen}")),
            ),
            AttachmentFault::OtherVolume { expected, seen, .. } => {
                pair(&format!("volume {expected}"), format!("volume {seen}"))
            }
            AttachmentFault::NoInfo(_) => pair("connection_info with what the driver returned", "{}".to_owned()),
            AttachmentFault::OtherThing { field, expected, seen } => {
                pair(&format!("{field} {expected}"), format!("{field} {seen}"))
            }
        }
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            AttachmentFault::None => "a connection can only be judged while the volume is attached",
            AttachmentFault::Several(_) => {
                "which of them the server uses, only its host knows (`virsh dumpxml`): `openstack \
                 --os-volume-api-version 3.27 volume attachment list` shows them; one of them is stale, or another \
                 user's"
            }
            AttachmentFault::GivenUp(_) => {
                "every shelve, unshelve, detach and attach makes a new attachment: either Nova kept the old connection, or what \
                 Cinder shows is old (a stale replica of its database, a cache before its API)"
            }
            AttachmentFault::NotAttached { .. } => {
                "nova-compute has not completed it: see its log for the attachment's id; only an attachment that is attached \
                 says what the server uses"
            }
            AttachmentFault::OtherServer { .. } => {
                "another user attached the volume, or Cinder's and Nova's records differ: compare `openstack server \
                 volume list` with `openstack --os-volume-api-version 3.27 volume attachment list`"
            }
            AttachmentFault::OtherVolume { .. } => {
                "Cinder's API contradicts itself: check both volumes and the attachment in its database"
            }
            AttachmentFault::NoInfo(_) => {
                "Cinder shows connection info to administrators only: check the role of the cloud's entry in clouds.yaml; if it \
                 is an administrator's, the driver returned nothing: see the cinder-volume log for the attachment's id"
            }
            AttachmentFault::OtherThing { .. } => {
                "the connection does not lead to this volume: check what libvirt was given (`virsh dumpxml`) before \
                 anything is written"
            }
        }
    }
}

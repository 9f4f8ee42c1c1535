//! A change without a known outcome.

use jiff::Timestamp;

use super::super::{Resource, ResourceKind};
use crate::cloud::{FAILBACK_ID, is_failover};

/// A change that was sent and of which it is not known whether it was done: the cloud may still begin with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnansweredChange {
    /// The HTTP method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// What was asked for, where the URL does not say.
    pub action: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
    /// What it was to make; empty for a change that makes nothing, or nothing that was intended.
    pub(super) asked_for: Vec<Resource>,
    /// Whether a success was answered, and what was made has no id yet.
    pub(super) accepted: bool,
    /// The chain that sent it. Another one that sends the same meanwhile sends its own.
    pub(super) chain: Option<String>,
}

impl UnansweredChange {
    /// Whether it asks for a failover or a failback.
    #[must_use]
    pub fn is_failover(&self) -> bool {
        is_failover(&self.url)
    }

    /// Whether it asks for the failback.
    #[must_use]
    pub fn is_failback(&self) -> bool {
        self.is_failover() && self.action.as_deref() == Some(FAILBACK_ID)
    }

    /// Whether it asks a server or a volume to do something: an action, an attachment, or its end.
    #[must_use]
    pub fn is_action(&self) -> bool {
        self.action.is_some() && !self.is_failover() || self.url.contains("/os-volume_attachments")
    }

    /// Whether it may have made this: it was to create it, or its resource is not recorded.
    pub(super) fn concerns(&self, resource: &Resource) -> bool {
        self.asked_for.is_empty() || self.asked_for.contains(resource)
    }

    /// Whether it makes things of a kind, by its method and the end of its path (the API references of Cinder, Nova and
    /// Neutron).
    pub(super) fn makes(&self, kind: ResourceKind) -> bool {
        let path = self.url.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        match kind {
            ResourceKind::Volume => self.method == "POST" && last == "volumes",
            ResourceKind::Snapshot => self.method == "POST" && last == "snapshots",
            ResourceKind::Server => self.method == "POST" && last == "servers",
            ResourceKind::KeyPair => self.method == "POST" && last == "os-keypairs",
            // A lock is a volume type.
            ResourceKind::VolumeType | ResourceKind::Lock => self.method == "POST" && last == "types",
            ResourceKind::FloatingIp => self.method == "POST" && last == "floatingips",
            ResourceKind::Freeze => self.method == "PUT" && last == "freeze",
            ResourceKind::Failover => self.is_failover() && !self.is_failback(),
            ResourceKind::Fault => false,
        }
    }
}

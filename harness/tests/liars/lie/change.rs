//! The changes that a drill makes.

use crate::proxy::Request;

/// A request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Volume,
    Server,
    Keypair,
    /// The private type that is a run's lock on the backend.
    Lock,
    /// A type of the run's own.
    Type,
    FloatingIp,
    Attach,
    Shelve,
    Unshelve,
    Stop,
    Start,
    DeleteVolume,
    DeleteServer,
    DeleteKeypair,
    DeleteLock,
    Detach,
    Failover,
    Failback,
    /// Either.
    Move,
}

impl Change {
    /// Whether a request is one.
    pub fn is(self, request: &Request) -> bool {
        let posts = |tail: &[&str]| request.method == "POST" && request.ends_with(tail);
        let deletes = |tail: &[&str]| request.method == "DELETE" && request.ends_with(tail);
        let is_lock = || String::from_utf8_lossy(&request.body).contains("cinder-drill-lock");
        let acts = |action: &str| posts(&["servers", "*", "action"]) && request.json().get(action).is_some();
        match self {
            Change::Volume => posts(&["volumes"]),
            Change::Server => posts(&["servers"]),
            Change::Keypair => posts(&["os-keypairs"]),
            Change::Lock => posts(&["types"]) && is_lock(),
            Change::Type => posts(&["types"]) && !is_lock(),
            Change::FloatingIp => posts(&["floatingips"]),
            Change::Attach => posts(&["os-volume_attachments"]),
            Change::Shelve => acts("shelve"),
            Change::Unshelve => acts("unshelve"),
            Change::Stop => acts("os-stop"),
            Change::Start => acts("os-start"),
            Change::DeleteVolume => deletes(&["volumes", "*"]),
            Change::DeleteServer => deletes(&["servers", "*"]),
            Change::DeleteKeypair => deletes(&["os-keypairs", "*"]),
            Change::DeleteLock => deletes(&["types", "*"]),
            Change::Detach => deletes(&["os-volume_attachments", "*"]),
            Change::Failover => request.failover_to().is_some_and(|to| to != "default"),
            Change::Failback => request.failover_to().is_some_and(|to| to == "default"),
            Change::Move => request.failover_to().is_some(),
        }
    }
}

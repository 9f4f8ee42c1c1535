//! Reaching a server's guest: until Nova says ACTIVE, and until SSH answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{AddressKind, Server, ServerId};
use crate::event::{Resource, ResourceKind};
use crate::failure::{Failure, FailureKind};
use crate::guest::{Guest, GuestError, Identity, Privilege};
use crate::names::{ServerName, VolumeName};
use crate::session::Context;
use crate::shell::{CommandObserver, HostKey, Keys, Shell, ShellError, SshOptions};
use crate::targets::{self, GuestAddress};
use crate::wait::{Awaited, Patience, Poll, WaitError, Waited, until};

/// How many lines of the console a failure shows.
const CONSOLE_LINES: u32 = 20;

/// How long the last attempt to reach a guest may take, at the end of the budget.
const LAST_ATTEMPT: Duration = Duration::from_millis(200);

/// A server's state in words: `status`, and `task_state` if there is one.
#[must_use]
pub fn state(server: &Server) -> String {
    match &server.task_state {
        Some(task) => format!("{}/{task}", server.status),
        None => server.status.clone(),
    }
}

/// Why a server is in ERROR.
#[must_use]
pub fn server_error(name: &ServerName, server: &Server, kind: FailureKind) -> Failure {
    let failure = Failure::new(kind, format!("server {name} went to status ERROR")).detail("server", &server.id);
    match &server.fault {
        Some(fault) => failure.detail("Nova says", &fault.message),
        None => failure,
    }
    .help("`openstack server event list` and the nova-compute log name the cause")
}

/// Waits until a server is ACTIVE with no task under way.
///
/// # Errors
/// It went to ERROR, the budget ran out, or the API did not answer.
pub async fn wait_active(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    kind: FailureKind,
) -> Result<Waited, Failure> {
    wait_status(context, name, id, "ACTIVE", context.target.budgets.server, kind).await
}

/// Waits until a server has a status with no task under way.
///
/// # Errors
/// It went to ERROR, the budget ran out, or the API did not answer.
pub async fn wait_status(
    context: &Context,
    name: &ServerName,
    id: &ServerId,
    status: &str,
    budget: Duration,
    kind: FailureKind,
) -> Result<Waited, Failure> {
    let what = format!("server {name}");
    let awaited = Awaited {
        what: &what,
        expected: status,
        budget,
        on_timeout: kind,
    };
    // Whether Nova was seen at work, and whether it did not know the server at the last look.
    let (began, mut unknown) = (AtomicBool::new(false), false);
    let glance = |server: &Server| {
        let is_at_work = server.task_state.is_some() && !["ERROR", UNKNOWN].contains(&server.status.as_str());
        is_at_work.then(|| {
            began.store(true, Ordering::Relaxed);
            state(server)
        })
    };
    let poll = async || {
        unknown = false;
        let server = context.cloud.server(id).await?;
        if server.status == "ERROR" {
            return Err(server_error(name, &server, kind));
        }
        if server.status == status && server.task_state.is_none() {
            return Ok(Poll::Ready(()));
        }
        if began.load(Ordering::Relaxed) && server.task_state.is_none() && server.status == "SHELVED_OFFLOADED" {
            return Err(still_shelved(name, id, kind));
        }
        began.fetch_or(server.task_state.is_some(), Ordering::Relaxed);
        unknown = server.status == UNKNOWN;
        Ok(Poll::NotYet(state(&server)))
    };
    let patience = Patience::default();
    let waited = context.wait_for_server(&patience, awaited, id, glance, poll).await;
    match waited {
        Ok(((), waited)) => Ok(waited),
        Err(WaitError::TimedOut(wait)) if unknown => Err(not_known(name, wait.into())),
        Err(error) => Err(error.into()),
    }
}

/// The status of a server whose cell does not answer (Nova's `api/openstack/compute/views/servers.py`).
pub(super) const UNKNOWN: &str = "UNKNOWN";

/// What it means that a wait for a server ended while Nova did not know it.
pub(super) fn not_known(name: &ServerName, failure: Failure) -> Failure {
    Failure::cloud(format!("Nova does not know the state of server {name}: it says UNKNOWN"))
        .explains(failure)
        .help(
            "the cell of its compute host does not answer nova-api: see `openstack compute service list` and the database and \
             message queue of that cell; nothing is known of the server or of its data, nor of replication",
        )
}

/// Nova began to bring a shelved server back and left it where it was.
fn still_shelved(name: &ServerName, id: &ServerId, kind: FailureKind) -> Failure {
    Failure::new(kind, format!("Nova gave up unshelving server {name}: it is SHELVED_OFFLOADED again"))
        .detail("server", id)
        .detail("expected", "ACTIVE")
        .detail("seen", "a task under way, and then SHELVED_OFFLOADED without one")
        .help("`openstack server event list` and the nova-scheduler and nova-compute logs name the cause: often no host has room")
}

/// Where a server's guest is reached: a fixed address, or a floating one that is made for it.
///
/// # Errors
/// The server has no such address, or no floating one can be made.
pub async fn address(context: &mut Context, name: &ServerName, id: &ServerId) -> Result<String, Failure> {
    let server = context.cloud.server(id).await?;
    let guest = context.target.guest.clone();
    match &guest.address {
        GuestAddress::Fixed => match server.addresses_of(AddressKind::Fixed).first() {
            Some(address) => Ok(address.to_string()),
            None => Err(Failure::cloud(format!("server {name} has no fixed address"))
                .detail("expected", format!("an address on network {}", guest.network))
                .help("check that the target's guest.network has a subnet")),
        },
        GuestAddress::Floating { network } => floating(context, name, id, network).await,
    }
}

async fn floating(context: &mut Context, name: &ServerName, id: &ServerId, external: &str) -> Result<String, Failure> {
    let network = context.cloud.network_by_name_or_id(external).await?.id;
    let ports = context.cloud.ports_of(id).await?;
    let Some(port) = ports.first() else {
        return Err(Failure::cloud(format!(
            "server {name} has no port to which a floating IP could lead"
        )));
    };
    let description = context.cloud_name(name.as_str());
    context
        .intend(Resource {
            kind: ResourceKind::FloatingIp,
            name: description.clone(),
            id: None,
        })
        .await?;
    let made = context.cloud.create_floating_ip(&network, &description).await?;
    context.made(ResourceKind::FloatingIp, made.id.as_str());
    context.cloud.associate(&made.id, &port.id).await?;
    Ok(made.address.to_string())
}

/// Why no session with a guest came about.
pub enum NotConnected {
    /// Another host key than before was shown: another machine answers, or this one was installed anew.
    HostKeyChanged(Failure),
    /// It did not answer within the budget, or could not be asked.
    Silent {
        /// Why.
        failure: Failure,
        /// The end of its console, if Nova gave it.
        console: Option<String>,
    },
}

impl NotConnected {
    fn silent(why: impl Into<Failure>) -> NotConnected {
        NotConnected::Silent {
            failure: why.into(),
            console: None,
        }
    }
}

impl From<NotConnected> for Failure {
    fn from(why: NotConnected) -> Failure {
        match why {
            NotConnected::HostKeyChanged(failure) | NotConnected::Silent { failure, .. } => failure,
        }
    }
}

/// Opens a session with a server's guest, as soon as it answers, and asks which machine it is; what the chain does in it is done in
/// that session from then on.
///
/// # Errors
/// As [`reach`].
pub async fn connect(context: &mut Context, name: &ServerName, kind: FailureKind) -> Result<Waited, NotConnected> {
    let reached = reach(context, name, kind).await?;
    let waited = reached.waited;
    reached.enter(context, name).map_err(NotConnected::silent)?;
    Ok(waited)
}

/// A guest that answered.
pub struct Reached {
    guest: Guest,
    host_key: Option<HostKey>,
    identity: Option<Identity>,
    /// How long it took.
    pub waited: Waited,
}

impl Reached {
    /// Notes who the guest is; the chain has its session from here on.
    ///
    /// # Errors
    /// The server was not made.
    pub fn enter(self, context: &mut Context, name: &ServerName) -> Result<(), Failure> {
        context.note_identity(name, self.identity.as_ref());
        let made = context.server(name)?;
        made.host_key = self.host_key;
        made.identity = self.identity;
        made.guest = Some(self.guest);
        Ok(())
    }
}

/// Opens a session with a server's guest, as soon as it answers, and asks which machine it is. Several can be reached at a time.
///
/// # Errors
/// The guest did not answer within the budget (the failure holds the end of the server's console), or showed another
/// host key than before.
pub async fn reach(context: &Context, name: &ServerName, kind: FailureKind) -> Result<Reached, NotConnected> {
    let made = context.resources.servers.get(name);
    let made = made.ok_or_else(|| NotConnected::silent(Failure::harness(format!("server {name} was not made"))))?;
    let (id, address, host_key) = (made.id.clone(), made.address.clone(), made.host_key.clone());
    let access = context.target.guest.clone();
    let options = ssh_options(context, &address, host_key);
    let what = format!("guest {name} at {address}");
    let budget = context.target.budgets.boot;
    let awaited = Awaited {
        what: &what,
        expected: "reachable over SSH",
        budget,
        on_timeout: kind,
    };
    let deadline = Instant::now() + budget;
    let reached = until(&context.recorder, awaited, async || {
        // An attempt ends with the budget: what takes longer would not count any more.
        let left = deadline.saturating_duration_since(Instant::now()).max(LAST_ATTEMPT);
        let options = SshOptions {
            connect_timeout: options.connect_timeout.min(left),
            ..options.clone()
        };
        match tokio::time::timeout(left, Shell::connect_ssh(options)).await {
            Ok(Ok(shell)) => Ok(Poll::Ready(shell)),
            // While a guest boots, its SSH server refuses connections, and then keys until they have been installed.
            Ok(Err(error @ ShellError::HostKeyChanged { .. })) => Err(error.into()),
            Ok(Err(error)) => Ok(Poll::NotYet(not_reached(&error))),
            Err(_) => Ok(Poll::NotYet(format!("{address} did not let us in in time"))),
        }
    })
    .await;
    let (shell, waited) = match reached {
        Ok(reached) => reached,
        // Its own help is the one that is true: nothing is wrong with the key or the network of a machine that answers.
        Err(WaitError::Failed(failure)) => return Err(NotConnected::HostKeyChanged(failure)),
        Err(WaitError::TimedOut(wait)) => return Err(with_console(context, &id, wait.into()).await),
    };
    let privilege = match access.privilege {
        targets::Privilege::Direct => Privilege::Direct,
        targets::Privilege::Sudo => Privilege::Sudo,
    };
    let observer = context.options.observer.clone();
    let access_timeout = context.target.budgets.command;
    let host_key = shell.host_key();
    let guest = Guest::new(shell, privilege)
        .with_timeout(access_timeout)
        .observed_by(observer.map(|observer| observer as Arc<dyn CommandObserver>));
    let identity = match guest.identity().await {
        Ok(identity) => Some(identity),
        // The session may have ended with the command, so whatever comes next would only report that.
        Err(error @ GuestError::Unanswered { .. }) => return Err(NotConnected::silent(error)),
        // A guest without an identity is not another machine.
        Err(_) => None,
    };
    Ok(Reached {
        guest,
        host_key,
        identity,
        waited,
    })
}

/// How a guest is connected to.
pub(crate) fn ssh_options(context: &Context, address: &str, host_key: Option<HostKey>) -> SshOptions {
    let access = &context.target.guest;
    SshOptions {
        connect_timeout: context.target.budgets.command.min(Duration::from_secs(10)),
        expected_host_key: host_key,
        via: access.via.clone(),
        // What is done in a guest is done in order, in one session. Its first host key is taken.
        ..SshOptions::new(address, access.port, &access.user, Keys::file(&access.key))
    }
}

/// Why a guest was not reached, with what the system said: `No route to host` and `connection timed out` are different
/// faults of a network.
fn not_reached(error: &ShellError) -> String {
    match error {
        ShellError::Unreachable { cause, .. }
        | ShellError::NoWay { cause, .. }
        | ShellError::HandshakeFailed { cause, .. } => {
            format!("{} ({cause})", error.summary())
        }
        _ => error.summary(),
    }
}

/// The device of a volume in a guest, found by its serial, never by a guess.
///
/// # Errors
/// No disk of the guest has it, or the guest cannot be asked.
pub async fn device(context: &Context, guest: &ServerName, volume: &VolumeName) -> Result<String, Failure> {
    let id = context.volume(volume)?.id.to_string();
    match context.guest(guest)?.device_of(&id).await? {
        Some(device) => Ok(device),
        None => Err(Failure::expectation(format!("guest {guest} has no disk of volume {volume}"))
            .detail("expected", format!("a disk whose serial begins volume id {id}"))
            .help("the hypervisor must give disks their volume's id as serial, as Nova's libvirt driver does for virtio")),
    }
}

/// Adds the end of the server's console to a failure: it often says why a guest does not answer.
async fn with_console(context: &Context, id: &ServerId, failure: Failure) -> NotConnected {
    let console = context.cloud.console_output(id, CONSOLE_LINES).await.ok();
    let console = console.filter(|console| !console.trim().is_empty());
    let failure = match &console {
        Some(console) => failure.detail("console", console.trim_end()),
        None => failure,
    }
    .help("check that the target's guest.user, key, port, network and security group let this machine in");
    NotConnected::Silent { failure, console }
}

//! A connection of the harness.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session, VerifiedPublicKey, run_stream};
use russh::{Channel, ChannelId, Limits, MethodKind, MethodSet, SshId};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::liar::{self, Cut};
use super::upstream::Upstream;
use super::{Command, Kind, Middle, guest_of, writer};
use crate::lie::{GuestLie, HostKey, Wire};

/// How often is looked whether the true guest is still there.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How many debug messages come with each command.
const DEBUG_MESSAGES: usize = 300;

/// Serves a connection to its end.
pub async fn serve(mut stream: TcpStream, middle: Arc<Middle>) {
    let Some(guest) = guest_of(&stream) else { return };
    let (connection, leaps, boots) = {
        let mut memory = middle.memory();
        let known = memory.of(guest);
        (known.connections + 1, known.leaps(), known.boots)
    };
    let wires = middle.wires(leaps, connection);
    for wire in &wires {
        match wire {
            Wire::Silent => return tokio::time::sleep(Duration::from_secs(600)).await,
            Wire::Tarpit => {
                // Until the harness has had enough.
                while stream
                    .write_all(&[b"x".repeat(76), b"\r\n".to_vec()].concat())
                    .await
                    .is_ok()
                {
                    tokio::time::sleep(Duration::from_micros(200)).await;
                }
                return;
            }
            Wire::Closes => return,
            _ => {}
        }
    }
    let answers = middle.whom(guest, leaps, connection);
    // The user is known at the authentication only; simcloud's guests know no other.
    let key = Arc::clone(&middle.client_key);
    let Some(upstream) = Upstream::open(SocketAddr::new(answers, middle.guest_port), "root", key).await else {
        middle.note(format!("{guest}: nobody there"));
        return;
    };
    middle.note(format!(
        "{guest}: connection {connection}, leap {leaps}, answered by {answers}, {wires:?}"
    ));
    middle.memory().of(guest).connections = connection;
    let upstream = Arc::new(upstream);
    middle.upstreams().insert(answers, Arc::clone(&upstream));
    let Some(cut) = Cut::of(stream) else { return };
    let (stream, cut) = cut;
    tokio::spawn(follow(
        Arc::clone(&middle),
        guest,
        boots,
        Arc::clone(&upstream),
        cut.clone(),
    ));
    let config = config(&middle, &wires);
    let handler = Connection {
        middle,
        guest,
        connection,
        upstream,
        cut,
        wires,
        inputs: HashMap::new(),
    };
    if let Ok(session) = run_stream(Arc::new(config), stream, handler).await {
        // How it ends is the harness's matter.
        session.await.ok();
    }
}

/// Cuts the connection when the true guest is gone, and remembers that it went.
async fn follow(middle: Arc<Middle>, guest: IpAddr, boots: usize, upstream: Arc<Upstream>, cut: Cut) {
    while !upstream.is_closed() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    {
        let mut memory = middle.memory();
        let known = memory.of(guest);
        // Another connection may have told it already.
        if known.boots == boots {
            known.boots += 1;
        }
    }
    cut.now();
}

fn config(middle: &Middle, wires: &[Wire]) -> Config {
    let mut config = Config {
        methods: MethodSet::from([MethodKind::PublicKey].as_slice()),
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        nodelay: true,
        inactivity_timeout: None,
        ..Config::default()
    };
    let mut key = HostKey::Usual;
    for wire in wires {
        match wire {
            Wire::Version(version) => config.server_id = SshId::Standard(Cow::Borrowed(*version)),
            Wire::Rekeys(bytes) => config.limits = Limits::new(*bytes, *bytes, Duration::from_secs(3600)),
            Wire::Narrow(bytes) => {
                config.window_size = *bytes;
                config.maximum_packet_size = *bytes;
            }
            Wire::Key(other) => key = *other,
            _ => {}
        }
    }
    config.keys = vec![middle.host_keys[key as usize].clone()];
    config
}

/// One connection of the harness.
pub struct Connection {
    middle: Arc<Middle>,
    guest: IpAddr,
    connection: usize,
    upstream: Arc<Upstream>,
    cut: Cut,
    wires: Vec<Wire>,
    inputs: HashMap<ChannelId, UnboundedSender<Vec<u8>>>,
}

impl Connection {
    fn is(&self, wire: Wire) -> bool {
        self.wires.contains(&wire)
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        let length = self.wires.iter().find_map(|wire| match wire {
            Wire::Banner(length) => Some(*length),
            _ => None,
        });
        Ok(length.map(|length| "\u{1b}[31mAuthorised users only\u{1b}[0m\r\n".repeat(length / 32)))
    }

    async fn auth_publickey(&mut self, user: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        if user != "root" || self.is(Wire::RefusesKeys) {
            return Ok(Auth::reject());
        }
        Ok(Auth::Accept)
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.is(Wire::CutsWhenUsed) {
            self.cut.now();
        }
        if self.is(Wire::RefusesChannels) {
            // Not accepting it refuses it.
            drop(reply);
            return Ok(());
        }
        reply.accept().await;
        Ok(())
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], _: &mut Session) -> Result<(), Self::Error> {
        if let Some(input) = self.inputs.get(&channel) {
            // A command that was answered reads no more.
            input.send(data.to_vec()).ok();
        }
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.inputs.remove(&channel);
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let line = String::from_utf8_lossy(data).into_owned();
        let Some(command) = Command::parse(&line) else {
            self.middle.note(format!("{}: not understood: {line}", self.guest));
            return session.channel_failure(channel);
        };
        if self.is(Wire::RefusesCommands) {
            return session.channel_failure(channel);
        }
        if self.is(Wire::DebugFlood) {
            for _ in 0..DEBUG_MESSAGES {
                session.debug(false, "debug1: nothing of interest happened just now", "")?;
            }
        }
        session.channel_success(channel)?;
        let (input, mut inputs) = unbounded_channel::<Vec<u8>>();
        self.inputs.insert(channel, input);
        let handle = session.handle();
        let asked = liar::Asked {
            middle: Arc::clone(&self.middle),
            guest: self.guest,
            connection: self.connection,
            upstream: Arc::clone(&self.upstream),
            cut: self.cut.clone(),
            command,
        };
        if asked.command.is(Kind::Writer) {
            tokio::spawn(writer::relay(asked, inputs, session.handle(), channel));
            return Ok(());
        }
        tokio::spawn(async move {
            let mut stdin = Vec::new();
            while let Some(bytes) = inputs.recv().await {
                stdin.extend_from_slice(&bytes);
            }
            liar::answer(asked, stdin, &handle, channel).await;
        });
        Ok(())
    }
}

impl Middle {
    /// How a connection is to be.
    fn wires(&self, leaps: usize, connection: usize) -> Vec<Wire> {
        let mut memory = self.memory();
        let mut wires = Vec::new();
        for (index, lie) in self.lies.iter().enumerate() {
            let GuestLie::Wire(when, wire) = lie else { continue };
            if when.has_come(leaps, connection) && when.counts(memory.fit(index)) {
                wires.push(*wire);
                memory.lied += 1;
            }
        }
        wires
    }

    /// Who answers at the address of a guest.
    fn whom(&self, guest: IpAddr, leaps: usize, connection: usize) -> IpAddr {
        let mut memory = self.memory();
        let led = self.lies.iter().any(|lie| match lie {
            GuestLie::LeadsToTwin(when) => {
                when.has_come(leaps, connection) && (!when.first_guest || memory.is_first(guest))
            }
            _ => false,
        });
        if !led {
            return guest;
        }
        memory.lied += 1;
        memory.other_than(guest)
    }
}

impl Cut {
    /// A handle by which a connection can be cut, beside the connection.
    fn of(stream: TcpStream) -> Option<(TcpStream, Cut)> {
        stream.set_nodelay(true).ok()?;
        let stream = stream.into_std().ok()?;
        let clone = stream.try_clone().ok()?;
        Some((TcpStream::from_std(stream).ok()?, Cut::new(clone)))
    }
}

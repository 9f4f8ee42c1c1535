//! A real SSH server that can be told to misbehave. It runs commands with this machine's `/bin/sh`.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, EcdsaCurve, PrivateKey, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handle, Handler, Msg, Session, VerifiedPublicKey, run_stream};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::shell::{Keys, Shell, SshOptions};

/// What the server does with command lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shell) enum Behaviour {
    /// Runs them.
    Normal,
    /// Runs them, but tells no exit status.
    WithoutExitStatus,
    /// Runs them, but tells this exit status.
    Lying(u32),
    /// Closes the channel without running them.
    ClosingChannels,
    /// Says that a signal ended them, without running them.
    Killing,
    /// Takes them and does nothing.
    Hanging,
    /// Runs them, but leaves the channel open.
    NeverClosing,
    /// Cuts the connection when one comes.
    Cutting,
    /// Does not let one be started.
    RefusingCommands,
}

#[derive(Clone)]
struct State {
    behaviour: Arc<Mutex<Behaviour>>,
    commands: Arc<AtomicUsize>,
    connections: Arc<Mutex<Vec<std::net::TcpStream>>>,
    host_key: Arc<Mutex<PrivateKey>>,
    client_key: PublicKey,
    path: String,
    methods: Arc<Mutex<MethodKind>>,
}

/// The server. It ends with the test's runtime.
pub(crate) struct Server {
    state: State,
    address: SocketAddr,
    folder: TempDir,
}

/// An ECDSA P-256 key.
pub(in crate::shell) fn new_key() -> PrivateKey {
    PrivateKey::random(
        &mut rand::rng(),
        Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256,
        },
    )
    .unwrap()
}

impl Server {
    pub(crate) async fn start() -> Server {
        let client_key = new_key();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("key"),
            client_key.to_openssh(LineEnding::LF).unwrap().as_bytes(),
        )
        .unwrap();
        let state = State {
            behaviour: Arc::new(Mutex::new(Behaviour::Normal)),
            commands: Arc::default(),
            connections: Arc::default(),
            host_key: Arc::new(Mutex::new(new_key())),
            client_key: client_key.public_key().clone(),
            path: format!(
                "{}:{}",
                folder.path().join("bin").display(),
                std::env::var("PATH").unwrap()
            ),
            methods: Arc::new(Mutex::new(MethodKind::PublicKey)),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(accept(listener, state.clone()));
        Server { state, address, folder }
    }

    pub(in crate::shell) fn options(&self) -> SshOptions {
        let host = self.address.ip().to_string();
        SshOptions {
            connect_timeout: Duration::from_secs(20),
            ..SshOptions::new(&host, self.address.port(), "root", Keys::file(self.key()))
        }
    }

    /// The file of the key that the server lets in.
    pub(in crate::shell) fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    /// Makes another file beside the key.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Puts a script for `/bin/sh` before the programs of that name. It finds the server's folder in `$FOLDER`.
    pub(crate) fn command(&self, name: &str, script: &str) {
        let folder = self.folder.path();
        std::fs::create_dir_all(folder.join("bin")).unwrap();
        let path = folder.join("bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\nFOLDER={}\n{script}\n", folder.display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Opens a shell at the server.
    pub(crate) async fn shell(&self) -> Shell {
        Shell::connect_ssh(self.options()).await.unwrap()
    }

    /// The server's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(in crate::shell) fn behave(&self, behaviour: Behaviour) {
        *self.state.behaviour.lock().unwrap() = behaviour;
    }

    pub(in crate::shell) fn show_host_key(&self, key: PrivateKey) {
        *self.state.host_key.lock().unwrap() = key;
    }

    /// Lets users in by this method only.
    pub(in crate::shell) fn offer(&self, method: MethodKind) {
        *self.state.methods.lock().unwrap() = method;
    }

    /// How many commands came so far.
    pub(in crate::shell) fn commands(&self) -> usize {
        self.state.commands.load(Ordering::SeqCst)
    }

    /// How many connections came so far.
    pub(in crate::shell) fn connections(&self) -> usize {
        self.state.connections.lock().unwrap().len()
    }

    /// Cuts all connections.
    pub(in crate::shell) fn cut(&self) {
        self.state.cut();
    }
}

impl State {
    fn cut(&self) {
        for connection in &*self.connections.lock().unwrap() {
            connection.shutdown(std::net::Shutdown::Both).ok();
        }
    }
}

async fn accept(listener: TcpListener, state: State) {
    while let Ok((stream, _)) = listener.accept().await {
        let stream = stream.into_std().unwrap();
        state.connections.lock().unwrap().push(stream.try_clone().unwrap());
        let config = Config {
            methods: MethodSet::from([*state.methods.lock().unwrap()].as_slice()),
            auth_rejection_time: Duration::ZERO,
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![state.host_key.lock().unwrap().clone()],
            nodelay: true,
            ..Config::default()
        };
        let connection = Connection {
            state: state.clone(),
            stdin: None,
        };
        tokio::spawn(async move {
            let stream = TcpStream::from_std(stream).unwrap();
            if let Ok(session) = run_stream(Arc::new(config), stream, connection).await {
                session.await.ok();
            }
        });
    }
}

struct Connection {
    state: State,
    stdin: Option<UnboundedSender<Vec<u8>>>,
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        let offered = *self.state.methods.lock().unwrap() == MethodKind::PublicKey;
        let known = offered && user == "root" && key.public_key.key_data() == self.state.client_key.key_data();
        Ok(if known { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn data(&mut self, _: ChannelId, data: &[u8], _: &mut Session) -> Result<(), Self::Error> {
        if let Some(stdin) = &self.stdin {
            stdin.send(data.to_vec()).ok();
        }
        Ok(())
    }

    async fn channel_eof(&mut self, _: ChannelId, _: &mut Session) -> Result<(), Self::Error> {
        self.stdin = None;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.state.commands.fetch_add(1, Ordering::SeqCst);
        let behaviour = *self.state.behaviour.lock().unwrap();
        let handle = session.handle();
        match behaviour {
            Behaviour::RefusingCommands => session.channel_failure(channel)?,
            Behaviour::Cutting => self.state.cut(),
            Behaviour::Hanging => session.channel_success(channel)?,
            Behaviour::ClosingChannels => {
                session.channel_success(channel)?;
                session.eof(channel)?;
                session.close(channel)?;
            }
            Behaviour::Killing => {
                session.channel_success(channel)?;
                session.exit_signal_request(channel, russh::Sig::KILL, false, "killed", "")?;
                session.eof(channel)?;
                session.close(channel)?;
            }
            Behaviour::Normal | Behaviour::WithoutExitStatus | Behaviour::Lying(_) | Behaviour::NeverClosing => {
                session.channel_success(channel)?;
                let (stdin, input) = unbounded_channel();
                self.stdin = Some(stdin);
                let command = String::from_utf8_lossy(data).into_owned();
                tokio::spawn(execute(
                    command,
                    self.state.path.clone(),
                    input,
                    handle,
                    channel,
                    behaviour,
                ));
            }
        }
        Ok(())
    }
}

async fn execute(
    command: String,
    path: String,
    mut input: UnboundedReceiver<Vec<u8>>,
    handle: Handle,
    channel: ChannelId,
    behaviour: Behaviour,
) {
    let mut child = tokio::process::Command::new("/bin/sh")
        .args(["-c", &command])
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (mut stdin, stdout, stderr) = (
        child.stdin.take().unwrap(),
        child.stdout.take().unwrap(),
        child.stderr.take().unwrap(),
    );
    tokio::spawn(async move {
        while let Some(bytes) = input.recv().await {
            if stdin.write_all(&bytes).await.is_err() {
                break;
            }
        }
    });
    tokio::join!(
        copy(stdout, &handle, channel, false),
        copy(stderr, &handle, channel, true)
    );
    let status = child.wait().await.unwrap().code().unwrap_or(255);
    match behaviour {
        Behaviour::WithoutExitStatus => {}
        // A client that has heard enough is gone by now.
        Behaviour::Lying(status) => drop(handle.exit_status_request(channel, status).await),
        _ => drop(
            handle
                .exit_status_request(channel, u32::try_from(status).unwrap())
                .await,
        ),
    }
    handle.eof(channel).await.ok();
    if behaviour != Behaviour::NeverClosing {
        handle.close(channel).await.ok();
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, handle: &Handle, channel: ChannelId, is_stderr: bool) {
    let mut chunk = vec![0; 30_000];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        let bytes = chunk[..length].to_vec();
        let sent = if is_stderr {
            handle.extended_data(channel, 1, bytes).await
        } else {
            handle.data(channel, bytes).await
        };
        if sent.is_err() {
            break;
        }
    }
}

//! From an address to a session that may run commands. All of it blocks, and is for the session's own thread.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use socket2::{SockRef, TcpKeepalive};
use ssh2::{ErrorCode, MethodType, Session};

use super::agent::Answering;
use super::key_file::KeyFile;
use super::options::SshOptions;
use super::proxy::Proxy;
use crate::shell::error::NotTrusted;
use crate::shell::trust::{Known, known, known_hosts_files};
use crate::shell::{HostKey, ShellError, Trust, passphrase};

/// libssh2's error numbers (its `libssh2.h`).
mod libssh2 {
    pub const FILE: i32 = -16;
    pub const KEYFILE_AUTH_FAILED: i32 = -48;
    pub const AUTHENTICATION_FAILED: i32 = -18;
    pub const PUBLICKEY_UNVERIFIED: i32 = -19;
    pub const METHOD_NOT_SUPPORTED: i32 = -33;
    pub const ALGO_UNSUPPORTED: i32 = -51;
    pub const AGENT_PROTOCOL: i32 = -42;
}

/// How long an attempt to connect may go without any answer before a new one begins. The kernel's own repetitions of a SYN
/// soon lie 2, 4 and 8 s apart, so a guest which comes up in between would be noticed that much too late.
const LONGEST_SILENCE: Duration = Duration::from_secs(2);

/// An open session and what it takes to end it.
pub(super) struct Connected {
    pub session: Session,
    /// The session's socket, to wait for it and to cut it.
    pub socket: TcpStream,
    pub host_key: HostKey,
    /// Whether the host key is known: by the target, or a `known_hosts`.
    pub vouched: bool,
    /// The program that made the connection, which ends with it.
    _proxy: Option<Proxy>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        cut(&self.socket);
    }
}

/// Cuts a connection. Without this libssh2 says farewell when a channel or session is dropped, and waits a time-out for
/// each answer from a machine that may be gone.
pub(super) fn cut(socket: &TcpStream) {
    // It fails only if the other end has cut it already.
    let _ = socket.shutdown(std::net::Shutdown::Both);
}

/// The types of host keys that a server may be asked for one after the other: of those that it has it shows one, which need not
/// be the one that a `known_hosts` has.
const HOST_KEY_TYPES: [&str; 3] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521",
    "rsa-sha2-512,rsa-sha2-256,ssh-rsa",
];

/// Opens a session.
pub(super) fn connect(options: &SshOptions) -> Result<Connected, ShellError> {
    let keys = read_keys(options)?;
    let deadline = Instant::now() + options.connect_timeout;
    let mut connected = handshake(options, deadline, None)?;
    match require_trusted(options, &connected) {
        Ok(vouched) => connected.vouched = vouched,
        Err(untrusted) => {
            // It may have a key of another type, too, that is known.
            let by_type = |types| {
                let mut connected = handshake(options, deadline, Some(types)).ok()?;
                connected.vouched = require_trusted(options, &connected).ok()?;
                Some(connected)
            };
            connected = HOST_KEY_TYPES.into_iter().find_map(by_type).ok_or(untrusted)?;
        }
    }
    connected.session.set_timeout(milliseconds_until(deadline));
    authenticate(&connected.session, options, &keys)?;
    Ok(connected)
}

/// Requires that the server shows the key that it showed before or, the first time, one that is trusted. Answers whether
/// somebody vouches for it.
fn require_trusted(options: &SshOptions, connected: &Connected) -> Result<bool, ShellError> {
    let (address, seen) = (options.address(), connected.host_key.clone());
    if let Some(expected) = &options.expected_host_key {
        return if *expected == seen {
            Ok(false)
        } else {
            let expected = expected.clone();
            Err(ShellError::HostKeyChanged {
                address,
                expected,
                seen,
            })
        };
    }
    let files = options.known_hosts.files.clone().unwrap_or_else(known_hosts_files);
    let looked_in = || {
        files
            .iter()
            .map(|file| file.display().to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let refused = |why| {
        let seen = Box::new(seen);
        Err(ShellError::HostKeyNotTrusted { address, seen, why })
    };
    let known = || {
        let (blob, _) = connected
            .session
            .host_key()
            .unwrap_or((&[], ssh2::HostKeyType::Unknown));
        // An alias stands for host and port.
        let (host, port) = match &options.known_hosts.alias {
            Some(alias) => (alias.as_str(), 22),
            None => (options.host.as_str(), options.port),
        };
        known(&connected.session, &files, host, port, blob)
    };
    match &options.trust {
        Trust::FirstUse => Ok(false),
        Trust::Declared(rule) if rule.is(&connected.host_key) => Ok(true),
        Trust::Declared(rule) => refused(NotTrusted::Declared(rule.to_string())),
        Trust::KnownHosts | Trust::AcceptNew => match known() {
            Known::Same => Ok(true),
            Known::Another => refused(NotTrusted::Another(looked_in())),
            Known::Not if options.trust == Trust::AcceptNew => Ok(false),
            Known::Not | Known::Unreadable => refused(NotTrusted::Unknown(looked_in())),
        },
    }
}

/// Opens a connection as far as the server's host key, of these types or of any.
fn handshake(options: &SshOptions, deadline: Instant, types: Option<&str>) -> Result<Connected, ShellError> {
    let address = options.address();
    let (stream, mut proxy) = match &options.via {
        None => (open_socket(options, deadline, LONGEST_SILENCE)?, None),
        Some(via) => {
            let started = via
                .line(options)
                .and_then(|line| Proxy::start(&line).map_err(|error| error.to_string()));
            let (stream, proxy) = started.map_err(|cause| ShellError::NoWay {
                address: address.clone(),
                cause,
            })?;
            (stream, Some(proxy))
        }
    };
    let failed = |cause: String| ShellError::HandshakeFailed {
        address: address.clone(),
        cause,
    };
    let socket = stream.try_clone().map_err(|error| failed(error.to_string()))?;
    let mut session = Session::new().map_err(|error| failed(error.to_string()))?;
    if let Some(types) = types {
        session
            .method_pref(MethodType::HostKey, types)
            .map_err(|error| failed(error.message().to_owned()))?;
    }
    session.set_tcp_stream(stream);
    session.set_timeout(milliseconds_until(deadline));
    if let Err(error) = session.handshake() {
        cut(&socket);
        return Err(match proxy.as_mut().map(Proxy::last_words) {
            // It is the program that knows why nobody is there.
            Some(said) if !said.is_empty() => ShellError::NoWay { address, cause: said },
            Some(_) => ShellError::NoWay {
                address,
                cause: error.message().to_owned(),
            },
            None => failed(error.message().to_owned()),
        });
    }
    let mut connected = Connected {
        session,
        socket,
        host_key: HostKey::of_blob(&[]),
        vouched: false,
        _proxy: proxy,
    };
    let (blob, _) = connected
        .session
        .host_key()
        .ok_or_else(|| failed("the server showed no host key".to_owned()))?;
    connected.host_key = HostKey::of_blob(blob);
    Ok(connected)
}

/// The keys in files that may let the user in. They are read before anything is sent, so a wrong path is not taken for a refusal.
fn read_keys(options: &SshOptions) -> Result<Vec<KeyFile>, ShellError> {
    let mut keys = Vec::new();
    for path in &options.keys.files {
        match KeyFile::read(path) {
            Ok(key) => keys.push(key),
            Err(why) if options.keys.must_be_there => {
                return Err(ShellError::KeyUnreadable {
                    path: path.clone(),
                    cause: why.words(),
                });
            }
            // OpenSSH names the usual files, of which most are not there; or the public half of a key that the agent has.
            Err(_) => keys.extend(KeyFile::public_half(path)),
        }
    }
    Ok(keys)
}

fn open_socket(options: &SshOptions, deadline: Instant, longest_silence: Duration) -> Result<TcpStream, ShellError> {
    let address = options.address();
    let unreachable = |cause: String| ShellError::Unreachable {
        address: address.clone(),
        cause,
    };
    let addresses = (options.host.as_str(), options.port)
        .to_socket_addrs()
        .map_err(|error| unreachable(error.to_string()))?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    loop {
        let mut last = unreachable("the name has no address".to_owned());
        let mut silent = false;
        for socket_address in &addresses {
            let left = deadline
                .saturating_duration_since(Instant::now())
                .clamp(Duration::from_millis(1), longest_silence);
            match TcpStream::connect_timeout(socket_address, left) {
                Ok(stream) => {
                    tune(&stream).map_err(|error| unreachable(error.to_string()))?;
                    return Ok(stream);
                }
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    last = ShellError::ConnectionRefused {
                        address: address.clone(),
                    };
                }
                Err(error) => {
                    silent |= error.kind() == ErrorKind::TimedOut;
                    last = unreachable(error.to_string());
                }
            }
        }
        if !silent || Instant::now() >= deadline {
            return Err(last);
        }
    }
}

/// Without `TCP_NODELAY` each command waits about 40 ms for a delayed acknowledgement. The keepalive is TCP's: libssh2's
/// own shortens the session's time-out.
fn tune(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(15))
        .with_interval(Duration::from_secs(5));
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}

fn authenticate(session: &Session, options: &SshOptions, keys: &[KeyFile]) -> Result<(), ShellError> {
    // Asking for the methods is an attempt to log in without any; a server may let the user in by that.
    let offered: Vec<String> = match session.auth_methods(&options.user) {
        Ok(methods) => methods
            .split(',')
            .filter(|method| !method.is_empty())
            .map(str::to_owned)
            .collect(),
        Err(_) if session.authenticated() => return Ok(()),
        Err(error) => return Err(broken_off(options, &error)),
    };
    let agent = Answering::of(session, &options.keys.agent);
    let mut tried = Tried::default();
    for key in keys {
        let path = key.path.display().to_string();
        let in_agent = agent
            .as_ref()
            .and_then(|agent| Some((agent, agent.with(key.public.as_deref())?)));
        let passphrase = if key.is_locked { passphrase::of(&key.path) } else { None };
        let result = match (in_agent, key.is_locked, &passphrase) {
            (Some((agent, identity)), locked, _) if locked || !options.keys.must_be_there => {
                tried.names.push(format!("{path}, by the agent"));
                agent.log_in(&options.user, identity)
            }
            _ if key.text.is_empty() => continue,
            (_, true, None) => {
                tried.locked.push(key);
                continue;
            }
            _ => {
                tried.names.push(path);
                let passphrase = passphrase.as_ref().map(SecretString::expose_secret);
                session.userauth_pubkey_memory(&options.user, None, &key.text, passphrase)
            }
        };
        if tried.let_in(options, result, Some(key))? {
            return Ok(());
        }
    }
    for (agent, identity) in agent
        .iter()
        .flat_map(|agent| agent.identities.iter().map(move |it| (agent, it)))
    {
        let is_known = keys.iter().any(|key| key.public.as_deref() == Some(identity.blob()));
        if options.keys.only_these || is_known {
            continue;
        }
        tried.names.push(format!("{} of the agent", identity.comment()));
        if tried.let_in(options, agent.log_in(&options.user, identity), None)? {
            return Ok(());
        }
    }
    Err(tried.failure(options, agent.is_some(), offered))
}

/// What did not let the user in.
#[derive(Default)]
struct Tried<'a> {
    /// The keys that were shown to the server.
    names: Vec<String>,
    /// The files whose passphrase nobody knows.
    locked: Vec<&'a KeyFile>,
    /// The file that cannot be used, and what libssh2 says of it.
    unusable: Option<(&'a KeyFile, String)>,
    /// What libssh2 said last.
    cause: String,
}

impl<'a> Tried<'a> {
    /// Whether a key let the user in. What a server refused leaves others to be tried.
    fn let_in(
        &mut self,
        options: &SshOptions,
        result: Result<(), ssh2::Error>,
        key: Option<&'a KeyFile>,
    ) -> Result<bool, ShellError> {
        let Err(error) = result else { return Ok(true) };
        match error.code() {
            ErrorCode::Session(libssh2::FILE | libssh2::KEYFILE_AUTH_FAILED) if key.is_some() => {
                self.names.pop();
                self.unusable = key.map(|key| (key, error.message().to_owned()));
            }
            ErrorCode::Session(
                libssh2::AUTHENTICATION_FAILED
                | libssh2::PUBLICKEY_UNVERIFIED
                | libssh2::METHOD_NOT_SUPPORTED
                | libssh2::ALGO_UNSUPPORTED
                | libssh2::AGENT_PROTOCOL,
            ) => error.message().clone_into(&mut self.cause),
            _ => return Err(broken_off(options, &error)),
        }
        Ok(false)
    }

    /// Why nobody was let in.
    fn failure(self, options: &SshOptions, agent_answers: bool, offered: Vec<String>) -> ShellError {
        let unreadable = |key: &KeyFile, cause: String| ShellError::KeyUnreadable {
            path: key.path.clone(),
            cause,
        };
        if self.names.is_empty() {
            if let Some((key, said)) = self.unusable {
                let said = if key.is_locked {
                    format!("its passphrase does not open it ({said})")
                } else {
                    said
                };
                return unreadable(key, said);
            }
            if let Some(key) = self.locked.first() {
                let agent = if agent_answers {
                    "and the SSH agent does not have it"
                } else {
                    "and no SSH agent answers"
                };
                let variable = passphrase::VARIABLE;
                return unreadable(key, format!("it has a passphrase, {variable} is not set, {agent}"));
            }
        }
        let cause = match (self.names.is_empty(), agent_answers) {
            (false, _) => self.cause,
            (true, true) => "the SSH agent has no key, and no file was named".to_owned(),
            (true, false) => "no key was named, and no SSH agent answers at SSH_AUTH_SOCK".to_owned(),
        };
        ShellError::AuthenticationRefused {
            address: options.address(),
            user: options.user.clone(),
            keys: self.names,
            offered,
            cause,
        }
    }
}

/// The server went away, or stopped to answer, while it was asked to let the user in.
fn broken_off(options: &SshOptions, error: &ssh2::Error) -> ShellError {
    let cause = format!("during the authentication: {}", error.message());
    ShellError::HandshakeFailed {
        address: options.address(),
        cause,
    }
}

/// The time left, as libssh2 takes it: never 0, which would be for ever.
pub(super) fn milliseconds_until(deadline: Instant) -> u32 {
    let left = deadline.saturating_duration_since(Instant::now()).as_millis();
    u32::try_from(left).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Keys;
    use crate::shell::tests::server::Server;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_connection_waits_for_no_delayed_acknowledgement_and_notices_a_dead_peer() {
        let server = Server::start().await;
        let options = server.options();
        let connected = tokio::task::spawn_blocking(move || connect(&options))
            .await
            .unwrap()
            .unwrap();
        assert!(connected.socket.nodelay().unwrap());
        assert!(SockRef::from(&connected.socket).keepalive().unwrap());
        assert_ne!(connected.session.timeout(), 0, "a time-out of 0 is none");
    }

    /// A listener whose queue is full: it drops what comes, as the address of a guest does that has not booted yet. With
    /// the connection that fills the queue.
    fn silent_listener() -> (socket2::Socket, TcpStream, SshOptions) {
        let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        let in_the_queue = TcpStream::connect(address).unwrap();
        let host = address.ip().to_string();
        let options = SshOptions::new(&host, address.port(), "root", Keys::file("unused"));
        (listener, in_the_queue, options)
    }

    #[test]
    fn a_machine_that_comes_up_is_noticed_soon() {
        let (listener, _in_the_queue, options) = silent_listener();
        let began = Instant::now();
        let deadline = began + options.connect_timeout;
        let connecting = std::thread::spawn(move || open_socket(&options, deadline, Duration::from_millis(100)));
        // Just after the first SYN that the kernel repeats, at 1 s; the next one is at 2 s, or at 3 s before Linux 6.5.
        let boot = Duration::from_millis(1100);
        std::thread::sleep(boot);
        let _first = listener.accept().unwrap();
        connecting.join().unwrap().expect("a connection");
        let late = began.elapsed() - boot;
        assert!(late < Duration::from_millis(800), "noticed {late:?} late");
    }

    #[test]
    fn what_never_answers_is_given_up_in_time() {
        let (_listener, _in_the_queue, options) = silent_listener();
        let began = Instant::now();
        let error = open_socket(&options, began + Duration::from_millis(300), LONGEST_SILENCE).unwrap_err();
        assert!(matches!(error, ShellError::Unreachable { .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn no_time_left_is_not_for_ever() {
        assert_eq!(milliseconds_until(Instant::now()), 1);
    }
}

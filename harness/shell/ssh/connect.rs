//! From an address to a session that may run commands. All of it blocks, and is for the session's own thread.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use ssh2::{ErrorCode, MethodType, Session};

use super::options::SshOptions;
use crate::shell::error::NotTrusted;
use crate::shell::trust::{Known, known, known_hosts_files};
use crate::shell::{HostKey, ShellError, Trust};

/// libssh2's error numbers (its `libssh2.h`).
mod libssh2 {
    pub const FILE: i32 = -16;
    pub const KEYFILE_AUTH_FAILED: i32 = -48;
    pub const AUTHENTICATION_FAILED: i32 = -18;
    pub const PUBLICKEY_UNVERIFIED: i32 = -19;
    pub const METHOD_NOT_SUPPORTED: i32 = -33;
    pub const ALGO_UNSUPPORTED: i32 = -51;
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
    let private_key = read_key(options)?;
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
    authenticate(&connected.session, options, &private_key)?;
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
    let files = known_hosts_files();
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
        known(&connected.session, &files, &options.host, options.port, blob)
    };
    match &options.trust {
        Trust::FirstUse => Ok(false),
        Trust::Declared(rule) if rule.is(&connected.host_key) => Ok(true),
        Trust::Declared(rule) => refused(NotTrusted::Declared(rule.to_string())),
        Trust::KnownHosts | Trust::AcceptNew => match known() {
            Known::Same => Ok(true),
            Known::Another => refused(NotTrusted::Another(looked_in())),
            Known::Not if options.trust == Trust::AcceptNew => Ok(false),
            Known::Not => refused(NotTrusted::Unknown(looked_in())),
        },
    }
}

/// Opens a connection as far as the server's host key, of these types or of any.
fn handshake(options: &SshOptions, deadline: Instant, types: Option<&str>) -> Result<Connected, ShellError> {
    let stream = open_socket(options, deadline, LONGEST_SILENCE)?;
    let address = options.address();
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
    let mut connected = Connected {
        session,
        socket,
        host_key: HostKey::of_blob(&[]),
        vouched: false,
    };
    connected
        .session
        .handshake()
        .map_err(|error| failed(error.message().to_owned()))?;
    let (blob, _) = connected
        .session
        .host_key()
        .ok_or_else(|| failed("the server showed no host key".to_owned()))?;
    connected.host_key = HostKey::of_blob(blob);
    Ok(connected)
}

/// The private key's text. It is read before anything is sent, so a wrong path is not taken for a refusal.
fn read_key(options: &SshOptions) -> Result<String, ShellError> {
    let unreadable = |cause: String| ShellError::KeyUnreadable {
        path: options.key.clone(),
        cause,
    };
    let text = std::fs::read_to_string(&options.key).map_err(|error| unreadable(error.to_string()))?;
    if text.contains("PRIVATE KEY-----") {
        Ok(text)
    } else if ["ssh-", "ecdsa-", "sk-"].iter().any(|start| text.starts_with(start)) {
        Err(unreadable("it is a public key".to_owned()))
    } else {
        Err(unreadable("it contains no private key".to_owned()))
    }
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

fn authenticate(session: &Session, options: &SshOptions, private_key: &str) -> Result<(), ShellError> {
    let refused = |offered: Vec<String>, cause: &str| ShellError::AuthenticationRefused {
        address: options.address(),
        user: options.user.clone(),
        key: options.key.clone(),
        offered,
        cause: cause.to_owned(),
    };
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
    match session.userauth_pubkey_memory(&options.user, None, private_key, None) {
        Ok(()) => Ok(()),
        Err(error) => Err(match error.code() {
            ErrorCode::Session(libssh2::FILE | libssh2::KEYFILE_AUTH_FAILED) => ShellError::KeyUnreadable {
                path: options.key.clone(),
                cause: format!(
                    "{} (has it a passphrase, or a type other than RSA, ECDSA or Ed25519?)",
                    error.message()
                ),
            },
            ErrorCode::Session(
                libssh2::AUTHENTICATION_FAILED
                | libssh2::PUBLICKEY_UNVERIFIED
                | libssh2::METHOD_NOT_SUPPORTED
                | libssh2::ALGO_UNSUPPORTED,
            ) => refused(offered, error.message()),
            _ => broken_off(options, &error),
        }),
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
        let options = SshOptions {
            host: address.ip().to_string(),
            port: address.port(),
            user: "root".to_owned(),
            key: "unused".into(),
            connect_timeout: Duration::from_secs(10),
            expected_host_key: None,
            trust: Trust::FirstUse,
            sessions: 1,
        };
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
        assert!(late < Duration::from_millis(600), "noticed {late:?} late");
    }

    #[test]
    fn what_never_answers_is_given_up_in_time() {
        let (_listener, _in_the_queue, options) = silent_listener();
        let began = Instant::now();
        let error = open_socket(&options, began + Duration::from_millis(300), LONGEST_SILENCE).unwrap_err();
        assert!(matches!(error, ShellError::Unreachable { .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn no_time_left_is_not_for_ever() {
        assert_eq!(milliseconds_until(Instant::now()), 1);
    }
}

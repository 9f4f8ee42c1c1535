//! A connection that a program makes: a jump host, a network namespace, whatever a `ProxyCommand` does. Its input and output are the
//! connection, as with OpenSSH. Jump hosts are left to the user's own OpenSSH, with the keys and the agent that it has for them.

use std::io::Read;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::shell::{passphrase, quote};

/// How much is kept of what such a program says.
const SAID: usize = 4096;
/// How long what it says last may take to arrive.
const LAST_WORDS: Duration = Duration::from_millis(300);
/// How long between two looks whether it has.
const LOOK: Duration = Duration::from_millis(10);

/// The command line that leads through jump hosts, as `ProxyJump` lists them, to a port.
pub(super) fn through(jumps: &str, config: Option<&Path>, host: &str, port: u16) -> String {
    let mut hops: Vec<&str> = jumps.split(',').map(str::trim).filter(|hop| !hop.is_empty()).collect();
    let last = hops.pop().unwrap_or_default();
    // `user@host:port` is not what the last one may be called.
    let last = match last.find(':') {
        Some(_) if !last.starts_with("ssh://") => format!("ssh://{last}"),
        _ => last.to_owned(),
    };
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    // Nobody is there to be asked anything.
    let mut line = "ssh -o BatchMode=yes".to_owned();
    if let Some(config) = config {
        line.push_str(&format!(" -F {}", quote(&config.to_string_lossy())));
    }
    if !hops.is_empty() {
        line.push_str(&format!(" -J {}", quote(&hops.join(","))));
    }
    line.push_str(&format!(" -W {} -- {}", quote(&format!("{host}:{port}")), quote(&last)));
    line
}

/// A program that makes a connection. It ends with this.
pub(super) struct Proxy {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
    /// Who hears what it says, until it has said all.
    hears: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts it, and answers this end of the connection.
    ///
    /// # Errors
    /// The operating system does not start it.
    pub(super) fn start(line: &str) -> std::io::Result<(TcpStream, Proxy)> {
        let (here, there) = UnixStream::pair()?;
        let input = OwnedFd::from(there.try_clone()?);
        let mut child = Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("exec {line}"))
            .env_remove(passphrase::VARIABLE)
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(OwnedFd::from(there)))
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let mut hears = None;
        if let Some(mut stderr) = child.stderr.take() {
            let said = said.clone();
            let thread = std::thread::Builder::new().name("proxy".to_owned()).spawn(move || {
                let mut chunk = [0; 512];
                while let Ok(length @ 1..) = stderr.read(&mut chunk) {
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    let room = SAID.saturating_sub(said.len());
                    said.extend_from_slice(&chunk[..length.min(room)]);
                }
            })?;
            hears = Some(thread);
        }
        // A socket is a socket: all that is done with it is to read, write, wait and cut.
        let socket = TcpStream::from(OwnedFd::from(here));
        Ok((socket, Proxy { child, said, hears }))
    }

    /// What it said of why there is no connection.
    pub(super) fn last_words(&mut self) -> String {
        let until = std::time::Instant::now() + LAST_WORDS;
        let has_said_all = |proxy: &mut Proxy| {
            let is_over = proxy.child.try_wait().is_ok_and(|ended| ended.is_some());
            is_over && proxy.hears.as_ref().is_none_or(JoinHandle::is_finished)
        };
        while !has_said_all(self) && std::time::Instant::now() < until {
            std::thread::sleep(LOOK);
        }
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let said = String::from_utf8_lossy(&said).trim().replace('\r', "");
        match (said.is_empty(), self.child.try_wait()) {
            (false, _) => said,
            (true, Ok(Some(status))) => format!("it ended with {status}"),
            (true, _) => String::new(),
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_jump_host_leads_to_the_port_and_the_others_to_it() {
        let line = |jumps| through(jumps, None, "site-a", 22);
        assert_eq!(line("bastion"), "ssh -o BatchMode=yes -W site-a:22 -- bastion");
        assert_eq!(
            line("me@one:2222, two"),
            "ssh -o BatchMode=yes -J me@one:2222 -W site-a:22 -- two"
        );
        assert_eq!(
            line("[fd00::2]"),
            "ssh -o BatchMode=yes -W site-a:22 -- 'ssh://[fd00::2]'"
        );
        assert_eq!(
            line("me@b:2222"),
            "ssh -o BatchMode=yes -W site-a:22 -- ssh://me@b:2222"
        );
        assert_eq!(
            through("b", Some(Path::new("/my config")), "fd00::1", 22),
            "ssh -o BatchMode=yes -F '/my config' -W '[fd00::1]:22' -- b"
        );
        assert!(shlex::split(&line("-oProxyCommand=evil")).is_some_and(|words| words.contains(&"--".to_owned())));
    }

    #[test]
    fn a_program_ends_with_its_connection_and_is_heard() {
        let (_socket, mut proxy) = Proxy::start("sh -c 'echo no route >&2; exit 7'").expect("started");
        assert_eq!(proxy.last_words(), "no route");
        let (_socket, mut proxy) = Proxy::start("false").expect("started");
        assert!(proxy.last_words().contains("exit status: 1"));
        let (mut socket, proxy) = Proxy::start("cat").expect("started");
        std::io::Write::write_all(&mut socket, b"hello").expect("written");
        let mut back = [0; 5];
        socket.read_exact(&mut back).expect("read");
        assert_eq!(&back, b"hello");
        let id = proxy.child.id();
        drop(proxy);
        assert!(!Path::new(&format!("/proc/{id}")).exists());
    }
}

//! A lying `rbd` at the sites. In the target each site's shell is this machine's, and its `prefix` is this test's own
//! program, which hands the command to the test ([`ask`]); the test asks the simulated site and lies about the answer.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::site_lie::SiteLie;

/// The variable by which the program knows that it is to be `rbd`: the port of the test on loopback.
pub const PORT: &str = "CINDER_DRILL_LIAR_PORT";

/// How a command ended.
#[derive(Clone, Debug)]
pub struct Answer {
    pub exit: i32,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Answer {
    /// What was printed, as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.stdout).ok()
    }
}

/// The part of the program that stands in for `rbd`: asks the test, prints what it answers, and says how it ended.
pub fn ask(port: &str) -> i32 {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut stream = TcpStream::connect(("127.0.0.1", port.parse().expect("a port"))).expect("the test listens");
    writeln!(stream, "{}", json!(arguments)).expect("sent");
    stream.shutdown(Shutdown::Write).expect("sent");
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    reader.read_line(&mut head).expect("an answer");
    let head: Value = serde_json::from_str(&head).expect("JSON");
    let mut stderr = vec![
        0;
        head["stderr"]
            .as_u64()
            .and_then(|bytes| usize::try_from(bytes).ok())
            .expect("a length")
    ];
    reader.read_exact(&mut stderr).expect("the errors");
    std::io::stderr().write_all(&stderr).expect("printed");
    // A whole image comes this way.
    let printed = std::io::copy(&mut reader, &mut std::io::stdout()).expect("printed");
    assert_eq!(head["stdout"], printed, "the whole answer");
    head["exit"]
        .as_i64()
        .and_then(|exit| i32::try_from(exit).ok())
        .expect("an exit status")
}

/// The sites as they are, and what is said of them.
pub struct Sites {
    /// `address:port` of the shells of the first and of the second site.
    pub addresses: [String; 2],
    pub key: PathBuf,
    pub lie: SiteLie,
    /// Which of both lie.
    pub liars: [bool; 2],
    /// What was answered first to each command.
    pub first: Mutex<BTreeMap<String, Answer>>,
}

impl Sites {
    /// Listens on a free port of loopback until the process ends, and answers it.
    pub fn listen(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let sites = Arc::new(self);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sites = sites.clone();
                std::thread::spawn(move || sites.answer(stream));
            }
        });
        port
    }

    /// The first argument is `0` or `1`, the site; the others are the command.
    fn answer(&self, stream: TcpStream) {
        let mut line = String::new();
        let mut reader = BufReader::new(stream);
        if reader.read_line(&mut line).is_err() {
            return;
        }
        let words: Vec<String> = serde_json::from_str(&line).unwrap_or_default();
        let Some((site, command)) = words.split_first() else {
            return;
        };
        let site = usize::from(site == "1");
        let lie = if self.liars[site] { self.lie } else { SiteLie::Honest };
        let answer = lie.tell(self, site, command);
        let head = json!({"exit": answer.exit, "stdout": answer.stdout.len(), "stderr": answer.stderr.len()});
        let mut stream = reader.into_inner();
        // The drill may have killed the command.
        let _ = writeln!(stream, "{head}")
            .and_then(|()| stream.write_all(&answer.stderr))
            .and_then(|()| stream.write_all(&answer.stdout));
    }

    /// What a site really says.
    pub fn truth(&self, site: usize, command: &[String]) -> Answer {
        let line = shlex::try_join(command.iter().map(String::as_str)).expect("words without NUL");
        self.over_ssh(site, &line).unwrap_or_else(|error| Answer {
            exit: 255,
            stdout: Vec::new(),
            stderr: format!("ssh: {error}\n").into_bytes(),
        })
    }

    fn over_ssh(&self, site: usize, line: &str) -> Result<Answer, Box<dyn std::error::Error>> {
        let stream = TcpStream::connect(&self.addresses[site])?;
        stream.set_nodelay(true)?;
        let mut session = ssh2::Session::new()?;
        session.set_timeout(30_000);
        session.set_tcp_stream(stream);
        session.handshake()?;
        session.userauth_pubkey_file("root", None, &self.key, None)?;
        let mut channel = session.channel_session()?;
        channel.exec(line)?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        channel.read_to_end(&mut stdout)?;
        channel.stderr().read_to_end(&mut stderr)?;
        channel.wait_close()?;
        Ok(Answer {
            exit: channel.exit_status()?,
            stdout,
            stderr,
        })
    }
}

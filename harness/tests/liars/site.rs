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
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let bytes = |name: &str| serde_json::from_value::<Vec<u8>>(answer[name].clone()).expect("bytes");
    std::io::stdout().write_all(&bytes("stdout")).expect("printed");
    std::io::stderr().write_all(&bytes("stderr")).expect("printed");
    answer["exit"]
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
        let answer = json!({"exit": answer.exit, "stdout": answer.stdout, "stderr": answer.stderr});
        // The drill may have killed the command.
        let _ = reader.into_inner().write_all(answer.to_string().as_bytes());
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

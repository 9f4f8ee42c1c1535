//! How a command is answered: the lies of the row that fit it, one after the other.

use std::net::{IpAddr, Shutdown};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use russh::ChannelId;
use russh::server::Handle;

use super::answer::{self, Answer};
use super::upstream::Upstream;
use super::{Command, Kind, Middle};
use crate::lie::{GuestLie, Seen, Tell};

/// How long nothing must be asked before a connection counts as idle.
const IDLE: Duration = Duration::from_millis(30);

/// A connection that can be cut.
#[derive(Clone)]
pub struct Cut {
    stream: Arc<std::net::TcpStream>,
    /// How many commands were begun on it, and how many have ended.
    begun: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Cut {
    pub(super) fn new(stream: std::net::TcpStream) -> Cut {
        Cut {
            stream: Arc::new(stream),
            begun: Arc::default(),
            ended: Arc::default(),
        }
    }

    /// Cuts it.
    pub fn now(&self) {
        // One that the harness has closed cannot be shut down any more.
        self.stream.shutdown(Shutdown::Both).ok();
    }

    /// Cuts it once no command runs, so none is cut off.
    async fn when_idle(&self) {
        loop {
            let before = self.begun.load(Ordering::SeqCst);
            tokio::time::sleep(IDLE).await;
            let begun = self.begun.load(Ordering::SeqCst);
            if begun == before && self.ended.load(Ordering::SeqCst) == begun {
                return self.now();
            }
        }
    }
}

/// A command that is to be answered.
pub struct Asked {
    pub middle: Arc<Middle>,
    pub guest: IpAddr,
    pub connection: usize,
    pub upstream: Arc<Upstream>,
    pub cut: Cut,
    pub command: Command,
}

/// Answers a command.
pub async fn answer(asked: Asked, stdin: Vec<u8>, handle: &Handle, channel: ChannelId) {
    asked.cut.begun.fetch_add(1, Ordering::SeqCst);
    let tells = asked.tells();
    asked.remember(&stdin, &tells);
    let lie = if tells.is_empty() { "ok " } else { "LIE" };
    asked
        .middle
        .note(format!("{} {lie} {}", asked.guest, short(&asked.command.text)));
    if let Some(answer) = asked.make_up(stdin, &tells).await {
        answer::send(handle, channel, &asked.command.mark, answer).await;
    }
    asked.cut.ended.fetch_add(1, Ordering::SeqCst);
    if tells.iter().any(|tell| matches!(tell, Tell::AnswersAndCuts)) {
        asked.cut.when_idle().await;
    }
}

impl Asked {
    /// The lies that are told of the command.
    fn tells(&self) -> Vec<Tell> {
        let mut memory = self.middle.memory();
        let leaps = memory.of(self.guest).leaps();
        let mut tells = Vec::new();
        for (index, lie) in self.middle.lies.iter().enumerate() {
            let GuestLie::Tells(of, when, tell) = lie else { continue };
            let whom = !when.first_guest || memory.is_first(self.guest);
            if !whom || !of.fits(&self.command) || !when.has_come(leaps, self.connection) {
                continue;
            }
            if when.counts(memory.fit(index)) {
                tells.push(*tell);
                memory.lied += 1;
            }
        }
        tells
    }

    /// Remembers what goes by.
    fn remember(&self, stdin: &[u8], tells: &[Tell]) {
        let mut memory = self.middle.memory();
        let guest = memory.of(self.guest);
        if self.command.is(Kind::Write) {
            guest.files.insert(self.command.file.clone(), stdin.to_vec());
        }
        if self.command.is(Kind::Mount) {
            guest.mounts += 1;
        }
        // What hangs or is cut was not done.
        let done = !tells.iter().any(|tell| matches!(tell, Tell::Hangs | Tell::Cuts));
        if self.command.is(Kind::Unmount) && done {
            guest.unmounts += 1;
        }
    }

    /// The answer; `None` for none.
    async fn make_up(&self, mut stdin: Vec<u8>, tells: &[Tell]) -> Option<Answer> {
        let known = Known::of(self);
        let (mut text, mut answer, mut twin, mut then_cut) = (self.command.text.clone(), None, false, false);
        for tell in tells {
            let seen = known.seen(&self.command);
            match tell {
                Tell::Says(say) => answer = Some(say(&seen)),
                Tell::FromMemory => answer = from_memory(&seen),
                Tell::Runs(command) => text = command(&seen),
                Tell::Gets(change) => stdin = change(&stdin),
                Tell::OfTwin => twin = true,
                Tell::Late(duration) => tokio::time::sleep(*duration).await,
                Tell::Hangs => return None,
                Tell::Cuts => {
                    self.cut.now();
                    return None;
                }
                Tell::RunsAndCuts => then_cut = true,
                Tell::Changed(_) | Tell::AnswersAndCuts => {}
            }
        }
        let mut answer = match answer {
            Some(answer) => answer,
            None => self.ask(&text, &stdin, twin).await?,
        };
        if self.command.is(Kind::Boot) {
            let mut memory = self.middle.memory();
            memory.of(self.guest).boot.get_or_insert_with(|| answer.out.clone());
        }
        if then_cut {
            self.cut.now();
            return None;
        }
        for tell in tells {
            if let Tell::Changed(change) = tell {
                change(&mut answer, &known.seen(&self.command));
            }
        }
        Some(answer)
    }

    /// The true answer of the guest, or of its twin.
    async fn ask(&self, text: &str, stdin: &[u8], twin: bool) -> Option<Answer> {
        let mut upstream = Arc::clone(&self.upstream);
        if twin {
            let other = self.middle.memory().other_than(self.guest);
            upstream = self.middle.upstreams().get(&other).cloned()?;
        }
        let answer = upstream.run(text, stdin).await;
        if answer.is_none() {
            self.cut.now();
        }
        answer
    }
}

/// What is known of the guest, copied out of the memory.
struct Known {
    written: Option<Vec<u8>>,
    boot: Option<Vec<u8>>,
    mounts: usize,
    unmounts: usize,
}

impl Known {
    fn of(asked: &Asked) -> Known {
        let mut memory = asked.middle.memory();
        let guest = memory.of(asked.guest);
        Known {
            written: guest.files.get(&asked.command.file).cloned(),
            boot: guest.boot.clone(),
            mounts: guest.mounts,
            unmounts: guest.unmounts,
        }
    }

    fn seen<'a>(&'a self, command: &'a Command) -> Seen<'a> {
        Seen {
            command,
            written: self.written.as_deref(),
            boot: self.boot.as_deref(),
            mounts: self.mounts,
            unmounts: self.unmounts,
        }
    }
}

/// What the guest would say if it answered from memory; `None` if it cannot.
pub fn from_memory(seen: &Seen<'_>) -> Option<Answer> {
    let command = seen.command;
    if command.is(Kind::Write) {
        return Some(Answer::new("", "", 0));
    }
    if command.is(Kind::Boot) {
        return Some(Answer::new(seen.boot?, "", 0));
    }
    let written = seen.written?;
    if command.is(Kind::Digest) {
        let line = format!("{}  {}\n", crate::digest(written), command.file);
        return Some(Answer::new(line, "", 0));
    }
    (command.is(Kind::Cat) || command.is(Kind::Direct)).then(|| Answer::new(written, "", 0))
}

fn short(text: &str) -> String {
    text.chars().take(110).collect()
}

//! What has not come yet: the state that a wait is for, and the answer to a request.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::clock;
use super::view::Line;
use crate::event::{Event, EventKind};
use crate::report::printable;

/// What is waited for.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    awaited: String,
    began: Timestamp,
    budget: SignedDuration,
    last_state: String,
    /// Since when that was seen.
    since: Timestamp,
}

impl Wait {
    /// What is waited for after an event, given what was before it.
    pub fn after(before: Option<Wait>, event: &Event) -> Option<Wait> {
        let (awaited, last_state, elapsed, budget) = match &event.kind {
            EventKind::Waiting {
                awaited,
                last_state,
                elapsed,
                budget,
            } => (awaited, last_state, elapsed, budget),
            EventKind::Waited { awaited, .. } => return before.filter(|before| before.awaited != printable(awaited)),
            _ => return None,
        };
        let (awaited, last_state) = (printable(awaited), printable(last_state));
        let same = before.filter(|before| before.awaited == awaited && before.last_state == last_state);
        Some(Wait {
            awaited,
            began: event.at - milliseconds(*elapsed),
            budget: milliseconds(*budget),
            last_state,
            since: same.map_or(event.at, |same| same.since),
        })
    }

    /// What is waited for, and what was seen last; of a state that lasts, for how long, and when it was asked for last.
    pub fn lines(&self, answer: Option<&Answer>, now: Timestamp) -> [Line; 2] {
        let lasts = clock::since(self.since, now);
        let is_long = lasts >= clock::WORTH_A_REASON;
        let answer = answer
            .filter(|answer| answer.at >= self.began)
            .map(|answer| match is_long {
                true => format!(" ({}, {} ago)", answer.what, clock::words(clock::since(answer.at, now))),
                false => format!(" ({})", answer.what),
            });
        let lasts = is_long.then(|| format!(", for {}", clock::words(lasts)));
        let took = clock::words(clock::since(self.began, now));
        let waits = Line {
            text: format!("    waits for {}", self.awaited),
            clock: Some(format!("{took} of {}", clock::budget(self.budget))),
            ..Line::default()
        };
        let seen = format!(
            "    last seen: {}{}{}",
            self.last_state,
            lasts.unwrap_or_default(),
            answer.unwrap_or_default()
        );
        [waits, Line::plain(seen)]
    }
}

/// A request, by the end of its path, and when it was sent or answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    what: String,
    at: Timestamp,
}

/// What the APIs have answered to each chain last, and what they have not answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    last: BTreeMap<Option<String>, Answer>,
    /// Changes that were sent.
    sent: BTreeMap<Option<String>, Answer>,
}

impl Answers {
    /// Takes in an event.
    pub fn add(&mut self, event: &Event) {
        let chain = event.chain().map(str::to_owned);
        match &event.kind {
            EventKind::Requesting { method, url, .. } => {
                let what = printable(&format!("{method} {}", tail(url)));
                self.sent.insert(chain, Answer { what, at: event.at });
            }
            EventKind::Requested {
                method, url, status, ..
            } => {
                let what = printable(&format!("{method} {}", tail(url)));
                if self.sent.get(&chain).is_some_and(|sent| sent.what == what) {
                    self.sent.remove(&chain);
                }
                let status = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
                let what = format!("{what} {status}");
                self.last.insert(chain, Answer { what, at: event.at });
            }
            _ => {}
        }
    }

    /// A chain does something else: what it was answered before says nothing of that.
    pub fn forget(&mut self, chain: &Option<String>) {
        self.last.remove(chain);
    }

    /// The last answer to a chain.
    pub fn last(&self, chain: &Option<String>) -> Option<&Answer> {
        self.last.get(chain)
    }

    /// Why a chain has had nothing new for so long, if that is worth a line.
    pub fn why(&self, chain: &Option<String>, quiet: SignedDuration, now: Timestamp) -> Option<Line> {
        let sent = self.unanswered(chain, now);
        if sent.is_some() || quiet < clock::WORTH_A_REASON {
            return sent;
        }
        let because = match self.last(chain) {
            Some(answer) => {
                let ago = clock::words(clock::since(answer.at, now));
                format!("; the last answer: {}, {ago} ago", answer.what)
            }
            None => ": a guest, a site or the cloud was asked, and has not answered".to_owned(),
        };
        Some(Line::plain(format!(
            "    nothing new for {}{because}",
            clock::words(quiet)
        )))
    }

    /// A change of a chain that has had no answer for long.
    pub fn unanswered(&self, chain: &Option<String>, now: Timestamp) -> Option<Line> {
        let sent = self.sent.get(chain)?;
        let ago = clock::since(sent.at, now);
        let text = format!("    no answer to {} for {}", sent.what, clock::words(ago));
        (ago >= clock::WORTH_A_REASON).then(|| Line::plain(text))
    }
}

fn milliseconds(number: u64) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The end of a URL's path, by which people know a request: `os-services`, or `servers/65658fbe` of one that has an id.
fn tail(url: &str) -> String {
    let path = url.split('?').next().unwrap_or_default();
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let (last, before) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match uuid::Uuid::parse_str(last) {
        Ok(_) => format!("{before}/{}", last.get(..8).unwrap_or(last)),
        Err(_) => last.to_owned(),
    }
}

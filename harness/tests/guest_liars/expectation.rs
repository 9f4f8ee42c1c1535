//! What must become of a drill through a lie, and what is wrong with what became of it.

use regex::RegexBuilder;

use crate::drilled::Drilled;

/// What must become of a drill.
#[derive(Clone, Copy)]
pub enum Must {
    /// It passes: what is lied does no harm, or is what honest guests do, too.
    Pass,
    /// It is caught.
    Caught(Caught),
    /// Both are right, for this reason; if it is caught, then so.
    Either(&'static str, Caught),
}

/// How a lie must be caught.
#[derive(Clone, Copy)]
pub struct Caught {
    /// The exit codes that are right.
    pub exits: &'static [i32],
    /// The verbs of the steps that may catch it; empty for any.
    pub verbs: &'static [&'static str],
    /// Each must be found in the diagnosis, as a regular expression without regard to case: the true cause.
    pub says: &'static [&'static str],
    /// None of them may be found in it: causes that are false.
    pub never: &'static [&'static str],
    /// No command with one of these words may have been sent to the guest.
    pub unsent: &'static [&'static str],
}

/// Words that blame the replication, or the failover, for data that is not there.
pub const BLAMES: &[&str] = &[
    "loses data",
    "keep the order",
    "out of order",
    "do not trust",
    "holds older data",
    "copy from before",
];

/// Caught, with one of these exit codes, in one of these steps, in these words.
pub const fn caught(exits: &'static [i32], verbs: &'static [&'static str], says: &'static [&'static str]) -> Caught {
    Caught {
        exits,
        verbs,
        says,
        never: &[],
        unsent: &[],
    }
}

impl Caught {
    /// Without these words.
    pub const fn never(self, never: &'static [&'static str]) -> Caught {
        Caught { never, ..self }
    }

    /// Without blaming the replication.
    pub const fn without_blame(self) -> Caught {
        self.never(BLAMES)
    }

    /// Before a command with one of these words is sent.
    pub const fn unsent(self, unsent: &'static [&'static str]) -> Caught {
        Caught { unsent, ..self }
    }

    /// What is wrong with how it was caught.
    fn wrong(&self, drilled: &Drilled, was_sent: impl Fn(&str) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let diagnosis = drilled.diagnosis();
        if !drilled.exit.is_some_and(|exit| self.exits.contains(&exit)) {
            wrong.push(format!("exit {:?} and not one of {:?}", drilled.exit, self.exits));
        }
        let verb = drilled.verb.as_deref().unwrap_or("none");
        if !self.verbs.is_empty() && !self.verbs.contains(&verb) {
            wrong.push(format!("caught by step {verb} and not by one of {:?}", self.verbs));
        }
        for words in self.says {
            if !found(words, &diagnosis) {
                wrong.push(format!("the diagnosis does not say {words:?}"));
            }
        }
        for words in self.never {
            if found(words, &diagnosis) {
                wrong.push(format!("the diagnosis says {words:?}, which is false"));
            }
        }
        for word in self.unsent {
            if was_sent(word) {
                wrong.push(format!("a command with {word:?} was sent"));
            }
        }
        wrong
    }
}

impl Must {
    /// What is wrong with what became of a drill.
    pub fn wrong(&self, drilled: &Drilled, was_sent: impl Fn(&str) -> bool) -> Vec<String> {
        let passed = drilled.exit == Some(0);
        match self {
            Must::Pass if passed => Vec::new(),
            Must::Pass => vec![format!("exit {:?}, and it must pass", drilled.exit)],
            Must::Either(..) if passed => Vec::new(),
            Must::Caught(_) if passed => vec!["it passed: WRONG PASS".to_owned()],
            Must::Caught(caught) => caught.wrong(drilled, was_sent),
            Must::Either(because, caught) => {
                let wrong = caught.wrong(drilled, was_sent);
                let also = |wrong: String| format!("{wrong} (it may pass, too: {because})");
                wrong.into_iter().map(also).collect()
            }
        }
    }
}

fn found(words: &str, text: &str) -> bool {
    let pattern = RegexBuilder::new(words).case_insensitive(true).build();
    pattern.expect("a pattern of the table").is_match(text)
}

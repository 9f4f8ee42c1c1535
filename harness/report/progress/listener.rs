//! Who listens: lines for a log, or lines and a moving part for a terminal.

use std::io::{Write, stderr};

use indicatif::MultiProgress;

use super::lines::{Lines, Telling};
use super::live::Live;
use super::view::View;
use crate::event::{Event, EventKind, Listener};

/// Prints what happens to stderr: plain lines with times off a terminal, and on one shorter lines above a part that moves,
/// with what every scenario does, what is waited for and the last state seen.
pub struct Progress {
    lines: Lines,
    live: Option<Live>,
}

impl Progress {
    /// Progress for a terminal (`live`) or for a log.
    #[must_use]
    pub fn new(live: bool, color: bool) -> Progress {
        Progress {
            lines: Lines::new(live, color),
            live: live.then(|| Live::new(color, View::new(false))),
        }
    }

    /// Progress of a run that Ctrl-C stops, which then cleans up: on a terminal it says what that does now.
    #[must_use]
    pub fn of_stoppable(live: bool, color: bool) -> Progress {
        Progress::telling(Telling::Usual, live, color)
    }

    /// The same for who wants more of it or less. What scrolls by and what is to stay silent does not move.
    #[must_use]
    pub(crate) fn telling(telling: Telling, live: bool, color: bool) -> Progress {
        let live = live && telling == Telling::Usual;
        Progress {
            lines: Lines::telling(telling, live, color),
            live: live.then(|| Live::new(color, View::new(true))),
        }
    }

    /// By which what moves can be paused.
    #[must_use]
    pub fn pauses(&self) -> Pauses {
        Pauses(self.live.as_ref().map(Live::bars))
    }
}

/// What moves on a terminal can be paused, so something may be asked there.
#[derive(Clone, Default)]
pub struct Pauses(Option<MultiProgress>);

impl Pauses {
    /// Does something while nothing moves.
    pub fn pause<Answer>(&self, ask: impl FnOnce() -> Answer) -> Answer {
        match &self.0 {
            Some(bars) => bars.suspend(ask),
            None => ask(),
        }
    }
}

impl Listener for Progress {
    fn tells_people(&self) -> bool {
        true
    }

    fn event(&mut self, event: &Event) {
        let lines = self.lines.of(event);
        match &mut self.live {
            Some(live) => {
                lines.iter().for_each(|line| live.print(line));
                live.show(event);
            }
            // `eprintln!` panics when nobody reads any more, and a run must not end because its terminal did.
            None => lines.iter().for_each(|line| drop(writeln!(stderr(), "{line}"))),
        }
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            self.live = None;
        }
    }
}

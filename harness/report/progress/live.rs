//! What moves on a terminal, drawn.

use std::time::Duration;

use console::{measure_text_width, truncate_str};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::view::{Clock, Line, View};
use crate::event::{Event, EventKind};
use crate::report::document::Outcome;
use crate::report::verdicts::paint;

/// Lines on a terminal of unknown width are cut at this many columns.
const USUAL_WIDTH: u16 = 80;

/// Draws what moves, below the lines that stay.
pub struct Live {
    bars: MultiProgress,
    drawn: Vec<Drawn>,
    view: View,
    color: bool,
}

struct Drawn {
    bar: ProgressBar,
    /// What its clock measures, so it starts anew with something new.
    measured: Option<String>,
}

impl Live {
    /// Begins to draw on stderr.
    pub fn new(color: bool) -> Live {
        Live {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)),
            drawn: Vec::new(),
            view: View::default(),
            color,
        }
    }

    /// What is drawn.
    pub fn bars(&self) -> MultiProgress {
        self.bars.clone()
    }

    /// Prints a line that stays, cut at the terminal's width.
    pub fn print(&self, line: &str) {
        // A terminal that is gone is no reason to stop.
        let _ = self.bars.println(truncate_str(line, width(), "…"));
    }

    /// Draws what has changed.
    pub fn show(&mut self, event: &Event) {
        self.view.add(event);
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            let _ = self.bars.clear();
            return;
        }
        let lines = self.view.lines();
        while self.drawn.len() > lines.len() {
            if let Some(drawn) = self.drawn.pop() {
                drawn.bar.finish_and_clear();
                self.bars.remove(&drawn.bar);
            }
        }
        while self.drawn.len() < lines.len() {
            let bar = self.bars.add(ProgressBar::new_spinner());
            bar.enable_steady_tick(Duration::from_secs(1));
            self.drawn.push(Drawn { bar, measured: None });
        }
        for (drawn, line) in self.drawn.iter_mut().zip(&lines) {
            drawn.draw(line, self.color);
        }
    }
}

impl Drawn {
    fn draw(&mut self, line: &Line, color: bool) {
        let measured = line.clock.map(|_| line.text.clone());
        if self.measured != measured {
            self.bar.reset_elapsed();
            self.measured = measured;
        }
        let clock = match line.clock {
            Some(Clock::Step) => "  {elapsed}".to_owned(),
            Some(Clock::Wait(budget)) => format!("  {{elapsed}} of {budget}s"),
            None => String::new(),
        };
        let room = width().saturating_sub(measure_text_width(&clock));
        self.bar.set_style(style(&clock));
        self.bar
            .set_message(colored(&truncate_str(&line.text, room, "…"), line.outcome, color));
    }
}

fn style(clock: &str) -> ProgressStyle {
    // The template is made of constants and a number, so a fault in it shows in the first test that draws.
    ProgressStyle::with_template(&format!("{{msg}}{clock}")).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn colored(text: &str, outcome: Option<Outcome>, color: bool) -> String {
    match outcome {
        None => text.to_owned(),
        Some(Outcome::Passed) => paint(color, "32", text),
        Some(Outcome::Failed | Outcome::Error) => paint(color, "31", text),
        Some(Outcome::Interrupted | Outcome::NotRun | Outcome::Skipped | Outcome::Unfinished) => {
            paint(color, "33", text)
        }
    }
}

fn width() -> usize {
    let columns = console::Term::stderr()
        .size_checked()
        .map_or(USUAL_WIDTH, |(_, columns)| columns);
    usize::from(columns).saturating_sub(1)
}

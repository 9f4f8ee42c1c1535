//! What moves on a terminal, drawn.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use console::{measure_text_width, truncate_str};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::view::{Line, View};
use crate::event::Event;
use crate::report::document::Outcome;
use crate::report::verdicts::paint;

/// Lines on a terminal of unknown size are cut at this many columns, and after this many lines.
const USUAL_SIZE: (u16, u16) = (24, 80);

/// It is drawn at most so often, however many events there are: events come by the hundred.
const SHORTEST: Duration = Duration::from_millis(100);
/// It is drawn at least so often: clocks go on, and what does not move says why after a while.
const LONGEST: Duration = Duration::from_secs(1);

/// Draws what moves, below the lines that stay.
pub struct Live {
    bars: MultiProgress,
    shared: Arc<Shared>,
    drawing: Option<JoinHandle<()>>,
}

/// What the run tells to the thread that draws.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    view: View,
    is_new: bool,
    is_over: bool,
}

impl Live {
    /// Begins to draw on stderr.
    pub fn new(color: bool, view: View) -> Live {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(20));
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                view,
                is_new: false,
                is_over: false,
            }),
            changed: Condvar::new(),
        });
        // All lines are one bar: bars are drawn one by one, and of many some would be a second late.
        let bar = bars.add(ProgressBar::new_spinner());
        bar.set_style(style());
        let drawn = shared.clone();
        // A run goes on without it where no thread can be had.
        let drawing = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || drawn.draw(&bar, color))
            .ok();
        Live { bars, shared, drawing }
    }

    /// What is drawn.
    pub fn bars(&self) -> MultiProgress {
        self.bars.clone()
    }

    /// Prints a line that stays, cut at the terminal's width.
    pub fn print(&self, line: &str) {
        let (_, columns) = size();
        // A terminal that is gone is no reason to stop.
        let _ = self.bars.println(truncate_str(line, columns, "…"));
    }

    /// Draws what has changed, soon.
    pub fn show(&mut self, event: &Event) {
        let mut state = self.shared.state();
        state.view.add(event);
        state.is_new = true;
        drop(state);
        self.shared.changed.notify_one();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.shared.changed.notify_one();
        if let Some(drawing) = self.drawing.take() {
            let _ = drawing.join();
        }
        let _ = self.bars.clear();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws until it is over.
    fn draw(&self, bar: &ProgressBar, color: bool) {
        while let Some(lines) = self.next() {
            // Whoever pauses what moves holds the terminal, and the run must not wait for that here: nothing is locked.
            bar.set_message(text(&lines, size(), color));
        }
        bar.finish_and_clear();
    }

    /// The lines to draw next, when it is time; none when it is over.
    fn next(&self) -> Option<Vec<Line>> {
        let waits = |state, time, until: fn(&State) -> bool| {
            let waited = self.changed.wait_timeout_while(state, time, |state| !until(state));
            waited.unwrap_or_else(PoisonError::into_inner).0
        };
        let state = waits(self.state(), SHORTEST, |state| state.is_over);
        let mut state = waits(state, LONGEST, |state| state.is_over || state.is_new);
        state.is_new = false;
        (!state.is_over).then(|| state.view.lines(Timestamp::now()))
    }
}

/// The lines, as wide and as many as a terminal takes. Of too many those in the middle are left out: where the backend is comes
/// first, and what Ctrl-C does last.
fn text(lines: &[Line], (rows, columns): (usize, usize), color: bool) -> String {
    let mut drawn: Vec<String> = lines.iter().map(|line| drawn(line, columns, color)).collect();
    let room = rows.saturating_sub(2).max(3);
    if drawn.len() > room {
        let left_out = drawn.len() - room + 1;
        let from = room - 2;
        drawn.splice(from..from + left_out, [format!("  … {left_out} more lines")]);
    }
    drawn.join("\n")
}

fn drawn(line: &Line, columns: usize, color: bool) -> String {
    let clock = line
        .clock
        .as_ref()
        .map(|clock| format!("  {clock}"))
        .unwrap_or_default();
    let room = columns.saturating_sub(measure_text_width(&clock));
    let text = truncate_str(&line.text, room, "…");
    format!("{}{clock}", colored(&text, line.outcome, color))
}

fn style() -> ProgressStyle {
    // The template is a constant, so a fault in it shows in the first test that draws.
    ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner())
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

/// Rows and columns. The last column stays free: a full line makes some terminals begin another one.
fn size() -> (usize, usize) {
    let (rows, columns) = console::Term::stderr().size_checked().unwrap_or(USUAL_SIZE);
    (usize::from(rows), usize::from(columns).saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line {
            text: text.to_owned(),
            ..Line::default()
        }
    }

    #[test]
    fn a_small_terminal_shows_the_first_lines_and_the_last_one() {
        let lines: Vec<Line> = (0..30).map(|number| line(&format!("line {number}"))).collect();
        let drawn = text(&lines, (8, 80), false);
        assert_eq!(
            drawn.lines().collect::<Vec<_>>(),
            ["line 0", "line 1", "line 2", "line 3", "  … 25 more lines", "line 29"]
        );
        assert_eq!(text(&lines[..6], (8, 80), false).lines().count(), 6);
        assert_eq!(text(&lines, (1, 80), false).lines().count(), 3);
    }

    #[test]
    fn a_line_is_cut_before_its_clock() {
        let line = Line {
            clock: Some("42s".to_owned()),
            ..line("waits for something that takes long")
        };
        assert_eq!(text(&[line], (24, 20), false), "waits for some…  42s");
    }
}

//! What may stand on the command line of `cinder-drill run`.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::SelectionArguments;
use super::narrator::Narrator;
use super::options::{ReportOption, RunsOption, TargetOption};
use crate::embedded::Sabotage;
use crate::failure::Failure;
use crate::report::{Pauses, Telling};
use crate::session::{Asked, Observer, OnFailure, RunOptions};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenarios: files, folders of them, or names of built-in ones, which `cinder-drill example` lists [default: scenarios, or the
    /// guide's]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub target: TargetOption,
    #[command(flatten)]
    pub runs: RunsOption,
    /// Allows exactly NUMBER foreign volumes to move with the backend; needs `shared: true` in the target
    #[arg(long, value_name = "NUMBER")]
    pub accept_blast_radius: Option<usize>,
    /// What to do with the created resources when a scenario fails. `cinder-drill recover` removes what is kept
    #[arg(long, value_enum, default_value_t)]
    pub on_failure: FailurePolicy,
    /// Gives each chain of scenarios its own failover, instead of one for all
    #[arg(long)]
    pub separately: bool,
    /// Begins no other chain of scenarios after the first failure; those that run end as ever, and clean up
    #[arg(long)]
    pub fail_fast: bool,
    /// Stops the run when it has taken so long, such as 90m, as Ctrl-C does: it cleans up and fails back, which takes its time
    #[arg(long, value_name = "DURATION", value_parser = crate::document::duration)]
    pub timeout: Option<Duration>,
    /// Only what did not pass in the newest run of the folder of runs, and was not skipped for what the target lacks
    #[arg(long, help_heading = "Selection", conflicts_with = "load_list")]
    pub last_failed: bool,
    /// Shows each request and each command, too
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Shows what failed and the verdict, and no more
    #[arg(long, short)]
    pub quiet: bool,
    /// Adds a saboteur to the embedded cloud: NAME, NAME@failover or NAME@failback. `selftest --list` lists them; repeatable
    #[arg(long, value_name = "NAME")]
    pub sabotage: Vec<Sabotage>,
    #[command(flatten)]
    pub report: ReportOption,
    /// Writes a bundle for a bug report into this folder, which must be new: the report in all formats, the journal, the evidence,
    /// target and versions, without secrets
    #[arg(short = 'o', long, value_name = "DIR")]
    pub bundle: Option<PathBuf>,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Runs everything N times, and reports how long the phases took
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: u32,
    /// How many chains run at a time; 1 runs them one after another. Each failover waits for all chains that share it; chains
    /// that queue for a worker report longer times after a failover [default: 50]
    #[arg(long, visible_alias = "concurrency", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub workers: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FailurePolicy {
    /// Remove them, and fail back
    #[default]
    Clean,
    /// Keep them, to inspect
    Keep,
    /// Asks, which needs a terminal
    Ask,
}

impl Arguments {
    /// What the user chose. What is asked on failure is added when the screen is there: [`FailurePolicy::with`].
    pub fn options(&self) -> Result<RunOptions, Failure> {
        if self.on_failure == FailurePolicy::Ask && !stdin().is_terminal() {
            return Err(Failure::usage("--on-failure ask needs a terminal to ask on").help("pass clean or keep"));
        }
        Ok(RunOptions {
            accepted_blast_radius: self.accept_blast_radius,
            on_failure: OnFailure::Clean,
            separately: self.separately,
            fail_fast: self.fail_fast,
            workers: self.workers.map(usize::from),
            force: false,
            observer: self.verbose.then(|| Arc::new(Narrator::default()) as Arc<dyn Observer>),
            asked: Asked::default(),
        })
    }
}

impl Arguments {
    /// How much is told while it runs.
    pub fn telling(&self) -> Telling {
        match (self.quiet, self.verbose) {
            (true, _) => Telling::Failures,
            (false, true) => Telling::Requests,
            (false, false) => Telling::Usual,
        }
    }
}

impl FailurePolicy {
    /// What to do with the created resources when a scenario fails. A question pauses what moves on the screen, which would
    /// draw over it.
    pub fn with(self, screen: Pauses) -> OnFailure {
        match self {
            FailurePolicy::Clean => OnFailure::Clean,
            FailurePolicy::Keep => OnFailure::Keep,
            FailurePolicy::Ask => OnFailure::Ask(Arc::new(move |failure| {
                screen.pause(|| ask(failure, &mut stdin().lock(), &mut stderr()))
            })),
        }
    }
}

/// Asks whether what was made is to stay, until the answer is one. No answer is no.
fn ask(failure: &Failure, answers: &mut impl BufRead, screen: &mut impl Write) -> bool {
    let _ = writeln!(screen, "\n{}\nThe evidence is collected.", failure.summary);
    loop {
        let _ = write!(
            screen,
            "Keep the created resources for inspection? [yes/keep or no; default no] "
        );
        let _ = screen.flush();
        let mut answer = String::new();
        if answers.read_line(&mut answer).is_err() {
            return false;
        }
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" | "k" | "keep" => return true,
            "" | "n" | "no" | "c" | "clean" => return false,
            other => drop(writeln!(screen, "'{}' is not a valid answer", other.escape_debug())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(answers: &str) -> (bool, String) {
        let mut screen = Vec::new();
        let kept = ask(&Failure::cloud("it broke"), &mut answers.as_bytes(), &mut screen);
        (kept, String::from_utf8(screen).expect("UTF-8"))
    }

    #[test]
    fn a_question_takes_whole_words_and_asks_again() {
        for (answers, kept) in [
            ("yes\n", true),
            ("keep\n", true),
            (" Y \n", true),
            ("\n", false),
            ("no\n", false),
            ("", false),
            ("yesterday\nkeep\n", true),
            ("what?\nn\n", false),
        ] {
            let (seen, screen) = asked(answers);
            assert_eq!(seen, kept, "{answers:?}");
            assert!(screen.starts_with("\nit broke\n"), "{screen}");
        }
        assert!(asked("what?\nn\n").1.contains("'what?' is not a valid answer"));
    }
}

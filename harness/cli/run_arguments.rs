//! What may stand on the command line of `cinder-drill run`.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};
use std::path::PathBuf;
use std::sync::Arc;

use super::SelectionArguments;
use crate::failure::Failure;
use crate::report::Pauses;
use crate::session::{Asked, OnFailure, RunOptions};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scenario files, or folders of them [default: scenarios]
    pub files: Vec<PathBuf>,
    /// The target that they are drilled on [default: fixtures/targets/simcloud.yaml]
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Where each run leaves its journal, in a folder by its id [default: runs]
    #[arg(long, value_name = "FOLDER")]
    pub runs: Option<PathBuf>,
    /// How many foreign volumes move with the backend and may: exactly so many, and only if the target says `shared: true`
    #[arg(long, value_name = "NUMBER")]
    pub accept_blast_radius: Option<usize>,
    /// What becomes of what was made when a scenario fails. What is kept is removed by `cinder-drill recover`
    #[arg(long, value_enum, default_value_t)]
    pub on_failure: FailurePolicy,
    /// Fails the backend over for each chain of scenarios anew, where several could meet at one failover
    #[arg(long)]
    pub separately: bool,
    /// Lets the embedded cloud misbehave: NAME, or NAME@failover or NAME@failback. `selftest --list` lists the names; may
    /// be repeated
    #[arg(long, value_name = "NAME")]
    pub sabotage: Vec<simcloud::Sabotage>,
    /// Writes the report in all formats into this folder, however the run ends
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Drills everything so many times, and tells how long the phases took
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: u32,
    /// How many scenarios work at a time; 1 is one after another. They share the backend, so each failover waits for all that
    /// meet at it. One that queues for its turn makes the times after a failover longer than they are [default: 50]
    #[arg(long, visible_alias = "concurrency", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub workers: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FailurePolicy {
    /// It is removed, and the backend taken home
    #[default]
    Clean,
    /// It stays, for somebody to look at
    Keep,
    /// Asks, which needs a terminal
    Ask,
}

impl Arguments {
    /// What the user chose. What is asked on failure is added when the screen is there: [`FailurePolicy::with`].
    pub fn options(&self) -> Result<RunOptions, Failure> {
        if self.on_failure == FailurePolicy::Ask && !stdin().is_terminal() {
            return Err(Failure::usage("--on-failure ask needs a terminal to ask on").help("say clean or keep"));
        }
        Ok(RunOptions {
            accepted_blast_radius: self.accept_blast_radius,
            on_failure: OnFailure::Clean,
            separately: self.separately,
            workers: self.workers.map(usize::from),
            force: false,
            asked: Asked::default(),
        })
    }
}

impl FailurePolicy {
    /// What becomes of what was made when a scenario fails. A question pauses what moves on the screen, which would draw over
    /// it.
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
            "Keep what was made, to look at it? [yes/keep or no; no is the default] "
        );
        let _ = screen.flush();
        let mut answer = String::new();
        if answers.read_line(&mut answer).is_err() {
            return false;
        }
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" | "k" | "keep" => return true,
            "" | "n" | "no" | "c" | "clean" => return false,
            other => drop(writeln!(screen, "'{}' is no answer to this", other.escape_debug())),
        }
    }
}

impl Default for Arguments {
    fn default() -> Arguments {
        Arguments {
            files: Vec::new(),
            target: None,
            runs: None,
            accept_blast_radius: None,
            on_failure: FailurePolicy::Clean,
            separately: false,
            sabotage: Vec::new(),
            report: None,
            selection: SelectionArguments::default(),
            repeat: 1,
            workers: None,
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
        assert!(asked("what?\nn\n").1.contains("'what?' is no answer to this"));
    }
}

//! A row of the table: a lie, the drill that hears it, and what must come of it.

use crate::lie::Lie;
use crate::log::LogLie;
use crate::site_lie::SiteLie;

/// What is changed in the target.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    WithoutLog,
    WithoutShells,
    WithoutBackendId,
    Floating,
    OwnType,
    PlainType,
    Shared,
    OwnKeypair,
    /// Another controller's log beside the falsified one.
    SecondLog,
}

/// What must be left in the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing, and there are no leftovers: the drill passed.
    Nothing,
    /// Nothing, once `recover` has removed the leftovers, if there were any.
    Recovered,
    /// Something that only a person may decide on: `recover` leaves it, with the lock, says so, and it stays a leftover.
    ForAPerson,
    /// Either.
    RecoveredOrForAPerson,
    /// What another user made, under the run's name, stays: it is not the run's to delete.
    OthersStay,
}

/// A lie and what must come of it.
#[derive(Clone)]
pub struct Row {
    pub id: &'static str,
    /// The kind of the issue that it is about.
    pub kind: u8,
    pub lie: Lie,
    pub site: Option<SiteLie>,
    /// Which of both sites lie.
    pub liars: [bool; 2],
    pub log: Option<LogLie>,
    pub scenarios: &'static [&'static str],
    pub edits: &'static [Edit],
    pub foreign: &'static [&'static str],
    /// How many other types there are.
    pub fillers: usize,
    pub sabotage: &'static [&'static str],
    pub arguments: &'static [&'static str],
    /// Before the program's name.
    pub prefix: &'static [&'static str],
    pub budgets: &'static str,
    /// How simcloud's delays are multiplied.
    pub pace: f64,
    /// How many seconds after the drill the cloud is looked at.
    pub after: f64,
    /// Whether the lie goes on during `recover`.
    pub goes_on: bool,
    pub exit: &'static [i32],
    /// The verb of the step that must notice it; `make` is the making of resources. Several are separated by `|`.
    pub step: &'static str,
    /// Patterns that must be found in what the drill says.
    pub says: Vec<&'static str>,
    /// Patterns that must be found in it, even if it passes.
    pub always: Vec<&'static str>,
    /// Patterns that must not be found in it.
    pub never: Vec<&'static str>,
    pub left: Left,
    /// Whether there must be leftovers after the drill: the outcome of a change is not known.
    pub leftovers: bool,
    /// How often the cloud may hear of a failover, and of a failback.
    pub moves: usize,
    /// Why nobody can tell this lie from the truth with the witnesses of this target.
    pub undecidable: Option<&'static str>,
    /// Whether `cargo test` tells it.
    pub sample: bool,
}

/// Budgets for a cloud of half the delays.
pub const BUDGETS: &str = "budgets: { volume: 15s, server: 15s, boot: 12s, failover: 8s, shelve: 8s, attach: 8s, replication: 8s, command: 10s, delete: 8s }\n";

/// The failover of a volume from which a server boots.
pub const FO: &[&str] = &["bfv-failover"];
/// The same, and back.
pub const FB: &[&str] = &["bfv-failback"];
/// The failover of a data volume.
pub const DO: &[&str] = &["data-volume-failover"];
/// The same, and back.
pub const DB: &[&str] = &["data-volume-failback"];

/// A lie that must be caught: exit 1 or 3, and what is left is listed as leftover.
pub fn lie(id: &'static str, kind: u8, lie: Lie) -> Row {
    Row {
        id,
        kind,
        lie,
        site: None,
        liars: [true, true],
        log: None,
        scenarios: FO,
        edits: &[],
        foreign: &[],
        fillers: 0,
        sabotage: &[],
        arguments: &[],
        prefix: &[],
        budgets: BUDGETS,
        pace: 0.5,
        after: 0.0,
        goes_on: false,
        exit: &[1, 3],
        step: "",
        says: Vec::new(),
        always: Vec::new(),
        never: Vec::new(),
        left: Left::Recovered,
        leftovers: false,
        moves: 1,
        undecidable: None,
        sample: false,
    }
}

/// A lie of `rbd`'s.
pub fn site(id: &'static str, kind: u8, site: SiteLie) -> Row {
    Row {
        site: Some(site),
        scenarios: &["nomarker"],
        ..lie(id, kind, Lie::Truth)
    }
}

/// A lie of the log's.
pub fn log(id: &'static str, kind: u8, log: LogLie) -> Row {
    Row {
        log: Some(log),
        ..lie(id, kind, Lie::Truth)
    }
}

impl Row {
    pub fn in_flow(self, scenarios: &'static [&'static str]) -> Row {
        Row { scenarios, ..self }
    }

    pub fn edits(self, edits: &'static [Edit]) -> Row {
        Row { edits, ..self }
    }

    /// Others use the backend, too, and the drill was told not to mind so many volumes.
    pub fn shared_with(self, foreign: &'static [&'static str]) -> Row {
        Row {
            foreign,
            edits: &[Edit::Shared],
            arguments: &["--accept-blast-radius", "1"],
            ..self
        }
    }

    pub fn foreign(self, foreign: &'static [&'static str]) -> Row {
        Row { foreign, ..self }
    }

    pub fn after(self, after: f64) -> Row {
        Row { after, ..self }
    }

    /// It is harmless: exit 0, and nothing is left.
    pub fn harmless(self) -> Row {
        Row {
            exit: &[0],
            left: Left::Nothing,
            ..self
        }
    }

    /// It is caught, or harmless.
    pub fn caught_or_clean(self) -> Row {
        Row {
            exit: &[0, 1, 3],
            ..self
        }
    }

    /// It is no expectation that did not hold.
    pub fn no_verdict(self) -> Row {
        Row { exit: &[3], ..self }
    }

    /// It is an expectation that did not hold.
    pub fn failed(self) -> Row {
        Row { exit: &[1], ..self }
    }

    /// The step that notices it.
    pub fn at(self, step: &'static str) -> Row {
        Row { step, ..self }
    }

    pub fn says(mut self, pattern: &'static str) -> Row {
        self.says.push(pattern);
        self
    }

    pub fn always_says(mut self, pattern: &'static str) -> Row {
        self.always.push(pattern);
        self
    }

    pub fn never(mut self, pattern: &'static str) -> Row {
        self.never.push(pattern);
        self
    }

    pub fn left(self, left: Left) -> Row {
        Row { left, ..self }
    }

    /// The outcome of a change is not known when the drill ends, so it is a leftover.
    pub fn with_leftovers(self) -> Row {
        Row {
            leftovers: true,
            ..self
        }
    }

    /// The lie goes on while `recover` works.
    pub fn going_on(self) -> Row {
        Row { goes_on: true, ..self }
    }

    /// With the budgets that a real cloud has.
    pub fn patient(self) -> Row {
        Row { budgets: "", ..self }
    }

    pub fn sabotaged(self, sabotage: &'static [&'static str]) -> Row {
        Row { sabotage, ..self }
    }

    pub fn with_fillers(self, fillers: usize) -> Row {
        Row { fillers, ..self }
    }

    pub fn behind(self, prefix: &'static [&'static str]) -> Row {
        Row { prefix, ..self }
    }

    /// Whatever comes of it, it is not blamed on the cloud.
    pub fn without_failure(self) -> Row {
        Row { exit: &[0, 3], ..self }
    }

    /// Only one of both sites lies.
    pub fn only_at(self, site: usize) -> Row {
        let liars = [site == 0, site == 1];
        Row { liars, ..self }
    }

    pub fn moves(self, moves: usize) -> Row {
        Row { moves, ..self }
    }

    pub fn sampled(self) -> Row {
        Row { sample: true, ..self }
    }

    pub fn undecidable(self, because: &'static str) -> Row {
        Row {
            undecidable: Some(because),
            exit: &[0, 1, 3],
            left: Left::RecoveredOrForAPerson,
            ..self
        }
    }
}

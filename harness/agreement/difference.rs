//! In what two runs differ.

use std::fmt;

/// What kind of thing differs. They are shown in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// How scenarios ended.
    Verdicts,
    /// The states that were seen while something was waited for.
    States,
    /// Connection info: what the log holds of it, and what a failover changes in it.
    Connection,
    /// Answers of the APIs.
    Answers,
    /// Commands at the sites and in guests.
    Commands,
    /// What came of wrong calls.
    Mistakes,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::Verdicts,
        Kind::States,
        Kind::Connection,
        Kind::Answers,
        Kind::Commands,
        Kind::Mistakes,
    ];

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Kind::Verdicts => "verdicts",
            Kind::States => "states",
            Kind::Connection => "connection info",
            Kind::Answers => "API answers",
            Kind::Commands => "commands",
            Kind::Mistakes => "mistakes",
        }
    }
}

/// One difference. Its text is what a file of accepted differences names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The kind.
    pub kind: Kind,
    /// What differs, for example `GET block-storage /volumes/{id} 200: volume.size`.
    pub subject: String,
    /// What the left run saw.
    pub left: String,
    /// What the right run saw.
    pub right: String,
}

/// Something that only one run saw, or not long enough to tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotCompared {
    /// The kind.
    pub kind: Kind,
    /// What, and why.
    pub text: String,
}

/// Everything that came of comparing two runs.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The names of the left and the right side.
    pub sides: [String; 2],
    /// The differences, sorted.
    pub differences: Vec<Difference>,
    /// What was not compared, sorted.
    pub not_compared: Vec<NotCompared>,
    /// How many things of each kind were compared.
    pub compared: Vec<(Kind, usize)>,
}

impl Comparison {
    /// A comparison of two sides in which nothing was compared yet.
    #[must_use]
    pub fn new(left: &str, right: &str) -> Comparison {
        let sides = if left == right {
            ["the left".to_owned(), "the right".to_owned()]
        } else {
            [left.to_owned(), right.to_owned()]
        };
        Comparison {
            sides,
            ..Comparison::default()
        }
    }

    pub(super) fn differs(
        &mut self,
        kind: Kind,
        subject: impl Into<String>,
        left: impl Into<String>,
        right: impl Into<String>,
    ) {
        self.differences.push(Difference {
            kind,
            subject: subject.into(),
            left: left.into(),
            right: right.into(),
        });
    }

    pub(super) fn skip(&mut self, kind: Kind, text: impl Into<String>) {
        self.not_compared.push(NotCompared {
            kind,
            text: text.into(),
        });
    }

    /// Counts what was compared.
    pub(super) fn count(&mut self, kind: Kind, number: usize) {
        match self.compared.iter_mut().find(|(counted, _)| *counted == kind) {
            Some((_, count)) => *count += number,
            None => self.compared.push((kind, number)),
        }
    }

    /// How many things of a kind were compared.
    #[must_use]
    pub fn compared(&self, kind: Kind) -> usize {
        self.compared
            .iter()
            .find(|(counted, _)| *counted == kind)
            .map_or(0, |(_, count)| *count)
    }

    /// A difference on one line, by which it can be accepted.
    #[must_use]
    pub fn line(&self, difference: &Difference) -> String {
        let [left, right] = &self.sides;
        format!(
            "{}: {} on {left}, {} on {right}",
            difference.subject, difference.left, difference.right
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.title())
    }
}

//! What a fault holds.

use std::fmt;

use super::Location;

/// Whether a fault stops the work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Nothing is run.
    Error,
    /// Shown, and the work goes on.
    Warning,
}

/// A place, and what is to be said about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// The place.
    pub at: Location,
    /// A few words next to the place; may be empty.
    pub text: String,
}

/// One fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Whether it stops the work.
    pub severity: Severity,
    /// A short stable name of this kind of fault, such as `unknown-field`.
    pub code: Option<&'static str>,
    /// What is wrong, in one line.
    pub message: String,
    /// The place that has to change. A file that cannot be read has none.
    pub primary: Option<Label>,
    /// Other places that explain the fault, such as the first of two equal keys.
    pub secondary: Vec<Label>,
    /// What was expected, and why.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error. Codes are in kebab-case.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, message)
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, message)
    }

    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity,
            code: Some(code),
            message: message.into(),
            primary: None,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Points at the place that has to change.
    #[must_use]
    pub fn at(mut self, at: &Location, text: impl Into<String>) -> Diagnostic {
        self.primary = Some(Label {
            at: at.clone(),
            text: text.into(),
        });
        self
    }

    /// Points at a place that explains the fault.
    #[must_use]
    pub fn because(mut self, at: &Location, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label {
            at: at.clone(),
            text: text.into(),
        });
        self
    }

    /// Says what was expected, or why it is a fault.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help.push(help.into());
        self
    }

    /// [`Diagnostic::help`], when there is something to say.
    #[must_use]
    pub fn help_if(self, help: Option<String>) -> Diagnostic {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }
}

/// How many faults are kept, and so shown, at most. A file with more of them is no scenario; to keep and to show every one
/// of ten thousand took minutes.
const MOST: usize = 100;

/// All faults of what was read, none left out after the first, but for those after the hundredth, which are counted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Diagnostics {
    faults: Vec<Diagnostic>,
    /// How many errors and warnings there are beyond [`MOST`].
    more: (usize, usize),
}

impl Diagnostics {
    /// Adds a fault, unless the same one is there already.
    pub fn push(&mut self, fault: Diagnostic) {
        if self.faults.contains(&fault) {
            return;
        }
        if self.faults.len() < MOST {
            self.faults.push(fault);
        } else if fault.severity == Severity::Error {
            self.more.0 += 1;
        } else {
            self.more.1 += 1;
        }
    }

    /// Adds all faults of another collection.
    pub fn extend(&mut self, other: Diagnostics) {
        for fault in other.faults {
            self.push(fault);
        }
        self.more.0 += other.more.0;
        self.more.1 += other.more.1;
    }

    /// How many faults there are beyond those that are kept.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more.0 + self.more.1
    }

    /// Whether at least one of them stops the work.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.more.0 > 0 || self.faults.iter().any(|fault| fault.severity == Severity::Error)
    }

    /// How many of them have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let more = match severity {
            Severity::Error => self.more.0,
            Severity::Warning => self.more.1,
        };
        more + self.faults.iter().filter(|fault| fault.severity == severity).count()
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The faults: those without a place first, then by file and from top to bottom.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut faults: Vec<&Diagnostic> = self.faults.iter().collect();
        faults.sort_by_key(|fault| fault.primary.as_ref().map(|label| label.at.order()));
        faults
    }

    /// The faults in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.faults.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(fault: Diagnostic) -> Diagnostics {
        Diagnostics {
            faults: vec![fault],
            ..Diagnostics::default()
        }
    }
}

impl fmt::Display for Diagnostics {
    /// One line a fault, for logs; [`super::render()`] shows them to people.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.sorted().into_iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            if let Some(label) = &fault.primary {
                write!(formatter, "{}: ", label.at)?;
            }
            formatter.write_str(&fault.message)?;
        }
        match self.more() {
            0 => Ok(()),
            more => write!(formatter, "\n{more} more"),
        }
    }
}

impl std::error::Error for Diagnostics {}

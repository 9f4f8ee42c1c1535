//! Progress of `enable`.

/// One event of `enable`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A part begins, or what it comes to.
    Part(String),
    /// Something is as it should be, and nothing is done.
    Already(String),
    /// A command line that runs next, or would.
    Command {
        /// Where.
        at: String,
        /// The command line.
        line: String,
    },
    /// What a command printed.
    Printed {
        /// Where.
        at: String,
        /// The text.
        text: String,
    },
    /// Something that the operator has to do.
    Left(String),
}

/// The observer.
pub type Teller<'a> = &'a (dyn Fn(Told) + Sync);

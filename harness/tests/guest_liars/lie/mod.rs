//! A lie, as a value.

pub mod changes;
mod of;
mod when;
mod wire;

pub use of::{File, Of};
pub use when::{AFTER, ALWAYS, BEFORE, FAILED_BACK, When};
pub use wire::{HostKey, Wire};

use std::time::Duration;

use crate::middle::{Answer, Command};

/// One lie. A row of the table may tell several.
#[derive(Clone, Copy)]
pub enum GuestLie {
    /// Commands are answered otherwise than by the guest.
    Tells(Of, When, Tell),
    /// The connection is another than a good one.
    Wire(When, Wire),
    /// The address leads to another guest: the other of two.
    LeadsToTwin(When),
    /// A writer acknowledges otherwise than it writes.
    Writer(WriterLie),
}

/// What a writer does with its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriterLie {
    /// The record of a block is acknowledged, and never written.
    Swallows(usize),
    /// All records from that of a block on are acknowledged, and never written.
    SwallowsFrom(usize),
    /// Blocks that were never sent are acknowledged, too.
    Overpromises,
    /// Two records change places.
    Swaps(usize),
}

/// What is told in place of the truth.
#[derive(Clone, Copy)]
pub enum Tell {
    /// The true answer, changed.
    Changed(fn(&mut Answer, &Seen<'_>)),
    /// Something else; the command is not run.
    Says(fn(&Seen<'_>) -> Answer),
    /// What was written to the file, or heard before; the command is not run.
    FromMemory,
    /// The true answer to another command.
    Runs(fn(&Seen<'_>) -> String),
    /// The command gets another input.
    Gets(fn(&[u8]) -> Vec<u8>),
    /// The true answer of the other guest.
    OfTwin,
    /// The true answer, so much later.
    Late(Duration),
    /// Nothing, for ever.
    Hangs,
    /// The connection is cut; the command is not run.
    Cuts,
    /// The command is run, and then the connection is cut.
    RunsAndCuts,
    /// The true answer, and then the connection is cut, once no command runs on it.
    AnswersAndCuts,
}

/// What is known when a lie is made up.
pub struct Seen<'a> {
    /// The command.
    pub command: &'a Command,
    /// What was last written to the file that it is about.
    pub written: Option<&'a [u8]>,
    /// The true answer to the first question which boot it is.
    pub boot: Option<&'a [u8]>,
    /// How often something was mounted, and unmounted, with this command.
    pub mounts: usize,
    /// See `mounts`.
    pub unmounts: usize,
}

impl Seen<'_> {
    /// Whether something should be mounted now.
    pub fn mounted(&self) -> bool {
        self.mounts > self.unmounts
    }
}

/// Tells of some commands, after the volume was taken to the other site.
pub const fn after(of: Of, tell: Tell) -> GuestLie {
    GuestLie::Tells(of, AFTER, tell)
}

/// Tells of some commands, from the start.
pub const fn always(of: Of, tell: Tell) -> GuestLie {
    GuestLie::Tells(of, ALWAYS, tell)
}

/// Says that all is well, and does nothing.
pub const DOES_NOTHING: Tell = Tell::Says(|_| Answer::new("", "", 0));

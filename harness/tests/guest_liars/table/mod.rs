//! All lies, and what must become of each.

mod controls;
mod devices;
mod endings;
mod floods;
mod identity;
mod memory;
mod mounts;
mod network;
mod noise;
mod own;
mod own_wire;
mod reads;
mod writers;
mod writes;

use crate::expectation::{Caught, Must};
use crate::lie::GuestLie;

/// One lie, told in one drill.
pub struct Row {
    /// Its name.
    pub id: &'static str,
    /// What is lied, in words.
    pub what: &'static str,
    /// The scenario that is drilled: one of the repository, or one in `scenarios` beside this.
    pub scenario: &'static str,
    /// How the cloud misbehaves meanwhile.
    pub sabotage: &'static [&'static str],
    /// The lies.
    pub lies: &'static [GuestLie],
    /// What must become of the drill.
    pub must: Must,
    /// Whether the harness must have given occasion to lie.
    pub told: Told,
    /// Whether it is one of the sample.
    pub sample: bool,
}

/// Whether a lie must have been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Otherwise the row proves nothing.
    Must,
    /// The harness need not ask what the lie is about; if it does not, then it passes, or catches the saboteur.
    IfAsked,
}

/// The scenarios of the repository that are drilled.
const ROOT: &str = "bfv-failover";
const ROOT_FAILBACK: &str = "bfv-failback";
const DATA: &str = "data-volume-failover";

const fn row(
    id: &'static str,
    scenario: &'static str,
    what: &'static str,
    lies: &'static [GuestLie],
    must: Must,
) -> Row {
    Row {
        id,
        what,
        scenario,
        sabotage: &[],
        lies,
        must,
        told: Told::Must,
        sample: false,
    }
}

const fn must_be(caught: Caught) -> Must {
    Must::Caught(caught)
}

impl Row {
    const fn under(self, sabotage: &'static [&'static str]) -> Row {
        Row { sabotage, ..self }
    }

    const fn if_asked(self) -> Row {
        Row {
            told: Told::IfAsked,
            ..self
        }
    }

    const fn sampled(self) -> Row {
        Row { sample: true, ..self }
    }
}

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let tables: [&'static [Row]; 14] = [
        controls::ROWS,
        memory::ROWS,
        mounts::ROWS,
        devices::ROWS,
        writers::ROWS,
        writes::ROWS,
        identity::ROWS,
        reads::ROWS,
        noise::ROWS,
        endings::ROWS,
        floods::ROWS,
        network::ROWS,
        own::ROWS,
        own_wire::ROWS,
    ];
    tables.into_iter().flatten()
}

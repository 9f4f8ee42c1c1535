//! What was written to each disk and synced, in order, and what it means which of it is there. Pure: nothing here asks anybody.

pub(crate) mod condition;
pub(crate) mod of_disk;
pub(crate) mod read_back;
pub(crate) mod traces;

pub use condition::Condition;
pub use of_disk::{RECORDS, lines, record};
pub use read_back::{ReadBack, read_back};
pub use traces::{Arrival, Held, Wanted, Witness, held, numbered};

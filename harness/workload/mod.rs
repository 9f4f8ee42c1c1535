//! A workload: a writer in a guest while the drill goes on. Its records, what was acknowledged of them, and what it means which of
//! them a disk holds.

mod judge;
mod record;
mod running;
mod writer;

pub use judge::judge;
pub use record::{Origin, Slot};
pub use running::{Ended, Workload};
pub use writer::{Acknowledgements, Writer};

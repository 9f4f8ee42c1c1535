//! What was written to each disk and synced, in order, and what it means which of it is there. Pure: nothing here asks anybody.

pub(crate) mod condition;
pub(crate) mod ledger;
pub(crate) mod testimony;
pub(crate) mod traces;

pub use condition::{Condition, SaidDigest};
pub use ledger::{Ledger, Ledgers, RECORDS, SyncedWrite, lines, record, within};
pub use testimony::{Testimony, testimony};
pub use traces::{Arrival, Held, Wanted, Witness, held};

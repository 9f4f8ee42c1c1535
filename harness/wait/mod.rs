//! Waiting: for a state, within a budget, and until Ctrl-C.

mod interrupt;
mod until;

pub(crate) use interrupt::StoppedBy;
pub use interrupt::{Interrupt, Interrupter};
#[cfg(test)]
pub(crate) use until::pause;
pub use until::{Awaited, Patience, Poll, TimedOut, WaitError, Waited, milliseconds, until, until_hurried, until_news};

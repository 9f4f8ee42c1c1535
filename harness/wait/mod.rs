//! Waiting: for a state, within a budget, and until Ctrl-C.

mod interrupt;
mod pace;
mod until;

pub(crate) use interrupt::StoppedBy;
pub use interrupt::{Interrupt, Interrupter};
pub(crate) use pace::Pace;
#[cfg(test)]
pub(crate) use until::pause;
pub(crate) use until::until_news;
pub use until::{Awaited, Patience, Poll, TimedOut, WaitError, Waited, milliseconds, until, until_hurried};

//! Progress while a run goes on.

mod lines;
mod listener;
mod live;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub use tests::{lines_of, screens_of};
mod view;

pub use listener::{Pauses, Progress};

//! Progress while a run goes on.

mod clock;
mod lines;
mod listener;
mod live;
mod meeting;
#[cfg(test)]
mod moments;
mod pending;
mod standing;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub use tests::{lines_of, screens_of};
mod view;

pub use lines::Telling;
pub use listener::{Pauses, Progress};

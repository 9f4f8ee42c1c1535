//! Progress while a run goes on.

mod lines;
mod listener;
mod live;
#[cfg(test)]
mod tests;
mod view;

pub use listener::{Pauses, Progress};

//! Where a backend is, and whose volumes a failover of it moves: the one judgement that preflight, runs, clean-up and recovery
//! use.

mod radius;
mod standing;
mod storage;

pub use radius::{ActiveActive, Counted, Here, Radius, Why, moves};
#[cfg(test)]
pub(crate) use standing::row;
pub use standing::{Contradiction, Judgement, Place, Reading, Standing, Unfit, is_left_disabled, judge, words};
pub use storage::{ImageAt, PrimaryAt};

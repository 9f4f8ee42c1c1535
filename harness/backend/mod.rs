//! Where a backend is: the one judgement that preflight, runs, clean-up and recovery use.

mod standing;
mod storage;

pub use standing::{Contradiction, Judgement, Place, Reading, Standing, Unfit, judge, words};
pub use storage::{ImageAt, PrimaryAt};

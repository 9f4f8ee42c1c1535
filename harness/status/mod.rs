//! Where a backend is, which volumes are where, and what comes next: for whoever stands before it at 3 a.m., outside any drill. A
//! pure function of what was gathered, which changes nothing and works while a site is dead.

mod look;
mod next;

pub use look::{Copy, Look};
pub use next::{Next, next};

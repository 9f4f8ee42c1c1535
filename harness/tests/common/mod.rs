//! What several test binaries need: the program, and a simcloud that it is drilled against.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part of it")]

mod program;
mod served;

pub use program::{cinder_drill, code, program, repository, text};
pub use served::{Served, inventory, served};

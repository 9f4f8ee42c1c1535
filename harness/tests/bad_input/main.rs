//! Bad input: whatever stands in a scenario, a target, a line of the cinder-volume log, an answer of `rbd` or of an API, the
//! harness does not panic, does not hang, and needs a bounded amount of memory.
//!
//! The corpus is real: the scenarios, the targets, the recordings of clouds, and seeds that are known to hurt parsers. Each
//! is tried as it is, and then with random edits. `cargo test --test bad_input` tries a few hundred of each kind;
//! `PROPTEST_CASES=100000 cargo test --release --test bad_input` takes longer. An input that fails is made as small as it
//! can be, and printed.

mod api;
mod corpus;
mod edits;
mod guard;
mod log;
mod rbd;
mod yaml;

use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

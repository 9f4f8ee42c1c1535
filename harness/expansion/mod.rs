//! From what a scenario's file says in short to what it stands for: a scenario for each combination of its `matrix`, the copies of
//! `count`, the steps of `each`, `repeat` and `use`. It works on the trees of documents, so every node still knows where its author
//! wrote it; what comes out holds nothing short any more, and is all that a scenario is read from.

mod bindings;
mod copies;
mod expand;
mod matrix;
mod parts;
mod room;

pub(crate) use bindings::{Bindings, masked};
pub(crate) use copies::Declared;
pub(crate) use expand::{Expanded, expand};
pub(crate) use matrix::{Combination, combinations};
pub(crate) use parts::Parts;
pub(crate) use room::Room;

/// The variable that counts the rounds of a `repeat`.
const ROUND: &str = "round";
/// The variable that counts the copies of `count`, and the steps of `each`.
const NUMBER: &str = "number";

/// How many scenarios a matrix may make.
const MOST_SCENARIOS: usize = 200;
/// How many volumes and servers a scenario may declare.
const MOST_RESOURCES: usize = 2_000;
/// How many steps a scenario may have.
const MOST_STEPS: usize = 20_000;
/// How deep files that use others, and groups in groups, may be.
const DEEPEST: usize = 8;

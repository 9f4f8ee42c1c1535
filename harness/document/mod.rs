//! YAML documents: a tree in which every node knows its place, tables of what a document may hold, and all faults of a
//! document at once. Scenarios and targets are read with it; nothing else knows YAML.

mod check;
mod each;
mod fields;
mod files;
mod node;
mod parse;
mod quantity;
mod reference;
mod schema;
#[cfg(test)]
mod schema_test;
mod shape;
mod syntax;

pub use check::check;
pub use each::Each;
pub use fields::{Fields, Placed};
pub use files::{DiskFiles, Files, MemoryFiles};
pub use node::{Node, Value};
pub use parse::{decode, parse, parse_whole};
pub use quantity::{Loss, Rate, duration, words_of};
pub use reference::Reference;
pub use schema::{Scalars, schema};
pub use shape::{Choice, Field, Need, Record, Shape, Word};

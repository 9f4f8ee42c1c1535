//! YAML documents: a tree in which every node knows its place, tables of what a document may hold, and all faults of a
//! document at once. Scenarios and targets are read with it; nothing else knows YAML.

mod check;
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

pub(crate) use check::check;
pub(crate) use fields::{Fields, Placed};
pub use files::{DiskFiles, Files, MemoryFiles};
pub(crate) use node::{Node, Value};
pub(crate) use parse::{decode, parse};
#[cfg(test)]
pub(crate) use quantity::duration;
pub(crate) use quantity::words_of;
pub use quantity::{Loss, Rate};
pub(crate) use reference::Reference;
pub(crate) use schema::{Scalars, schema};
pub(crate) use shape::{Choice, Field, Need, Record, Shape, Word};

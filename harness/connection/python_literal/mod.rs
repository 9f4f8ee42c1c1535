//! Python literals, as `repr` writes a dict into a log.

mod error;
mod number;
mod parser;
#[cfg(test)]
mod tests;
mod text;

pub use error::PythonLiteralError;
pub use parser::{parse, parse_prefix};

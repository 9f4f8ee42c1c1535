//! Python literals, as `repr` writes a dict into a log.

mod error;
mod number;
mod parser;
mod text;
#[cfg(test)]
mod tests;

pub use error::PythonLiteralError;
pub use parser::{parse, parse_prefix};

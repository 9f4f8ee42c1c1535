//! The name of one execution.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name of a run: the UTC second in which it started and four hexadecimal digits that distinguish runs of one second
/// apart, as in `20261123-235502-7f3a`. Everything that the run makes carries it in its name or metadata.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// Names a run that starts now.
    #[must_use]
    pub fn generate() -> RunId {
        let started = Timestamp::now().strftime("%Y%m%d-%H%M%S");
        RunId(format!("{started}-{:04x}", rand::random::<u16>()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

//! One thing that was seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Printed, Shape};

/// One line of the observations. It is written when it is seen for the first time in a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "observed")]
pub enum Observation {
    /// The names that the target gives to things, and what stands for each when two targets are compared.
    Names {
        /// By name.
        names: BTreeMap<String, String>,
    },
    /// An API answered.
    Answer {
        /// The mistake that was being made, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mistake: Option<String>,
        /// The service.
        service: String,
        /// The HTTP method.
        method: String,
        /// The path without what belongs to one cloud or run.
        route: String,
        /// The microversion that was requested.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// The HTTP status.
        status: u16,
        /// The shape of the body; `None` if it is not JSON or there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Shape>,
        /// What an answer that is an error says, with ids replaced.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A command at a site or in a guest came to its end.
    Command {
        /// The mistake that was being made, if one was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mistake: Option<String>,
        /// `site` or `guest`.
        place: String,
        /// The command line without what belongs to one cloud or run.
        command: String,
        /// Its exit code.
        exit_code: i32,
        /// What it printed.
        stdout: Printed,
        /// The lines of its standard error, sorted, with ids replaced.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        stderr: Vec<String>,
    },
    /// The connection info that cinder-volume's log holds.
    Logged {
        /// Its shape.
        connection_info: Shape,
    },
}

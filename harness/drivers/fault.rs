//! Why there is no profile of a name.

use super::shipped::known;
use crate::diagnostic::near_miss;

/// Why there is no profile of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoProfile {
    /// There is none.
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The driver has several protocols or modes, and the name says not which.
    Ambiguous {
        /// What was asked for.
        name: String,
        /// What it may mean.
        candidates: Vec<String>,
    },
    /// The driver moves nothing.
    MovesNothing {
        /// What was asked for.
        name: String,
        /// Why.
        because: String,
    },
}

impl NoProfile {
    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            NoProfile::Unknown { name } => format!("there is no driver profile `{}`", name.escape_debug()),
            NoProfile::Ambiguous { name, .. } => format!("`{name}` has several protocols or modes"),
            NoProfile::MovesNothing { name, .. } => {
                format!("the driver `{name}` replicates nothing that Cinder could fail over")
            }
        }
    }

    /// What is known of it.
    #[must_use]
    pub fn note(&self) -> String {
        match self {
            NoProfile::Unknown { .. } => {
                "`cinder-drill drivers` lists the built-in ones; the path of a profile's file works too".to_owned()
            }
            NoProfile::Ambiguous { candidates, .. } => format!("expected {}", candidates.join(", ")),
            NoProfile::MovesNothing { because, .. } => because.clone(),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            NoProfile::Unknown { name } => {
                let known = known();
                near_miss(name, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
            }
            NoProfile::Ambiguous { .. } => Some("add the protocol and the mode that the backend uses".to_owned()),
            NoProfile::MovesNothing { .. } => Some("there is nothing to drill on such a backend".to_owned()),
        }
    }
}

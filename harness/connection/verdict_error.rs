//! Why connection info does not name the expected site.

use std::fmt;

use serde_json::Value;

use crate::counted::{by_count, counted};

/// Why connection info does not name the expected site, or why that is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum VerdictError {
    /// The connection leads elsewhere.
    WrongSite {
        /// The expected site's name.
        expected: String,
        /// The other site's name.
        other: String,
        /// The fields with another value than the expected site's.
        wrong: Vec<WrongField>,
        /// The fields that do name the expected site.
        right: Vec<String>,
    },
    /// The connection is another driver's.
    OtherProtocol {
        /// The protocol of the driver profile.
        expected: String,
        /// What `driver_volume_type` says; `None` if it is missing.
        seen: Option<String>,
    },
    /// Lists whose places belong together, such as hosts and ports, have different lengths: it is not known what belongs to
    /// what.
    Uneven {
        /// The lists, each with its length.
        lists: Vec<(String, usize)>,
    },
    /// No declared field distinguishes the sites, so nothing was checked.
    NothingIdentifies {
        /// The expected site's name.
        site: String,
        /// The other site's name.
        other: String,
        /// The fields that were declared for the expected site.
        declared: Vec<String>,
        /// The fields by which the driver names sites.
        could: Vec<String>,
    },
}

/// A field that does not have the expected site's value.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongField {
    /// The field.
    pub field: String,
    /// The expected site's value, without secrets.
    pub expected: Value,
    /// The connection's value, without secrets; `None` if it has none.
    pub seen: Option<Value>,
    /// Whether the connection's value is the other site's.
    pub names_other: bool,
}

impl VerdictError {
    /// Whether it speaks about the connection (an expectation that does not hold), rather than about a target that does
    /// not say enough.
    #[must_use]
    pub fn is_about_the_connection(&self) -> bool {
        matches!(self, VerdictError::WrongSite { .. } | VerdictError::Uneven { .. })
    }

    /// What happened, in one sentence without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            VerdictError::WrongSite {
                expected,
                other,
                wrong,
                right,
            } => {
                let all_other = wrong.iter().all(|field| field.names_other);
                let names = |fields: Vec<&str>| fields.join(", ");
                let wrong_names = names(wrong.iter().map(|field| field.field.as_str()).collect());
                let verb = by_count(wrong.len(), "names", "name");
                match (right.is_empty(), all_other) {
                    (true, true) => format!("the connection leads to {other} and not to {expected}"),
                    (false, true) => {
                        let right = names(right.iter().map(String::as_str).collect());
                        format!(
                            "the connection is of both sites: {right} of {expected}, but {wrong_names} still {verb} {other}"
                        )
                    }
                    (_, false) => {
                        let strange: Vec<&str> = wrong
                            .iter()
                            .filter(|field| !field.names_other)
                            .map(|field| field.field.as_str())
                            .collect();
                        let verb = by_count(strange.len(), "names", "name");
                        format!(
                            "the connection does not lead to {expected}: {} {verb} neither site",
                            names(strange)
                        )
                    }
                }
            }
            VerdictError::OtherProtocol {
                expected,
                seen: Some(seen),
            } => {
                format!("the connection is one of {seen}, and the driver profile is for {expected}")
            }
            VerdictError::OtherProtocol { expected, seen: None } => {
                format!("the connection has no driver_volume_type, where the driver profile expects {expected}")
            }
            VerdictError::Uneven { lists } => {
                let names: Vec<&str> = lists.iter().map(|(field, _)| field.as_str()).collect();
                format!("the lists {} of the connection do not fit together", names.join(", "))
            }
            VerdictError::NothingIdentifies { site, other, .. } => {
                format!("nothing that the target declares of {site} differs from {other}, so nothing could be checked")
            }
        }
    }

    /// Named facts: what was expected and what was seen.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        match self {
            VerdictError::WrongSite {
                other, wrong, right, ..
            } => {
                let mut details: Vec<(String, String)> = wrong
                    .iter()
                    .map(|field| (field.field.clone(), field.words(other)))
                    .collect();
                details.extend(right.iter().map(|field| (field.clone(), "as expected".to_owned())));
                details
            }
            VerdictError::OtherProtocol { .. } => Vec::new(),
            VerdictError::Uneven { lists } => lists
                .iter()
                .map(|(field, length)| (field.clone(), counted(*length, "member")))
                .collect(),
            VerdictError::NothingIdentifies { declared, could, .. } => {
                let list = |fields: &[String]| {
                    if fields.is_empty() {
                        "nothing".to_owned()
                    } else {
                        fields.join(", ")
                    }
                };
                vec![
                    ("declared".to_owned(), list(declared)),
                    ("fields that name a site".to_owned(), list(could)),
                ]
            }
        }
    }

    /// What to do next.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            VerdictError::WrongSite { wrong, .. } if wrong.iter().all(|field| field.names_other) => {
                "Cinder or Nova still uses the connection from before: a failover does not renew it, the server must be \
                 shelved and unshelved, or the volume detached and attached"
            }
            VerdictError::WrongSite { .. } => {
                "compare it with the `connection` of both sites in the target: either the target is wrong, or the \
                 driver leads to an undeclared place"
            }
            VerdictError::Uneven { .. } => {
                "values at the same position belong together, as a host and its port: check what the driver returned \
                 in the cinder-volume log"
            }
            VerdictError::OtherProtocol { .. } => "name the driver profile of this backend in the target's driver",
            VerdictError::NothingIdentifies { could, .. } if could.is_empty() => {
                "connection info of this driver does not name the site: only the storage itself can show it"
            }
            VerdictError::NothingIdentifies { .. } => {
                "declare one of these fields in the `connection` of both sites in the target, with a value that the other \
                 site does not have (fields that the cinder-volume log masks cannot be compared there)"
            }
        };
        Some(help.to_owned())
    }
}

impl WrongField {
    fn words(&self, other: &str) -> String {
        let seen = self
            .seen
            .as_ref()
            .map_or_else(|| "nothing".to_owned(), Value::to_string);
        let whose = match (&self.seen, self.names_other) {
            (_, true) => format!(", which is {other}'s"),
            (Some(_), false) => ", which is neither site's".to_owned(),
            (None, false) => String::new(),
        };
        format!("expected {}, seen {seen}{whose}", self.expected)
    }
}

impl fmt::Display for VerdictError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for VerdictError {}

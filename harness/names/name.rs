//! Names that scenarios give to things.

/// Declares a newtype for a kind of name. One macro, so the rule for names cannot differ between them.
macro_rules! name {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name, if `text` is one: letters `a` to `z`, digits and inner hyphens, at most 63 characters.
            #[must_use]
            pub fn new(text: &str) -> Option<Self> {
                is_name(text).then(|| Self(text.to_owned()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a scenario: also the stem of its file and the name of its test.
    ScenarioName
);
name!(
    /// The name of a volume within a scenario and those that it continues.
    VolumeName
);
name!(
    /// The name of a snapshot within a scenario and those that it continues.
    SnapshotName
);
name!(
    /// The name of a server within a scenario and those that it continues.
    ServerName
);

/// What scenarios' ids begin with, as the ids of Python's tests begin with their package.
pub const TEST_PACKAGE: &str = "cinder_drill";

impl ScenarioName {
    /// The name of the scenario that a combination of a matrix makes of this one: `bfv-failover[xfs,shelve]`. The values hold
    /// letters, digits, `.`, `_` and `-` only, so that it can be a part of a path and of a test's id.
    #[must_use]
    pub(crate) fn of_combination(&self, values: &[String]) -> ScenarioName {
        match values {
            [] => self.clone(),
            values => ScenarioName(format!("{self}[{}]", values.join(","))),
        }
    }

    /// The name that it was written with, without its combination.
    #[must_use]
    pub(crate) fn written(&self) -> &str {
        self.0.split_once('[').map_or(&*self.0, |(written, _)| written)
    }

    /// The id of the scenario as a test, for lists, filters and reports: `cinder_drill.bfv-failover`. It depends on the name
    /// alone, so it is the same on every target and in every version.
    #[must_use]
    pub fn test_id(&self) -> String {
        format!("{TEST_PACKAGE}.{self}")
    }
}

/// Whether a text may be a name. Names become parts of host names, file names and tests' names, so the rule is that of
/// a DNS label (RFC 1123).
pub(crate) fn is_name(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels() {
        for good in ["a", "bfv-failover", "v2"] {
            assert!(ScenarioName::new(good).is_some(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "ä", &"a".repeat(64)] {
            assert!(ScenarioName::new(bad).is_none(), "{bad}");
        }
    }
}

//! Microversions: which shape of an API a call asks for.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::ServiceKind;
use super::error::{ApiError, ApiErrorKind};

/// A microversion, such as 3.60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Microversion {
    major: u32,
    minor: u32,
}

/// The microversion that a call asks for, and the lowest that it can do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    best: Microversion,
    least: Microversion,
}

impl Microversion {
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }
}

impl Wanted {
    /// Asks for `best`, or for the highest that the service offers, if that is not below `least`.
    pub const fn new(best: (u32, u32), least: (u32, u32)) -> Self {
        Self {
            best: Microversion::new(best.0, best.1),
            least: Microversion::new(least.0, least.1),
        }
    }

    /// The best that the service offers and the call knows. A service that does not say what it offers is asked for the best;
    /// it answers 406 if it cannot.
    pub(crate) fn within(self, offered: Option<Microversion>, service: ServiceKind) -> Result<Microversion, ApiError> {
        match offered {
            Some(offered) if offered < self.least => Err(ApiError::new(ApiErrorKind::VersionNotOffered {
                service,
                needed: self.least.to_string(),
                offered: offered.to_string(),
            })),
            Some(offered) => Ok(self.best.min(offered)),
            None => Ok(self.best),
        }
    }
}

impl FromStr for Microversion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.split_once('.').ok_or(())?;
        Ok(Self {
            major: major.parse().map_err(|_| ())?,
            minor: minor.parse().map_err(|_| ())?,
        })
    }
}

impl fmt::Display for Microversion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// The highest microversion in a service's own description: `{"version": {"version": "2.93"}}` of Nova, or
/// `{"versions": [{"version": "3.70"}]}` of Cinder.
pub(crate) fn highest(description: &Value) -> Option<Microversion> {
    let listed = description
        .get("versions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    listed
        .chain(description.get("version"))
        .filter_map(|version| version.get("version")?.as_str()?.parse().ok())
        .max()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WANTED: Wanted = Wanted::new((3, 60), (3, 27));

    fn within(offered: Option<(u32, u32)>) -> Result<String, ApiError> {
        let offered = offered.map(|(major, minor)| Microversion::new(major, minor));
        WANTED
            .within(offered, ServiceKind::BlockStorage)
            .map(|version| version.to_string())
    }

    #[test]
    fn the_best_of_both_is_taken() {
        assert_eq!(within(Some((3, 71))).unwrap(), "3.60");
        assert_eq!(within(Some((3, 44))).unwrap(), "3.44");
        assert_eq!(within(Some((3, 27))).unwrap(), "3.27");
        assert_eq!(within(None).unwrap(), "3.60");
        let error = within(Some((3, 9))).unwrap_err();
        assert_eq!(
            error.summary(),
            "Cinder offers microversions up to 3.9, and this needs 3.27"
        );
    }

    #[test]
    fn both_forms_of_description_are_read() {
        let nova = json!({"version": {"id": "v2.1", "version": "2.93", "min_version": "2.1"}});
        assert_eq!(highest(&nova), Some(Microversion::new(2, 93)));
        let cinder = json!({"versions": [{"id": "v2.0", "version": ""}, {"id": "v3.0", "version": "3.70"}]});
        assert_eq!(highest(&cinder), Some(Microversion::new(3, 70)));
        assert_eq!(highest(&json!({"versions": []})), None);
        assert_eq!(highest(&json!([])), None);
    }
}

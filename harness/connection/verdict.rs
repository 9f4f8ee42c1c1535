//! Whether connection info names a site.

use std::collections::BTreeMap;

use serde_json::Value;

use super::comparison::{as_seen, same};
use super::info::ConnectionInfo;
use super::pairs;
use super::profile::{DriverProfile, Identity};
use super::secret::{is_masked, shown};
use super::verdict_error::{VerdictError, WrongField};

/// What the two sites say of themselves: the fields of connection info that name them, with their values there.
#[derive(Clone, Copy)]
pub struct ExpectedSites<'a> {
    /// The name of the site that the connection must lead to.
    pub expected_name: &'a str,
    /// What connection info says when it leads there.
    pub expected: &'a BTreeMap<String, Value>,
    /// The other site's name.
    pub other_name: &'a str,
    /// What connection info says when it leads to the other site; empty if that is not known.
    pub other: &'a BTreeMap<String, Value>,
}

/// Judges whether a connection leads to the expected site: every field that was declared for the site has its value, and at
/// least one of them differs from the other site. A field that the log masks is not judged.
///
/// # Errors
/// The connection leads elsewhere, is another driver's, or no declared field distinguishes the sites.
pub fn judge(info: &ConnectionInfo, profile: &DriverProfile, sites: &ExpectedSites<'_>) -> Result<(), VerdictError> {
    if info.driver_volume_type() != Some(&profile.protocol) {
        let seen = info.driver_volume_type().map(str::to_owned);
        return Err(VerdictError::OtherProtocol {
            expected: profile.protocol.clone(),
            seen,
        });
    }
    let judged: Vec<(&String, &Value)> = sites
        .expected
        .iter()
        .filter(|(field, _)| !info.get(field).is_some_and(is_masked))
        .collect();
    let identifying: Vec<&String> = judged
        .iter()
        .filter(|(field, value)| identifies(field, value, profile, sites))
        .map(|(field, _)| *field)
        .collect();
    if profile.identity == Identity::None || identifying.is_empty() {
        return Err(VerdictError::NothingIdentifies {
            site: sites.expected_name.to_owned(),
            other: sites.other_name.to_owned(),
            declared: sites.expected.keys().cloned().collect(),
            could: profile.must_change.clone(),
        });
    }
    let wrong: Vec<WrongField> = judged
        .iter()
        .filter_map(|(field, value)| wrong(field, value, info, profile, sites))
        .collect();
    let wrong = match pairs::mispaired(info, profile, sites.expected) {
        Some(pair) if wrong.is_empty() => vec![pair],
        _ => wrong,
    };
    if wrong.is_empty() {
        return match pairs::uneven(info, profile) {
            Some(uneven) => Err(uneven),
            None => Ok(()),
        };
    }
    Err(VerdictError::WrongSite {
        expected: sites.expected_name.to_owned(),
        other: sites.other_name.to_owned(),
        // A field that is right in both sites says nothing of which it is.
        right: identifying
            .into_iter()
            .filter(|field| !wrong.iter().any(|one| one.field == **field))
            .cloned()
            .collect(),
        wrong,
    })
}

/// Whether a declared field distinguishes the sites: they declare different values, or it is one of those that the driver
/// gives each site its own.
fn identifies(field: &str, value: &Value, profile: &DriverProfile, sites: &ExpectedSites<'_>) -> bool {
    match sites.other.get(field) {
        Some(other) => !same(value, other, is_unordered(field, profile)),
        None => profile.must_change.iter().any(|one| one == field),
    }
}

fn wrong(
    field: &str,
    expected: &Value,
    info: &ConnectionInfo,
    profile: &DriverProfile,
    sites: &ExpectedSites<'_>,
) -> Option<WrongField> {
    let unordered = is_unordered(field, profile);
    let seen = info.get(field);
    let is = |declared: &Value| seen.is_some_and(|seen| same(&as_seen(declared, seen), seen, unordered));
    if is(expected) {
        return None;
    }
    Some(WrongField {
        field: field.to_owned(),
        expected: shown(field, expected),
        seen: info.shown(field),
        names_other: sites.other.get(field).is_some_and(is),
    })
}

pub(super) fn is_unordered(field: &str, profile: &DriverProfile) -> bool {
    profile.unordered.iter().any(|one| one == field)
}

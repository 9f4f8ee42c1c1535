//! Whether connection info names a site.

use std::collections::BTreeMap;

use serde_json::Value;

use super::comparison::{as_seen, same};
use super::info::ConnectionInfo;
use super::pairs;
use super::secret::{is_masked, shown};
use super::verdict_error::{VerdictError, WrongField};
use crate::drivers::{DriverProfile, Identity};

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
/// least one of them differs from the other site. A field that the log masks is not judged, nor one that the driver gives only
/// sometimes and did not give.
///
/// Where the driver's connections lead to both sites at once, the expected site must be among them, and nothing but the two
/// may be.
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
    let may_be_absent = |field: &String| profile.fields.may_be_absent.contains(field);
    let judged: Vec<(&String, &Value)> = sites
        .expected
        .iter()
        .filter(|(field, _)| !info.get(field).is_some_and(is_masked))
        .filter(|(field, _)| info.get(field).is_some() || !may_be_absent(field))
        .collect();
    let identifying: Vec<&String> = judged
        .iter()
        .filter(|(field, value)| identifies(field, value, profile, sites))
        .map(|(field, _)| *field)
        .collect();
    if profile.identity() == Identity::None || identifying.is_empty() {
        return Err(VerdictError::NothingIdentifies {
            site: sites.expected_name.to_owned(),
            other: sites.other_name.to_owned(),
            declared: sites.expected.keys().cloned().collect(),
            could: profile.fields.site.clone(),
        });
    }
    let wrong: Vec<WrongField> = judged
        .iter()
        .filter_map(|(field, value)| wrong(field, value, info, profile, sites))
        .collect();
    // Lists of both sites are longer than what was declared of one.
    let mispaired = match profile.fields.both_sites {
        true => None,
        false => pairs::mispaired(info, profile, sites.expected),
    };
    let wrong = match mispaired {
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
/// gives each site its own. One that is drawn from several distinguishes them if the sites have none in common.
fn identifies(field: &str, value: &Value, profile: &DriverProfile, sites: &ExpectedSites<'_>) -> bool {
    match sites.other.get(field) {
        Some(other) if is_random(field, profile) => {
            !alternatives(value).any(|one| alternatives(other).any(|theirs| same(one, theirs, false)))
        }
        Some(other) => !same(value, other, is_unordered(field, profile)),
        None => profile.is_site_field(field),
    }
}

fn is_random(field: &str, profile: &DriverProfile) -> bool {
    profile.fields.random.iter().any(|one| one == field)
}

/// The values that may be drawn: the members of a list, or the one value that there is.
fn alternatives(declared: &Value) -> impl Iterator<Item = &Value> {
    match declared {
        Value::Array(several) => several.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

/// Whether what was seen is what was declared: the same; or one of those that are drawn from; or, of a list where connections
/// lead to both sites, all that was declared and nothing that is of neither site.
fn matches(field: &str, declared: &Value, other: Option<&Value>, seen: &Value, profile: &DriverProfile) -> bool {
    let unordered = is_unordered(field, profile);
    if is_random(field, profile) {
        return alternatives(declared).any(|one| same(&as_seen(one, seen), seen, unordered));
    }
    let declared = as_seen(declared, seen);
    let (Value::Array(wanted), Value::Array(members), true) = (&*declared, seen, profile.fields.both_sites) else {
        return same(&declared, seen, unordered);
    };
    let other = other.map(|other| as_seen(other, seen));
    let within = |some: &Value, list: &[Value]| list.iter().any(|one| same(one, some, unordered));
    let of_other = |one: &Value| matches!(other.as_deref(), Some(Value::Array(theirs)) if within(one, theirs));
    wanted.iter().all(|one| within(one, members)) && members.iter().all(|one| within(one, wanted) || of_other(one))
}

fn wrong(
    field: &str,
    expected: &Value,
    info: &ConnectionInfo,
    profile: &DriverProfile,
    sites: &ExpectedSites<'_>,
) -> Option<WrongField> {
    let seen = info.get(field);
    let other = sites.other.get(field);
    let is = |declared: &Value, other: Option<&Value>| {
        seen.is_some_and(|seen| matches(field, declared, other, seen, profile))
    };
    if is(expected, other) {
        return None;
    }
    Some(WrongField {
        field: field.to_owned(),
        expected: shown(field, expected),
        seen: info.shown(field),
        names_other: other.is_some_and(|other| is(other, None)),
    })
}

pub(super) fn is_unordered(field: &str, profile: &DriverProfile) -> bool {
    profile.fields.unordered.iter().any(|one| one == field)
}

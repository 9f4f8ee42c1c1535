//! The changes of a connection between two checkpoints.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::comparison::same;
use super::info::ConnectionInfo;
use super::profile::DriverProfile;
use super::verdict::is_unordered;

/// A field that differs between two checkpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// The field.
    pub field: String,
    /// Its value before, without secrets; null if it had none.
    pub before: Value,
    /// Its value after, without secrets; null if it has none.
    pub after: Value,
}

/// The changes of a connection between two checkpoints, by what the driver profile says of the fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionChanges {
    /// The fields that name the site and changed.
    pub site_changes: Vec<FieldChange>,
    /// The fields that name the site and did not change. After a failover the sites may still have one value in common,
    /// such as the name of the cephx user.
    pub unchanged: Vec<String>,
    /// The fields that must not change and did: it is another volume's connection.
    pub broken_promises: Vec<FieldChange>,
    /// The other fields that changed.
    pub other_changes: Vec<FieldChange>,
}

impl ConnectionChanges {
    /// The names of all fields that changed, in no order that means anything.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        [&self.site_changes, &self.broken_promises, &self.other_changes]
            .into_iter()
            .flatten()
            .map(|change| change.field.clone())
            .collect()
    }
}

/// Compares a connection with what it was before.
#[must_use]
pub fn changes(before: &ConnectionInfo, after: &ConnectionInfo, profile: &DriverProfile) -> ConnectionChanges {
    let mut found = ConnectionChanges::default();
    let only_before = before.fields().filter(|field| after.get(field).is_none());
    for field in after.fields().chain(only_before) {
        let names_site = profile.must_change.iter().any(|one| one == field);
        let equal = match (before.get(field), after.get(field)) {
            (Some(before), Some(after)) => same(before, after, is_unordered(field, profile)),
            _ => false,
        };
        if equal {
            if names_site {
                found.unchanged.push(field.to_owned());
            }
            continue;
        }
        let shown = |info: &ConnectionInfo| info.shown(field).unwrap_or(Value::Null);
        let change = FieldChange {
            field: field.to_owned(),
            before: shown(before),
            after: shown(after),
        };
        let list = if names_site {
            &mut found.site_changes
        } else if profile.must_keep.iter().any(|one| one == field) {
            &mut found.broken_promises
        } else {
            &mut found.other_changes
        };
        list.push(change);
    }
    found
}

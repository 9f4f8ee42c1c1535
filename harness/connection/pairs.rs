//! Lists whose places belong together, such as hosts and their ports.

use serde_json::Value;

use super::comparison::{as_seen, same};
use super::info::ConnectionInfo;
use super::verdict_error::{VerdictError, WrongField};
use crate::drivers::DriverProfile;
use std::collections::BTreeMap;

/// A group of lists that do not fit together: they have different lengths, and none has only one member, which would go
/// with all of the others.
pub(super) fn uneven(info: &ConnectionInfo, profile: &DriverProfile) -> Option<VerdictError> {
    profile.fields.paired.iter().find_map(|group| {
        let lists: Vec<(&String, usize)> = group
            .iter()
            .filter_map(|field| Some((field, info.get(field)?.as_array()?.len())))
            .collect();
        let lengths = || lists.iter().map(|(_, length)| *length);
        let is_uneven = lengths().max() != lengths().min() && lengths().all(|length| length != 1);
        is_uneven.then(|| VerdictError::Uneven {
            lists: lists
                .iter()
                .map(|(field, length)| ((*field).clone(), *length))
                .collect(),
        })
    })
}

/// A group of lists that each have the declared members, but not at the same places: another port, IQN or LUN belongs to a
/// host or portal than was declared.
pub(super) fn mispaired(
    info: &ConnectionInfo,
    profile: &DriverProfile,
    expected: &BTreeMap<String, Value>,
) -> Option<WrongField> {
    profile.fields.paired.iter().find_map(|group| {
        let fields: Vec<&String> = group
            .iter()
            .filter(|field| expected.contains_key(*field) && info.get(field).is_some())
            .collect();
        if fields.len() < 2 {
            return None;
        }
        let seen: Vec<&Value> = fields.iter().filter_map(|field| info.get(field)).collect();
        let declared: Vec<Value> = fields
            .iter()
            .zip(&seen)
            .map(|(field, seen)| as_seen(&expected[*field], seen).into_owned())
            .collect();
        let (declared, seen) = (rows(&declared.iter().collect::<Vec<_>>())?, rows(&seen)?);
        (!same(&declared, &seen, true)).then(|| WrongField {
            field: fields
                .iter()
                .map(|field| field.as_str())
                .collect::<Vec<_>>()
                .join(" with "),
            expected: declared,
            seen: Some(seen),
            names_other: false,
        })
    })
}

/// What stands at each place of some lists, as texts such as `10.77.1.2 6789`; `None` if they have different lengths.
fn rows(lists: &[&Value]) -> Option<Value> {
    let lists: Vec<&Vec<Value>> = lists.iter().map(|list| list.as_array()).collect::<Option<_>>()?;
    let length = lists.first()?.len();
    if lists.iter().any(|list| list.len() != length) {
        return None;
    }
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let row = |place: usize| {
        lists
            .iter()
            .map(|list| word(&list[place]))
            .collect::<Vec<_>>()
            .join(" ")
    };
    Some((0..length).map(row).map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::drivers::named;

    fn info(value: Value) -> ConnectionInfo {
        let Value::Object(fields) = value else {
            panic!("an object")
        };
        ConnectionInfo::from(fields)
    }

    fn profile(name: &str) -> &'static DriverProfile {
        named(name).expect("a profile")
    }

    fn fields(value: Value) -> BTreeMap<String, Value> {
        serde_json::from_value(value).expect("fields")
    }

    #[test]
    fn lists_of_other_lengths_do_not_fit() {
        let uneven = |name: &str, value: Value| uneven(&info(value), profile(name)).is_some();
        assert!(!uneven("rbd", json!({ "hosts": ["a", "b"], "ports": ["1", "1"] })));
        assert!(uneven("rbd", json!({ "hosts": ["a", "b", "c"], "ports": ["1", "1"] })));
        assert!(uneven("rbd", json!({ "hosts": ["a", "b"], "ports": [] })));
        assert!(!uneven("rbd", json!({ "hosts": ["a", "b"] })));
        // One LUN for all ports of an array.
        assert!(!uneven(
            "fibre_channel",
            json!({ "target_wwns": ["w1", "w2"], "target_luns": [1] })
        ));
        assert!(uneven(
            "iscsi",
            json!({ "target_portals": ["p1", "p2"], "target_iqns": ["i1", "i2"], "target_luns": [1, 2, 3] })
        ));
    }

    #[test]
    fn places_belong_together_whatever_their_order() {
        let declared = fields(json!({ "hosts": ["a", "b"], "ports": [6789, 3300] }));
        let judged = |value: Value| mispaired(&info(value), profile("rbd"), &declared).map(|wrong| wrong.field);
        assert_eq!(judged(json!({ "hosts": ["b", "a"], "ports": ["3300", "6789"] })), None);
        let swapped = judged(json!({ "hosts": ["a", "b"], "ports": ["3300", "6789"] }));
        assert_eq!(swapped.as_deref(), Some("hosts with ports"));
        let declared = fields(json!({ "hosts": ["a", "b"] }));
        let info = info(json!({ "hosts": ["a", "b"], "ports": ["3300", "6789"] }));
        assert_eq!(mispaired(&info, profile("rbd"), &declared), None);
    }
}

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{AT_SITE_A, AT_SITE_B, ATTACHMENT_AT_A, ATTACHMENT_AT_B, info, logged};
use crate::connection::{ConnectionInfo, ExpectedSites, VerdictError, judge};
use crate::drivers::named;

pub(super) type Fields = BTreeMap<String, Value>;

pub(super) fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

fn site_a() -> Fields {
    fields(json!({"cluster_name": "ceph", "hosts": ["10.77.1.2"], "auth_username": "cinder"}))
}

fn site_b() -> Fields {
    fields(json!({"cluster_name": "ceph2", "hosts": ["10.77.2.2"], "auth_username": "cinder2"}))
}

pub(super) fn rbd(info: &ConnectionInfo, expected: &Fields, other: &Fields) -> Result<(), VerdictError> {
    let sites = ExpectedSites {
        expected_name: "site-b",
        expected,
        other_name: "site-a",
        other,
    };
    judge(info, named("rbd").unwrap(), &sites)
}

#[test]
fn recorded_connections_lead_where_they_lead() {
    let (at_a, at_b) = (logged(AT_SITE_A, ATTACHMENT_AT_A), logged(AT_SITE_B, ATTACHMENT_AT_B));
    assert_eq!(rbd(&at_b, &site_b(), &site_a()), Ok(()));
    assert_eq!(rbd(&at_a, &site_a(), &site_b()), Ok(()));
    let error = rbd(&at_a, &site_b(), &site_a()).unwrap_err();
    let VerdictError::WrongSite { wrong, right, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(wrong.len() == 3 && wrong.iter().all(|field| field.names_other) && right.is_empty());
    assert!(error.is_about_the_connection());
}

#[test]
fn one_field_that_still_names_the_other_site_is_enough() {
    for field in ["cluster_name", "hosts", "auth_username"] {
        let at_b = logged(AT_SITE_B, ATTACHMENT_AT_B);
        let mixed = at_b.fields().map(|name| {
            let value = if name == field {
                site_a()[name].clone()
            } else {
                at_b.get(name).unwrap().clone()
            };
            (name.to_owned(), value)
        });
        let mixed = ConnectionInfo::from(mixed.collect::<serde_json::Map<_, _>>());
        let error = rbd(&mixed, &site_b(), &site_a()).unwrap_err();
        let VerdictError::WrongSite { wrong, right, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            (wrong.len(), wrong[0].field.as_str(), wrong[0].names_other, right.len()),
            (1, field, true, 2)
        );
    }
}

#[test]
fn a_missing_field_is_a_wrong_one() {
    let some = info(json!({"driver_volume_type": "rbd", "cluster_name": "ceph2", "auth_username": "cinder2"}));
    let error = rbd(&some, &site_b(), &site_a()).unwrap_err();
    let VerdictError::WrongSite { wrong, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((wrong[0].field.as_str(), &wrong[0].seen), ("hosts", &None));
}

#[test]
fn a_value_in_common_is_checked_but_identifies_nothing() {
    let at_b = logged(AT_SITE_B, ATTACHMENT_AT_B);
    let common = |mut site: Fields, ports: Value| {
        site.insert("ports".to_owned(), ports);
        site
    };
    // Ports are texts in Cinder, and easily numbers in YAML.
    assert_eq!(
        rbd(
            &at_b,
            &common(site_b(), json!([6789])),
            &common(site_a(), json!(["6789"]))
        ),
        Ok(())
    );
    assert!(rbd(&at_b, &common(site_b(), json!(["3300"])), &site_a()).is_err());
    let ports = fields(json!({"ports": ["6789"]}));
    let error = rbd(&at_b, &ports, &ports).unwrap_err();
    assert!(
        matches!(error, VerdictError::NothingIdentifies { .. }) && !error.is_about_the_connection(),
        "{error:?}"
    );
}

#[test]
fn nothing_passes_by_accident() {
    let at_b = logged(AT_SITE_B, ATTACHMENT_AT_B);
    let nothing = Fields::new();
    for (expected, other) in [
        (nothing.clone(), nothing.clone()),
        (nothing.clone(), site_a()),
        (site_b(), site_b()),
        // It says something, but not of the site.
        (fields(json!({"volume_id": at_b.volume_id()})), nothing.clone()),
        // The log masks it.
        (
            fields(json!({"secret_uuid": "S1"})),
            fields(json!({"secret_uuid": "S2"})),
        ),
    ] {
        let error = rbd(&at_b, &expected, &other).unwrap_err();
        assert!(
            matches!(error, VerdictError::NothingIdentifies { .. }),
            "{expected:?}: {error:?}"
        );
    }
    // What is known of one site only identifies it by what the driver profile says.
    assert_eq!(rbd(&at_b, &site_b(), &nothing), Ok(()));
    // A masked field is passed over when others identify the site.
    let mut with_secret = site_b();
    with_secret.insert("secret_uuid".to_owned(), json!("S1"));
    assert_eq!(rbd(&at_b, &with_secret, &site_a()), Ok(()));
}

#[test]
fn lists_of_hosts_have_no_order() {
    let info = info(json!({"driver_volume_type": "rbd", "hosts": ["h2", "h1"]}));
    let (one, other) = (fields(json!({"hosts": ["h1", "h2"]})), fields(json!({"hosts": ["h3"]})));
    assert_eq!(rbd(&info, &one, &other), Ok(()));
    assert!(rbd(&info, &fields(json!({"hosts": ["h1"]})), &other).is_err());
    // Two sites that differ by order only are one.
    let error = rbd(&info, &one, &fields(json!({"hosts": ["h2", "h1"]}))).unwrap_err();
    assert!(matches!(error, VerdictError::NothingIdentifies { .. }), "{error:?}");
}

#[test]
fn another_driver_is_not_judged_by_this_ones_profile() {
    for (info, seen) in [
        (info(json!({"driver_volume_type": "iscsi"})), Some("iscsi".to_owned())),
        (info(json!({})), None),
    ] {
        let error = rbd(&info, &site_b(), &site_a()).unwrap_err();
        assert_eq!(
            error,
            VerdictError::OtherProtocol {
                expected: "rbd".to_owned(),
                seen
            }
        );
    }
}

#[test]
fn secrets_are_compared_but_not_shown() {
    let info = info(json!({"driver_volume_type": "rbd", "secret_uuid": "S1"}));
    let (one, other) = (
        fields(json!({"secret_uuid": "S2"})),
        fields(json!({"secret_uuid": "S1"})),
    );
    let error = rbd(&info, &one, &other).unwrap_err();
    let shown = format!("{error:?} {error} {:?}", error.details());
    assert!(!shown.contains("S1") && !shown.contains("S2"), "{shown}");
    assert_eq!(rbd(&info, &other, &one), Ok(()));
}

fn judged(driver: &str, connection: Value, expected: Value, other: Value) -> Result<(), VerdictError> {
    let (expected, other) = (fields(expected), fields(other));
    let sites = ExpectedSites {
        expected_name: "site-b",
        expected: &expected,
        other_name: "site-a",
        other: &other,
    };
    judge(&info(connection), named(driver).unwrap(), &sites)
}

#[test]
fn a_field_that_is_drawn_is_one_of_those_that_were_declared() {
    let connection = |portal: &str| json!({"driver_volume_type": "iscsi", "target_portal": portal, "target_iqn": "b1"});
    let b = json!({"target_portal": ["198.51.100.1:3260", "198.51.100.2:3260"], "target_iqn": ["b1", "b2"]});
    let a = json!({"target_portal": ["192.0.2.1:3260", "192.0.2.2:3260"], "target_iqn": ["a1"]});
    let drawn = |portal: &str| judged("powermax-iscsi-sync", connection(portal), b.clone(), a.clone());
    assert_eq!(drawn("198.51.100.1:3260"), Ok(()));
    assert_eq!(drawn("198.51.100.2:3260"), Ok(()));
    let VerdictError::WrongSite { wrong, right, .. } = drawn("192.0.2.2:3260").unwrap_err() else {
        panic!("it leads to the other site")
    };
    assert!(wrong[0].field == "target_portal" && wrong[0].names_other && right == ["target_iqn"]);
    assert!(matches!(drawn("203.0.113.9:3260"), Err(VerdictError::WrongSite { .. })));
    // A driver that draws nothing gives all of a list.
    let sc = judged("sc-iscsi-async", connection("198.51.100.1:3260"), b.clone(), a.clone());
    assert!(matches!(sc, Err(VerdictError::WrongSite { .. })));
    // Sites that share what is drawn are not told apart by it.
    let shared = judged(
        "powermax-iscsi-sync",
        connection("198.51.100.1:3260"),
        json!({"target_portal": ["198.51.100.1:3260", "p"]}),
        json!({"target_portal": ["p"]}),
    );
    assert!(matches!(shared, Err(VerdictError::NothingIdentifies { .. })));
}

#[test]
fn a_connection_to_both_sites_leads_to_the_expected_one_and_to_no_third() {
    let connection = |portals: Value| json!({"driver_volume_type": "iscsi", "target_portals": portals});
    let (a, b) = (
        json!({"target_portals": ["a1", "a2"]}),
        json!({"target_portals": ["b1", "b2"]}),
    );
    let uniform = |portals: Value| judged("pure-iscsi-uniform", connection(portals), b.clone(), a.clone());
    assert_eq!(uniform(json!(["a1", "b1", "a2", "b2"])), Ok(()));
    assert_eq!(uniform(json!(["b2", "b1"])), Ok(()));
    for wrong in [
        json!(["a1", "a2"]),
        json!(["a1", "a2", "b1"]),
        json!(["b1", "b2", "c1"]),
        json!([]),
    ] {
        assert!(
            matches!(uniform(wrong.clone()), Err(VerdictError::WrongSite { .. })),
            "{wrong}"
        );
    }
    // Without uniform hosts, one that leads to both is wrong.
    let sync = judged(
        "pure-iscsi-sync",
        connection(json!(["a1", "b1", "a2", "b2"])),
        b.clone(),
        a.clone(),
    );
    assert!(matches!(sync, Err(VerdictError::WrongSite { .. })));
}

#[test]
fn a_field_that_may_be_absent_is_not_missed_if_another_names_the_site() {
    let a = json!({"target_portal": "a", "target_portals": ["a", "a2"]});
    let b = json!({"target_portal": "b", "target_portals": ["b", "b2"]});
    let single = json!({"driver_volume_type": "iscsi", "target_portal": "b"});
    assert_eq!(
        judged("huawei-iscsi-sync", single.clone(), b.clone(), a.clone()),
        Ok(())
    );
    let neither = json!({"driver_volume_type": "iscsi", "target_lun": 1});
    assert!(matches!(
        judged("huawei-iscsi-sync", neither, b.clone(), a.clone()),
        Err(VerdictError::NothingIdentifies { .. })
    ));
    // Pure always gives the plural ones.
    assert!(matches!(
        judged("pure-iscsi-sync", single, b.clone(), a.clone()),
        Err(VerdictError::WrongSite { .. })
    ));
}

#[test]
fn a_driver_whose_connections_name_no_site_proves_nothing() {
    let connection = json!({"driver_volume_type": "nfs", "export": "192.0.2.5:/vol", "name": "volume-1"});
    let declared = json!({"export": "192.0.2.5:/vol"});
    let error = judged(
        "netapp-nfs-async",
        connection,
        declared,
        json!({"export": "198.51.100.5:/vol"}),
    )
    .unwrap_err();
    assert!(matches!(error, VerdictError::NothingIdentifies { could, .. } if could.is_empty()));
}

//! What users read when connection info is not what it should be.

use serde_json::json;

use super::info;
use super::verdict::{fields, rbd};
use crate::connection::find_by_attachment;
use crate::shell::tests::shown;

#[test]
fn verdicts() {
    let a = fields(json!({"cluster_name": "ceph", "hosts": ["192.0.2.11"], "auth_username": "cinder"}));
    let b = fields(json!({"cluster_name": "ceph2", "hosts": ["198.51.100.11"], "auth_username": "cinder2"}));
    let nothing = fields(json!({}));
    let connection = |cluster: &str, host: &str, user: &str| {
        info(json!({"driver_volume_type": "rbd", "cluster_name": cluster, "hosts": [host], "auth_username": user}))
    };
    let texts: Vec<String> = [
        rbd(&connection("ceph", "192.0.2.11", "cinder"), &b, &a),
        rbd(&connection("ceph2", "192.0.2.11", "cinder2"), &b, &a),
        rbd(&connection("ceph2", "203.0.113.9", "cinder2"), &b, &a),
        rbd(
            &info(json!({"driver_volume_type": "rbd", "cluster_name": "ceph2"})),
            &b,
            &a,
        ),
        rbd(&info(json!({"driver_volume_type": "iscsi"})), &b, &a),
        rbd(&info(json!({})), &b, &a),
        rbd(&connection("ceph2", "198.51.100.11", "cinder2"), &nothing, &a),
        rbd(&connection("ceph2", "198.51.100.11", "cinder2"), &b, &b),
    ]
    .into_iter()
    .map(|verdict| {
        let error = verdict.unwrap_err();
        shown(error.summary(), error.details(), error.help())
    })
    .collect();
    insta::assert_snapshot!(texts.join("\n"));
}

#[test]
fn logs() {
    let mut texts: Vec<String> = Vec::new();
    for end in ["'hosts': ['192.", "'x'}"] {
        let log = format!("Connection info returned from driver {{'attachment_id', 'x', {end}\n");
        let error = find_by_attachment(&log, "x").unwrap_err();
        texts.push(shown(error.summary(), error.details(), error.help()));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

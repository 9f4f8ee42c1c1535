//! What connection info means, on recordings of a real OpenStack.

mod agreement;
mod attachment;
mod changes;
mod errors;
mod log;
mod log_line;
mod verdict;

use serde_json::Value;

use super::ConnectionInfo;

pub(super) const AT_SITE_A: &str = include_str!("../../../fixtures/captures/cinder-volume-log/attach-at-site-a.log");
pub(super) const AT_SITE_B: &str = include_str!("../../../fixtures/captures/cinder-volume-log/attach-at-site-b.log");
pub(super) const ATTACHMENT_AT_A: &str = "bf75ee6c-701b-4523-b878-f80493955853";
pub(super) const ATTACHMENT_AT_B: &str = "7a76faa5-6bae-4189-bb33-b3b04025891c";

/// The connection info that the log has of an attachment.
pub(super) fn logged(text: &str, attachment: &str) -> ConnectionInfo {
    super::find_by_attachment(text, attachment)
        .unwrap()
        .unwrap()
        .connection_info
}

/// The same as the attachments API shows it: nothing is masked there.
pub(super) fn from_api(log: &ConnectionInfo, secret_uuid: &str) -> ConnectionInfo {
    let fields = log.fields().map(|field| {
        let value = match field {
            "secret_uuid" => Value::from(secret_uuid),
            "secret_type" => Value::from("ceph"),
            _ => log.get(field).unwrap().clone(),
        };
        (field.to_owned(), value)
    });
    ConnectionInfo::from(fields.collect::<serde_json::Map<_, _>>())
}

pub(super) fn info(value: Value) -> ConnectionInfo {
    let Value::Object(fields) = value else {
        panic!("not an object: {value}")
    };
    ConnectionInfo::from(fields)
}

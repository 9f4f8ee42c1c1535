//! How a volume is reached, as its driver says.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::secret::without_secrets;
use crate::redaction::{is_secret_name, without_secret_members};

/// How a volume is reached, as its driver returned it to Cinder: the fields of `connection_info`, in their order.
///
/// It may hold secrets, such as a CHAP password or a keyring. Everything that shows it (`Debug`, `Display`, `Serialize`,
/// [`ConnectionInfo::shown`]) replaces them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ConnectionInfo(Map<String, Value>);

impl ConnectionInfo {
    /// A field's value. It may be a secret, or hold one: what is shown to people is [`ConnectionInfo::shown`].
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// A field's value without secrets.
    #[must_use]
    pub fn shown(&self, field: &str) -> Option<Value> {
        self.0.get(field).map(|value| super::secret::shown(field, value))
    }

    /// All fields without secrets.
    #[must_use]
    pub fn without_secrets(&self) -> Map<String, Value> {
        without_secrets(&self.0)
    }

    /// The texts that are secrets, however deep they lie.
    #[must_use]
    pub fn secrets(&self) -> Vec<&str> {
        super::secret::secrets(&self.0)
    }

    /// The fields' names, in their order.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether a field's value is a secret, so it may be compared but never shown.
    #[must_use]
    pub fn is_secret(field: &str) -> bool {
        is_secret_name(field)
    }

    /// All fields with `[secret]` in the place of every secret: the same in every run, as a snapshot needs it.
    #[must_use]
    pub fn masked(&self) -> Value {
        without_secret_members(&Value::Object(self.0.clone()), &|_, _| "[secret]".to_owned())
    }

    /// `driver_volume_type`: the protocol, for example `rbd` or `iscsi`.
    #[must_use]
    pub fn driver_volume_type(&self) -> Option<&str> {
        self.text("driver_volume_type")
    }

    /// `volume_id`.
    #[must_use]
    pub fn volume_id(&self) -> Option<&str> {
        self.text("volume_id")
    }

    /// `attachment_id`, which each attachment has anew.
    #[must_use]
    pub fn attachment_id(&self) -> Option<&str> {
        self.text("attachment_id")
    }

    /// `name`: of an RBD volume `pool/image`.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    /// `cluster_name`: of an RBD volume the Ceph cluster as Cinder calls it, which after a failover is the `backend_id`.
    #[must_use]
    pub fn cluster_name(&self) -> Option<&str> {
        self.text("cluster_name")
    }

    /// `hosts`: of an RBD volume the monitors' addresses, by which libvirt finds the cluster.
    #[must_use]
    pub fn hosts(&self) -> Vec<&str> {
        self.0
            .get("hosts")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// `auth_username`: of an RBD volume the cephx user.
    #[must_use]
    pub fn auth_username(&self) -> Option<&str> {
        self.text("auth_username")
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_str()
    }
}

impl From<Map<String, Value>> for ConnectionInfo {
    fn from(fields: Map<String, Value>) -> ConnectionInfo {
        ConnectionInfo(fields)
    }
}

impl fmt::Debug for ConnectionInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ConnectionInfo({self})")
    }
}

impl fmt::Display for ConnectionInfo {
    /// As JSON on one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", Value::Object(self.without_secrets()))
    }
}

impl Serialize for ConnectionInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.without_secrets().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_never_shown() {
        let info = json!({
            "hosts": ["192.0.2.11"], "auth_username": "cinder", "secret_uuid": "S1", "secret_type": "S2", "keyring": "S3",
            "auth_password": "S4", "nested": [{"discovery_auth_password": "S5", "portal": "p"}], "AUTH_SECRET": ["S6"],
            "dhchap_key": "S7", "auth_token": "S8", "password": null,
        });
        let Value::Object(fields) = info else {
            panic!("not an object")
        };
        let info = ConnectionInfo::from(fields);
        let shown = format!(
            "{info} {info:?} {} {:?}",
            serde_json::to_string(&info).unwrap(),
            info.shown("nested")
        );
        for number in 1..=8 {
            assert!(!shown.contains(&format!("\"S{number}\"")), "{shown}");
        }
        assert!(
            shown.contains(r#""auth_username":"cinder""#) && shown.contains(r#""portal":"p""#),
            "{shown}"
        );
        assert_eq!(info.get("secret_uuid"), Some(&json!("S1")));
        assert_eq!(info.shown("keyring"), Some(json!(crate::redaction::fingerprint("S3"))));
        assert_eq!(info.shown("password"), Some(json!(null)));
    }

    #[test]
    fn fields_keep_their_order() {
        let Value::Object(fields) = json!({"b": 1, "a": 2}) else {
            panic!("not an object")
        };
        assert_eq!(ConnectionInfo::from(fields).to_string(), r#"{"b":1,"a":2}"#);
    }
}

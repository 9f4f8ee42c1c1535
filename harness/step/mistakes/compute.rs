//! Mistakes with Nova, Glance and Neutron.

use serde_json::{Value, json};

use super::make::{Mistake, NO_SUCH_ID, Subjects};
use crate::cloud::{ServiceKind, WrongCall};

/// Servers, key pairs, flavors, images, networks.
pub(super) fn mistakes(subjects: &Subjects) -> Vec<Mistake> {
    let mut mistakes = servers(subjects);
    mistakes.extend(attachments(subjects));
    mistakes.extend(others());
    mistakes
}

fn get(path: String) -> WrongCall {
    WrongCall::get(ServiceKind::Compute, path).at(2, 90)
}

fn delete(path: String) -> WrongCall {
    WrongCall::delete(ServiceKind::Compute, path).at(2, 90)
}

fn post(path: impl Into<String>, body: Value) -> WrongCall {
    WrongCall::post(ServiceKind::Compute, path, body).at(2, 90)
}

fn servers(subjects: &Subjects) -> Vec<Mistake> {
    let action = format!("servers/{}/action", subjects.server);
    let new = json!({"server": {
        "name": subjects.stray, "flavorRef": "no-such-flavor", "imageRef": NO_SUCH_ID, "networks": "none",
        "metadata": subjects.metadata,
    }});
    vec![
        Mistake::new("server-unknown", get(format!("servers/{NO_SUCH_ID}"))),
        Mistake::new("server-delete-unknown", delete(format!("servers/{NO_SUCH_ID}"))),
        Mistake::new("server-create-without-body", post("servers", json!({}))),
        Mistake::new("server-create-unknown-flavor", post("servers", new)),
        Mistake::new(
            "server-action-unknown",
            post(action.clone(), json!({"frobnicate": null})),
        ),
        Mistake::new(
            "server-unshelve-active",
            post(action.clone(), json!({"unshelve": null})),
        ),
        Mistake::new("server-start-active", post(action, json!({"os-start": null}))),
        Mistake::new(
            "server-shelve-unknown",
            post(format!("servers/{NO_SUCH_ID}/action"), json!({"shelve": null})),
        ),
    ]
}

fn attachments(subjects: &Subjects) -> Vec<Mistake> {
    let attachments = format!("servers/{}/os-volume_attachments", subjects.server);
    let attach = |volume: &str| post(attachments.clone(), json!({"volumeAttachment": {"volumeId": volume}}));
    vec![
        Mistake::new("server-attach-unknown-volume", attach(NO_SUCH_ID)),
        Mistake::new("server-attach-twice", attach(&subjects.volume)),
        Mistake::new("server-attach-volume-in-error", attach(&subjects.spare)),
        Mistake::new("server-attach-without-body", post(attachments.clone(), json!({}))),
        Mistake::new(
            "server-attach-to-unknown",
            post(
                format!("servers/{NO_SUCH_ID}/os-volume_attachments"),
                json!({"volumeAttachment": {"volumeId": subjects.spare}}),
            ),
        ),
        Mistake::new(
            "server-detach-unknown-volume",
            delete(format!("{attachments}/{NO_SUCH_ID}")),
        ),
        Mistake::new(
            "server-detach-unattached",
            delete(format!("{attachments}/{}", subjects.spare)),
        ),
    ]
}

fn others() -> Vec<Mistake> {
    let keypair = json!({"keypair": {"name": "cinder-drill-mistake", "type": "ssh", "public_key": "no key at all"}});
    vec![
        Mistake::new("keypair-unknown", get("os-keypairs/no-such-keypair".to_owned())),
        Mistake::new(
            "keypair-delete-unknown",
            delete("os-keypairs/no-such-keypair".to_owned()),
        ),
        Mistake::new("keypair-no-key", post("os-keypairs", keypair)),
        Mistake::new("flavor-unknown", get("flavors/no-such-flavor".to_owned())),
        Mistake::new(
            "image-unknown",
            WrongCall::get(ServiceKind::Image, format!("images/{NO_SUCH_ID}")),
        ),
        Mistake::new(
            "network-unknown",
            WrongCall::get(ServiceKind::Network, format!("networks/{NO_SUCH_ID}")),
        ),
        Mistake::new(
            "floatingip-delete-unknown",
            WrongCall::delete(ServiceKind::Network, format!("floatingips/{NO_SUCH_ID}")),
        ),
    ]
}

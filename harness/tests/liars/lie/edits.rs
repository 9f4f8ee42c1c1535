//! Lies that change what a read tells.

use serde_json::{Value, json};

use super::{Answer, Change, How, Lie, Moment, Read, When, edited};

/// The drilled backend.
const HOST: &str = "box@ceph";
/// An id of nothing.
pub const NOBODY: &str = "99999999-9999-4999-8999-999999999999";

/// The rows of the drilled backend.
fn rows(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    let services = body["services"].as_array_mut().into_iter().flatten();
    services.filter(|row| row["host"] == HOST)
}

/// The volumes of an answer, be it one or a list.
fn volumes(body: &mut Value) -> Vec<&mut Value> {
    if body.get("volumes").is_some() {
        body["volumes"].as_array_mut().into_iter().flatten().collect()
    } else {
        body.get_mut("volume").into_iter().collect()
    }
}

fn is_foreign(volume: &Value) -> bool {
    !volume["name"].as_str().unwrap_or_default().starts_with("cinder-drill-")
}

/// Sets members of an object.
fn set(object: &mut Value, members: &Value) {
    for (name, value) in members.as_object().into_iter().flatten() {
        object[name.as_str()] = value.clone();
    }
}

/// The row of the backend has these members, as soon as it says this of its replication (any, if that is empty).
pub fn row(when: When, status: &'static str, members: Value) -> Lie {
    edited(when, Read::Services, move |body, _| {
        let fits = |row: &&mut Value| status.is_empty() || row["replication_status"] == status;
        rows(body).filter(fits).for_each(|row| set(row, &members));
    })
}

/// The drill's volume has these members, as soon as it says this of its replication (any, if that is empty).
pub fn volume(when: When, status: &'static str, members: Value) -> Lie {
    edited(when, Read::Volume, move |body, _| {
        let volume = &mut body["volume"];
        if status.is_empty() || volume["replication_status"] == status {
            set(volume, &members);
        }
    })
}

/// The foreign volumes have these members.
pub fn foreign(when: When, members: Value) -> Lie {
    edited(when, Read::Volumes, move |body, _| {
        volumes(body)
            .into_iter()
            .filter(|volume| is_foreign(volume))
            .for_each(|volume| set(volume, &members));
    })
}

/// The attachment has these members.
pub fn attachment(members: Value) -> Lie {
    edited(When::Always, Read::Attachment, move |body, _| {
        set(&mut body["attachment"], &members);
    })
}

/// The connection info has these members, if there is one.
pub fn connection(when: When, members: Value) -> Lie {
    edited(when, Read::Attachment, move |body, _| {
        let info = &mut body["attachment"]["connection_info"];
        if info.as_object().is_some_and(|info| !info.is_empty()) {
            set(info, &members);
        }
    })
}

/// The server of the drill has these members.
pub fn server(when: When, members: Value) -> Lie {
    edited(when, Read::Server, move |body, _| set(&mut body["server"], &members))
}

/// What the connection to a site looks like.
fn connection_to(body: &mut Value, over: bool) {
    let info = &mut body["attachment"]["connection_info"];
    if info.as_object().is_none_or(serde_json::Map::is_empty) {
        return;
    }
    let site = if over {
        json!({"cluster_name": "ceph2", "hosts": ["198.51.100.11"], "auth_username": "cinder2", "secret_uuid": "22222222-bbbb-4bbb-8bbb-00000000000b"})
    } else {
        json!({"cluster_name": "ceph", "hosts": ["192.0.2.11"], "auth_username": "cinder", "secret_uuid": "11111111-aaaa-4aaa-8aaa-00000000000a"})
    };
    set(info, &site);
}

/// Every connection leads to where the backend was last asked to go.
pub fn connections_follow() -> Lie {
    edited(When::Asked, Read::Attachment, |body, moment| {
        connection_to(body, moment.to != "default")
    })
}

/// Nothing is moved, and the service and the volumes say that all is. With `connections` the attachments say so, too.
pub fn failover_noop(connections: bool) -> Lie {
    let service = edited(When::Asked, Read::Services, |body, moment: &Moment| {
        let over = moment.to != "default";
        let members = if over {
            json!({"replication_status": "failed-over", "active_backend_id": moment.to, "status": "disabled", "disabled_reason": "failed-over"})
        } else {
            json!({"replication_status": "enabled", "active_backend_id": "", "status": "enabled", "disabled_reason": null})
        };
        rows(body).for_each(|row| set(row, &members));
    });
    let of_volumes = edited(When::Asked, Read::VolumeOrList, |body, moment| {
        let status = if moment.to == "default" {
            "enabled"
        } else {
            "failed-over"
        };
        for volume in volumes(body) {
            if volume["replication_status"] == "enabled" {
                volume["replication_status"] = json!(status);
            }
        }
    });
    let mut lies = vec![
        Lie::NotDone(Change::Move, u32::MAX, Answer::Empty(202)),
        service,
        of_volumes,
    ];
    lies.extend(connections.then(connections_follow));
    Lie::All(lies)
}

/// Every other read of the service tells of before the failover, as a second replica of the database does.
pub fn flip() -> Lie {
    edited(When::Asked, Read::Services, |body, moment| {
        if moment.count % 2 == 0 {
            let before = json!({"replication_status": "enabled", "active_backend_id": null, "status": "enabled", "disabled_reason": null});
            rows(body).for_each(|row| set(row, &before));
        }
    })
}

/// A stale row of the same host stands before or behind the right one.
pub fn two_rows(first: bool, state: &'static str) -> Lie {
    edited(When::Always, Read::Services, move |body, _| {
        let Some(services) = body["services"].as_array_mut() else {
            return;
        };
        let Some(at) = services.iter().position(|row| row["host"] == HOST) else {
            return;
        };
        let mut stale = services[at].clone();
        set(
            &mut stale,
            &json!({"state": state, "status": "enabled", "replication_status": "enabled", "active_backend_id": null, "disabled_reason": null}),
        );
        services.insert(if first { at } else { at + 1 }, stale);
    })
}

/// The row says enabled and keeps its `active_backend_id`, as `init_host` leaves it after a restart.
pub fn enabled_but_away(when: When) -> Lie {
    row(
        when,
        "failed-over",
        json!({"replication_status": "enabled", "status": "enabled", "disabled_reason": null}),
    )
}

/// cinder-volume restarts in the middle of the failback, which is lost.
pub fn restart_in_failback() -> Lie {
    Lie::All(vec![
        Lie::NotDone(Change::Failback, 1, Answer::Empty(202)),
        enabled_but_away(When::Back),
    ])
}

/// The driver refuses the failover after Cinder took it: for two seconds it is under way.
pub fn failed_after_202() -> Lie {
    Lie::All(vec![
        Lie::NotDone(Change::Failover, u32::MAX, Answer::Empty(202)),
        row(When::OverWithin(2.0), "", json!({"replication_status": "failing-over"})),
    ])
}

/// The backend is a cluster of two hosts, and the foreign volumes are on the other one.
pub fn cluster() -> Lie {
    let services = edited(When::Always, Read::Services, |body, _| {
        let mut other = Vec::new();
        for row in rows(body) {
            row["cluster"] = json!("mycluster@ceph");
            other.push(row.clone());
        }
        for mut row in other {
            row["host"] = json!("box2@ceph");
            body["services"].as_array_mut().expect("a list").push(row);
        }
    });
    let of_volumes = edited(When::Always, Read::VolumeOrList, |body, _| {
        for volume in volumes(body) {
            volume["cluster_name"] = json!("mycluster@ceph#ceph");
            if is_foreign(volume) {
                volume["os-vol-host-attr:host"] = json!("box2@ceph#ceph");
            }
        }
    });
    Lie::All(vec![services, of_volumes])
}

/// Every volume is said to be on another backend.
pub fn migrated() -> Lie {
    edited(When::Asked, Read::VolumeOrList, |body, _| {
        for volume in volumes(body) {
            if volume["os-vol-host-attr:host"].is_string() {
                volume["os-vol-host-attr:host"] = json!("box@other#other");
            }
        }
    })
}

/// The attachments of the drill's volume are told otherwise.
pub fn attachments(tell: fn(&mut Vec<Value>)) -> Lie {
    edited(When::Always, Read::Volume, move |body, _| {
        if let Some(list) = body["volume"]["attachments"].as_array_mut()
            && !list.is_empty()
        {
            tell(list);
        }
    })
}

/// Everything of this name is there twice.
pub fn twice_named(read: Read, list: &'static str) -> Lie {
    edited(When::Always, read, move |body, _| {
        if let Some(things) = body[list].as_array_mut()
            && let Some(mut copy) = things.first().cloned()
        {
            copy["id"] = json!(NOBODY);
            things.push(copy);
        }
    })
}

/// The type that is not replicated is said to be, and so are its volumes.
pub fn plain_is_replicated() -> Lie {
    let types = edited(When::Always, Read::Types, |body, _| {
        for kind in body["volume_types"].as_array_mut().into_iter().flatten() {
            if kind["name"] == "plain" {
                kind["extra_specs"]["replication_enabled"] = json!("<is> True");
            }
        }
    });
    Lie::All(vec![
        types,
        volume(When::Always, "", json!({"replication_status": "enabled"})),
    ])
}

/// Nova shows the server as it does when its cell is down.
pub fn unknown_server() -> Lie {
    edited(When::Asked, Read::Server, |body, _| {
        let id = body["server"]["id"].clone();
        body["server"] =
            json!({"id": id, "name": "", "status": "UNKNOWN", "tenant_id": "x", "created": "", "links": []});
    })
}

/// Nova never says that a shelved server is offloaded.
pub fn never_offloads() -> Lie {
    edited(When::Always, Read::Server, |body, _| {
        if body["server"]["status"] == "SHELVED_OFFLOADED" {
            body["server"]["status"] = json!("SHELVED");
        }
    })
}

/// Every so manieth read of this is spoilt.
pub fn spoilt(how: How, read: Read, every: u32) -> Lie {
    Lie::Spoilt(how, read, every)
}

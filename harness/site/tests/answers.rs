//! Recorded answers of a real Ceph 16.2.15.

use crate::site::mirror_status::JournalPosition;
use crate::site::{MirrorStatus, PoolInfo, RbdInfo};

macro_rules! capture {
    ($name:literal) => {
        serde_json::from_str(include_str!(concat!("../../../fixtures/captures/rbd/", $name, ".json"))).unwrap()
    };
}

#[test]
fn images_that_are_mirrored_and_not() {
    let (primary, secondary): (RbdInfo, RbdInfo) = (capture!("info-primary"), capture!("info-secondary"));
    assert_eq!((primary.size, primary.id.as_str()), (268_435_456, "23c1341dcaa8"));
    assert!(primary.features.iter().any(|feature| feature == "journaling"));
    let (primary, secondary) = (primary.mirroring.unwrap(), secondary.mirroring.unwrap());
    assert!(primary.primary && !secondary.primary);
    assert_eq!(primary.global_id, secondary.global_id);
    assert_eq!(
        (primary.mode.as_deref(), primary.state.as_str()),
        (Some("journal"), "enabled")
    );
    let plain: RbdInfo = capture!("info-not-mirrored");
    assert_eq!(plain.mirroring, None);
}

#[test]
fn an_image_whose_mirroring_is_not_said_is_not_mirrored() {
    let info: RbdInfo = serde_json::from_str(r#"{"name": "x", "id": "1", "size": 1, "new_key": {}}"#).unwrap();
    assert_eq!((info.mirroring, info.features), (None, Vec::<String>::new()));
    // That it is enabled without more makes no sense, and must not pass for anything.
    let half = r#"{"name": "x", "id": "1", "size": 1, "mirroring": {"state": "enabled"}}"#;
    assert!(
        serde_json::from_str::<RbdInfo>(half)
            .unwrap_err()
            .to_string()
            .contains("global_id or primary is missing")
    );
}

#[test]
fn a_replay_is_read_from_its_description() {
    let status: MirrorStatus = capture!("mirror-status-replaying");
    assert!(status.is_replaying() && !status.is_split_brain());
    let replay = status.replay.unwrap();
    let position = JournalPosition {
        entry_tid: 3,
        object_number: 3,
        tag_tid: 2,
    };
    assert_eq!(
        (replay.primary_position, replay.non_primary_position),
        (Some(position), Some(position))
    );
    assert_eq!(
        (replay.entries_behind_primary, replay.bytes_per_second),
        (Some(0), Some(35.0))
    );
    assert!(replay.has_caught_up());
    assert_eq!(status.last_update.as_deref(), Some("2026-11-23 11:31:35"));
    let peer = &status.peer_sites[0];
    assert_eq!(
        (peer.site_name.as_str(), peer.state.as_str(), &peer.replay),
        ("site-a", "up+stopped", &None)
    );
}

#[test]
fn states_without_a_replay() {
    let primary: MirrorStatus = capture!("mirror-status-primary");
    assert_eq!(
        (primary.state.as_str(), primary.description.as_str()),
        ("up+stopped", "local image is primary")
    );
    assert!(primary.replay.is_none() && primary.peer_sites[0].replay.as_ref().unwrap().has_caught_up());
    let enabled: MirrorStatus = capture!("mirror-status-just-enabled");
    assert_eq!((enabled.state.as_str(), enabled.last_update), ("down+unknown", None));
    let split: MirrorStatus = capture!("mirror-status-split-brain");
    assert!(split.is_split_brain() && !split.is_replaying());
}

#[test]
fn a_replay_that_has_not_begun_has_not_caught_up() {
    let replaying = |replay: &str| {
        let description = format!("replaying, {replay}");
        let answer = serde_json::json!({"global_id": "g", "state": "up+replaying", "description": description});
        serde_json::from_value::<MirrorStatus>(answer).unwrap().replay.unwrap()
    };
    let primary = r#""primary_position":{"entry_tid":0,"object_number":0,"tag_tid":4}"#;
    let replay = replaying(&format!(
        r#"{{"entries_behind_primary":1,"non_primary_position":{{}},{primary}}}"#
    ));
    assert!(!replay.has_caught_up());
    assert_eq!(
        (replay.non_primary_position, replay.entries_behind_primary),
        (None, Some(1))
    );
    // Both unknown are not both the same.
    assert!(!replaying(r#"{"bytes_per_second":1}"#).has_caught_up());
}

#[test]
fn a_pool_and_its_peers() {
    let info: PoolInfo = capture!("mirror-pool-info");
    assert_eq!(
        (info.mode.as_str(), info.site_name.as_deref()),
        ("image", Some("site-a"))
    );
    let peer = &info.peers[0];
    assert_eq!(
        (peer.site_name.as_str(), peer.direction.as_deref()),
        ("site-b", Some("rx-tx"))
    );
    let disabled: PoolInfo = serde_json::from_str(r#"{"mode":"disabled"}"#).unwrap();
    assert_eq!((disabled.mode.as_str(), disabled.peers.len()), ("disabled", 0));
}

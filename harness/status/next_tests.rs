use serde_json::json;

use super::super::look::{Copy, Holder, SiteLook};
use super::*;
use crate::backend;
use crate::diagnostic::SourceMap;
use crate::document::MemoryFiles;
use crate::targets::Variables;

fn target() -> Target {
    let text = include_str!("../../fixtures/targets/simcloud.yaml");
    let files = MemoryFiles::new([("target.yaml", text)]);
    let path = std::path::Path::new("target.yaml");
    Target::load_from(&files, path, &Variables::default(), &mut SourceMap::default())
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn copy(primary: bool, state: &str) -> Copy {
    Copy {
        primary: Some(primary),
        state: Some(state.to_owned()),
        is_split: state == "up+error",
        ..Copy::default()
    }
}

fn holder(server: &str, boots: bool) -> Holder {
    Holder {
        server: server.to_owned(),
        boots,
    }
}

/// A backend with one volume, whose copies say this. A site of which there is no copy is silent.
fn look(replication: &str, active: &str, copies: [Option<Copy>; 2]) -> Look {
    let service = json!({
        "binary": "cinder-volume", "host": "box@ceph", "status": if active.is_empty() { "enabled" } else { "disabled" },
        "state": "up", "replication_status": replication, "active_backend_id": active,
    });
    let services = [serde_json::from_value(service).expect("a service")];
    let site = |name: &str, copy: &Option<Copy>| SiteLook {
        name: name.to_owned(),
        silent: copy.is_none().then(|| "its cluster does not answer".to_owned()),
        is_lost: copy.is_none(),
    };
    let [one, other] = copies;
    let sites = [site("site-a", &one), site("site-b", &other)];
    let volume = VolumeLook {
        id: "1".to_owned(),
        name: Some("database".to_owned()),
        status: "in-use".to_owned(),
        replication: replication.to_owned(),
        is_replicated: true,
        holders: vec![holder("server-1", true)],
        image: "volume-1".to_owned(),
        copies: [one.unwrap_or_default(), other.unwrap_or_default()],
    };
    Look {
        backend: "box@ceph".to_owned(),
        target: "simcloud".to_owned(),
        backend_id: Some("ceph2".to_owned()),
        service: Ok(backend::judge(&"box@ceph".parse().expect("a backend"), None, &services)),
        sites,
        volumes: Ok(vec![volume]),
    }
}

fn commands(look: &Look) -> Vec<String> {
    let next = next(look, &target()).into_iter();
    next.filter_map(|step| {
        let command = step.command?;
        Some(match step.at {
            Some(at) => format!("{at}: {command}"),
            None => command,
        })
    })
    .collect()
}

#[test]
fn nothing_is_to_be_done_where_all_is_well() {
    let well = look(
        "enabled",
        "",
        [Some(copy(true, "up+stopped")), Some(copy(false, "up+replaying"))],
    );
    assert!(next(&well, &target()).is_empty());
}

#[test]
fn a_lost_site_is_failed_over_from_and_its_servers_are_connected_anew() {
    let lost = look("enabled", "", [None, Some(copy(false, "up+replaying"))]);
    assert_eq!(
        commands(&lost),
        [
            "cinder failover-host box@ceph --backend_id ceph2",
            "cinder service-list --withreplication",
            "openstack server shelve server-1",
            "openstack server unshelve server-1",
        ]
    );
    // The other one is no reason to move.
    let other = look("enabled", "", [Some(copy(true, "up+stopped")), None]);
    assert_eq!(commands(&other), Vec::<String>::new());
    assert!(!next(&other, &target()).is_empty());
    // Where both are silent nobody knows anything.
    let both = look("enabled", "", [None, None]);
    assert_eq!(commands(&both), Vec::<String>::new());
}

#[test]
fn nothing_fails_back_before_the_old_primary_is_resynced() {
    let away = |copies| look("failed-over", "ceph2", copies);
    let demote = "site-a: rbd --cluster ceph --id cinder mirror image demote volumes/volume-1";
    let resync = "site-a: rbd --cluster ceph --id cinder mirror image resync volumes/volume-1";
    let primary = || Some(copy(true, "up+stopped"));
    assert_eq!(commands(&away([primary(), primary()])), [demote]);
    assert_eq!(commands(&away([Some(copy(false, "up+error")), primary()])), [resync]);
    // The image is thrown away, or is copied.
    for state in ["down+unknown", "up+syncing", "up+starting_replay"] {
        assert_eq!(
            commands(&away([Some(copy(false, state)), primary()])),
            Vec::<String>::new(),
            "{state}"
        );
    }
    let failback = commands(&away([Some(copy(false, "up+replaying")), primary()]));
    assert_eq!(failback[0], "cinder failover-host box@ceph --backend_id default");
    // While a site is silent nothing is sent to the backend.
    for silent in [[None, primary()], [primary(), None]] {
        let found = commands(&away(silent));
        assert!(
            !found.iter().any(|command| command.contains("failover-host")),
            "{found:?}"
        );
    }
}

#[test]
fn what_is_primary_nowhere_or_elsewhere_moves_nothing() {
    let nowhere = || [Some(copy(false, "up+unknown")), Some(copy(false, "up+unknown"))];
    assert_eq!(
        commands(&look("enabled", "", nowhere())),
        ["site-a: rbd --cluster ceph --id cinder mirror image promote volumes/volume-1"]
    );
    let elsewhere = look(
        "failed-over",
        "ceph2",
        [Some(copy(true, "up+stopped")), Some(copy(false, "up+replaying"))],
    );
    assert_eq!(commands(&elsewhere), Vec::<String>::new());
    // A row that contradicts itself, a service that moves, and one whose driver failed.
    for (replication, active) in [("enabled", "ceph2"), ("failing-over", ""), ("failover-error", "")] {
        let found = commands(&look(
            replication,
            active,
            [Some(copy(true, "up+stopped")), Some(copy(false, "up+replaying"))],
        ));
        assert!(
            !found.iter().any(|command| command.contains("failover-host")),
            "{replication}: {found:?}"
        );
    }
}

#[test]
fn a_cinder_that_is_silent_is_sent_nothing() {
    let mut silent = look("enabled", "", [None, Some(copy(false, "up+replaying"))]);
    silent.service = Err("no answer".to_owned());
    assert_eq!(commands(&silent), Vec::<String>::new());
    assert_eq!(next(&silent, &target()).len(), 1);
}

#[test]
fn what_cannot_be_asked_is_not_taken_for_well() {
    let primary = || Some(copy(true, "up+stopped"));
    let well = || [Some(copy(false, "up+replaying")), primary()];
    let mut blind = look("failed-over", "ceph2", well());
    for site in &mut blind.sites {
        site.silent = Some("the target does not say how to ask it".to_owned());
    }
    assert_eq!(commands(&blind), Vec::<String>::new());
    let mut unlisted = look("failed-over", "ceph2", well());
    unlisted.volumes = Err("403".to_owned());
    assert_eq!(commands(&unlisted), Vec::<String>::new());
}

#[test]
fn data_volumes_are_given_up_by_a_server_that_is_stopped() {
    let mut lost = look("failed-over", "ceph2", [None, Some(copy(true, "up+stopped"))]);
    let volume = lost.volumes.as_ref().expect("known")[0].clone();
    let data = |id: &str, holders: Vec<Holder>| VolumeLook {
        id: id.to_owned(),
        holders,
        ..volume.clone()
    };
    lost.volumes = Ok(vec![
        data("2", vec![holder("server-2", false)]),
        data("3", vec![holder("server-2", false)]),
    ]);
    assert_eq!(
        commands(&lost),
        [
            "openstack server stop server-2",
            "openstack server remove volume server-2 2",
            "openstack server remove volume server-2 3",
            "openstack server add volume server-2 2",
            "openstack server add volume server-2 3",
            "openstack server start server-2",
        ]
    );
    // One that boots from a volume gets new connections of all of them when it is shelved.
    lost.volumes = Ok(vec![
        data("2", vec![holder("server-2", false)]),
        data("4", vec![holder("server-2", true)]),
    ]);
    assert_eq!(
        commands(&lost),
        ["openstack server shelve server-2", "openstack server unshelve server-2"]
    );
}

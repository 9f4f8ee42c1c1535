use super::{BackendIdRule, FailbackBy, Identity, Moves, WithoutPreparation, named};

fn profile(name: &str) -> &'static super::DriverProfile {
    named(name).unwrap_or_else(|why| panic!("{name}: {why:?}"))
}

#[test]
fn rbd_is_what_it_was() {
    let rbd = profile("rbd");
    assert_eq!((rbd.name.as_str(), rbd.protocol.as_str()), ("rbd", "rbd"));
    assert_eq!(rbd.fields.site, ["hosts", "cluster_name", "auth_username"]);
    assert_eq!(rbd.fields.image.as_deref(), Some("name"));
    assert!(rbd.mode.asynchronous && rbd.asks_rbd() && rbd.fields.keep.iter().any(|field| field == "volume_id"));
    assert_eq!(rbd.active_active.fails_back, Some(false));
}

#[test]
fn a_mode_says_what_keeps_and_what_changes() {
    let (sync, uniform) = (profile("pure-iscsi-sync"), profile("pure-iscsi-uniform"));
    assert!(profile("pure-iscsi-async").is_site_field("wwn") && !sync.is_site_field("wwn"));
    assert!(sync.fields.keep.iter().any(|field| field == "wwn"));
    assert!(!sync.fields.both_sites && uniform.fields.both_sites);
    assert_eq!(
        profile("pure-iscsi-async").failback.without,
        WithoutPreparation::VolumesFail
    );
    assert_eq!(sync.failback.without, WithoutPreparation::FailsBack);
}

#[test]
fn states_and_ids_are_the_drivers_own() {
    let powermax = profile("powermax-iscsi-sync");
    assert_eq!(powermax.backend_id, BackendIdRule::LeaveOut);
    assert_eq!(powermax.active_after(None).as_deref(), Some("failed over"));
    assert_eq!(profile("unity-fc-async").active_after(None), None);
    assert_eq!(
        profile("unity-fc-async").active_after(Some("u2")).as_deref(),
        Some("u2")
    );
    assert_eq!(profile("3par-fc-sync").failback.status, "available");
    assert_eq!(profile("3par-fc-sync").failback.without, WithoutPreparation::Refused);
    assert_eq!(
        profile("netapp-fc-async").failback.without,
        WithoutPreparation::LosesWrites
    );
    assert_eq!(profile("kaminario-iscsi").failback.by, FailbackBy::Again);
    assert_eq!(profile("netapp-nfs-sync").identity(), Identity::None);
    assert!(matches!(profile("nimble-fc").moves, Moves::Groups(_)));
}

#[test]
fn a_type_replicates_by_the_drivers_own_words() {
    let rbd = profile("rbd").specs_of_a_type();
    assert!(profile("rbd").selects_replication(&rbd));
    let mut near = rbd.clone();
    near.insert("replication_enabled".to_owned(), "<is> true".to_owned());
    assert!(!profile("rbd").selects_replication(&near));
    let kaminario = profile("kaminario-fc");
    assert!(!kaminario.selects_replication(&rbd));
    assert!(kaminario.selects_replication(&kaminario.specs_of_a_type()));
    assert_eq!(profile("powerflex-scaleio").needed_specs, ["powerflex:replication_cg"]);
}

use crate::connection::{DriverProfile, Identity, ProfileError};

const RBD: &str = include_str!("../../../fixtures/profiles/rbd.yaml");

fn parse(text: &str) -> Result<DriverProfile, ProfileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.yaml");
    std::fs::write(&path, text).unwrap();
    DriverProfile::from_file(&path)
}

fn cause(text: &str) -> String {
    match parse(text).unwrap_err() {
        ProfileError::Invalid { cause, .. } => cause,
        error => panic!("{error:?}"),
    }
}

#[test]
fn every_profile_that_comes_along_is_good() {
    for name in DriverProfile::known() {
        let profile = DriverProfile::named(name).unwrap();
        assert_eq!(
            (profile.protocol.as_str(), profile.identity),
            (name, Identity::ConnectionInfo)
        );
        assert!(profile.must_keep.iter().any(|field| field == "volume_id"), "{name}");
        assert!(
            profile.may_change.iter().any(|field| field == "attachment_id"),
            "{name}"
        );
    }
    assert_eq!(DriverProfile::known().count(), 4);
    let rbd = DriverProfile::named("rbd").unwrap();
    assert_eq!(rbd.must_change, ["cluster_name", "hosts", "auth_username"]);
    assert!(rbd.asynchronous);
    assert_eq!(parse(RBD).unwrap(), rbd);
}

#[test]
fn what_is_no_profile() {
    assert!(cause(&format!("{RBD}mustchange: []\n")).contains("mustchange"));
    assert!(cause(&RBD.replace("asynchronous: true\n", "")).contains("asynchronous"));
    assert!(
        cause(&RBD.replace("must-change: [", "must-change: [name, "))
            .contains("`name` is in must-change and in must-keep")
    );
    assert!(
        cause(&RBD.replace("must-change: [cluster_name, hosts, auth_username]", "must-change: []"))
            .contains("nothing would be checked")
    );
    assert!(cause(&RBD.replace("identity: connection-info", "identity: none")).contains("identity is none"));
    assert!(cause(&format!("{RBD}protocol: iscsi\n")).contains("protocol"));
    assert!(matches!(
        DriverProfile::named("nfs").unwrap_err(),
        ProfileError::Unknown { .. }
    ));
    let missing = DriverProfile::from_file(std::path::Path::new("/nowhere/profile.yaml")).unwrap_err();
    assert!(matches!(missing, ProfileError::Unreadable { .. }));
}

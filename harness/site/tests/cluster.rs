//! What `ceph` and `rbd mirror pool status` of a real Ceph 16.2.15 said, and secrets that no error shows.

use secrecy::{ExposeSecret, SecretString};

use super::site::site;
use crate::site::{Orchestrator, SiteError};

macro_rules! capture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/captures/ceph-admin/", $name))
    };
}

fn printing(text: &str) -> String {
    format!("cat <<'END'\n{text}\nEND")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_tells_who_it_is_and_what_it_has() {
    let (server, site) = site("exit 9").await;
    server.command("ceph", &printing(capture!("mon-dump.json")));
    let cluster = site.cluster().await.unwrap();
    assert_eq!(cluster.fsid, "a0000000-0000-4000-8000-00000000000a");
    assert_eq!(cluster.monitors, ["primary"]);
    server.command("ceph", &printing(capture!("df.json")));
    let pools = site.pools().await.unwrap();
    let room = pools.iter().find(|pool| pool.pool == "volumes").unwrap();
    assert_eq!(room.free_bytes, 20_373_557_248);
    assert!(pools.iter().all(|pool| pool.pool != "no-such"));
    server.command("ceph", &printing(capture!("service-dump.json")));
    assert_eq!(site.mirror_daemons().await.unwrap().hosts, ["lab"]);
    server.command("ceph", &printing(r#"{"epoch":1,"services":{}}"#));
    assert_eq!(site.mirror_daemons().await.unwrap().hosts, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_known_by_its_capabilities_and_never_by_its_key() {
    let (server, site) = site("exit 9").await;
    let keyring = capture!("auth-get.txt").replacen('\n', "\n\tkey = AQDsecretsecret==\n", 1);
    server.command("ceph", &printing(&keyring));
    let caps = site.capabilities("cinder2").await.unwrap().unwrap();
    assert_eq!(
        (caps.mon.as_str(), caps.osd.as_str()),
        ("profile rbd", "profile rbd pool=volumes")
    );
    server.command(
        "ceph",
        "echo 'Error ENOENT: failed to find client.cinder2 in keyring' >&2; exit 2",
    );
    assert_eq!(site.capabilities("cinder2").await.unwrap(), None);
    server.command("ceph", "echo 'Error EACCES: access denied' >&2; exit 13");
    assert!(site.capabilities("cinder2").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_an_orchestrator_is_no_error() {
    let (server, site) = site("exit 9").await;
    server.command(
        "ceph",
        "echo 'Error ENOENT: No orchestrator configured (try `ceph orch set backend`)' >&2; exit 2",
    );
    assert_eq!(site.orchestrator().await.unwrap(), Orchestrator::None);
    server.command(
        "ceph",
        &printing(r#"{"available": true, "backend": "cephadm", "paused": false}"#),
    );
    assert_eq!(
        site.orchestrator().await.unwrap(),
        Orchestrator::Available("cephadm".to_owned())
    );
    server.command("ceph", "echo 'Error EACCES: access denied' >&2; exit 13");
    assert!(site.orchestrator().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn daemons_are_told_to_administrators_and_images_to_all() {
    let (server, site) = site("exit 9").await;
    server.command("rbd", &printing(capture!("pool-status.json")));
    let status = site.pool_status("volumes").await.unwrap();
    assert_eq!(status.daemons.unwrap()[0].health, "OK");
    server.command("rbd", &printing(capture!("pool-status-not-reporting.json")));
    let status = site.pool_status("volumes").await.unwrap();
    let daemons = status.daemons.unwrap();
    assert_eq!(
        (daemons[0].health.as_str(), daemons[0].callouts.as_slice()),
        ("WARNING", ["not reporting status".to_owned()].as_slice())
    );
    let as_cinder = format!(
        "echo 'rbd: failed to query services: (13) Permission denied' >&2\n{}",
        printing(capture!("pool-status-as-cinder.json"))
    );
    server.command("rbd", &as_cinder);
    let status = site.pool_status("volumes").await.unwrap();
    assert_eq!(status.daemons, None);
    let image = status.image("volume-11111111-1111-4111-8111-111111111111").unwrap();
    assert_eq!(
        (image.state.as_str(), image.peer_sites[0].state.as_str()),
        ("up+stopped", "up+replaying")
    );
    assert!(status.image("another").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_the_last_line_and_no_error_shows_it() {
    let (server, site) = site("exit 9").await;
    server.command("rbd", "echo 'Inferring fsid'; echo eyJzZWNyZXQi");
    let secret = site.perform_for_secret("make a token", "rbd make").await.unwrap();
    assert_eq!(secret.expose_secret(), "eyJzZWNyZXQi");
    server.command("rbd", "echo eyJzZWNyZXQi; exit 1");
    let error = site.perform_for_secret("make a token", "rbd make").await.unwrap_err();
    assert!(!format!("{error:?}").contains("eyJzZWNyZXQi"), "{error:?}");
    // Ceph succeeds without a token when the user that it makes tokens with is not as it expects.
    server.command(
        "rbd",
        "echo; echo 'rbd: mismatch with pre-existing RBD mirroring peer user caps' >&2",
    );
    let error = site.perform_for_secret("make a token", "rbd make").await.unwrap_err();
    assert!(matches!(error, SiteError::Garbage { .. }), "{error:?}");
    assert!(format!("{error:?}").contains("mismatch"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_comes_on_the_standard_input() {
    let (server, site) = site("exit 9").await;
    let secret = SecretString::from("eyJzZWNyZXQi");
    server.command("rbd", r#"[ "$*" = "import -" ] && [ "$(cat)" = eyJzZWNyZXQi ]"#);
    site.perform_with_secret("import it", "rbd import -", &secret)
        .await
        .unwrap();
    server.command("rbd", "echo bad token $(cat) >&2; exit 22");
    let error = site
        .perform_with_secret("import it", "rbd import -", &secret)
        .await
        .unwrap_err();
    assert!(!format!("{error:?}").contains("eyJzZWNyZXQi"), "{error:?}");
    assert!(format!("{error:?}").contains("bad token"), "{error:?}");
}

use std::time::Duration;

use serde::Deserialize;

use crate::shell::tests::server::Server;
use crate::site::{Site, SiteError, SiteOptions, SiteProblem};

pub(super) const IMAGE: &str = "volume-11111111-1111-4111-8111-111111111111";

pub(super) fn options() -> SiteOptions {
    SiteOptions {
        name: "site-b".to_owned(),
        prefix: String::new(),
        rbd_arguments: "--cluster ceph2 --id cinder2".to_owned(),
        pool: "volumes".to_owned(),
        timeout: Duration::from_secs(20),
    }
}

/// A site whose `rbd` is this script.
pub(super) async fn site(rbd: &str) -> (Server, Site) {
    let server = Server::start().await;
    server.command("rbd", rbd);
    let site = Site::new(server.shell().await, options());
    (server, site)
}

/// A recorded failure of `rbd`.
#[derive(Deserialize)]
struct Recorded {
    exit_code: i32,
    stderr: String,
}

/// A script that fails as recorded.
fn failing(recorded: &str) -> String {
    let Recorded { exit_code, stderr } = serde_json::from_str(recorded).unwrap();
    format!("cat >&2 <<'END'\n{stderr}END\nexit {exit_code}")
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_asked_of_the_right_cluster() {
    let info = include_str!("../../../fixtures/captures/rbd/info-secondary.json");
    let status = include_str!("../../../fixtures/captures/rbd/mirror-status-replaying.json");
    let pool = include_str!("../../../fixtures/captures/rbd/mirror-pool-info.json");
    // A client that is no administrator gets this complaint with its answer, and cephadm talks too.
    let script = format!(
        "echo 'Inferring fsid' >&2; echo 'rbd: failed to query services: (13) Permission denied' >&2\ncase \"$*\" in\n\
         '--cluster ceph2 --id cinder2 info volumes/{IMAGE} --format json') echo '{info}';;\n\
         '--cluster ceph2 --id cinder2 mirror image status volumes/{IMAGE} --format json') echo '{status}';;\n\
         '--cluster ceph2 --id cinder2 mirror pool info volumes --format json') echo '{pool}';;\n\
         '--cluster ceph2 --id cinder2 ls volumes --format json') echo '[\"a\",\"b c\"]';;\n*) exit 9;;\nesac"
    );
    let (server, site) = site(&script).await;
    assert!(!site.image_info(IMAGE).await.unwrap().mirroring.unwrap().primary);
    assert_eq!(site.mirror_status(IMAGE).await.unwrap().state, "up+replaying");
    assert_eq!(site.pool_info("volumes").await.unwrap().mode, "image");
    assert_eq!(site.images("volumes").await.unwrap(), ["a", "b c"]);
    server.command("cephadm", r#"[ "$1 $2" = "shell --" ] || exit 8; shift 2; exec "$@""#);
    let prefixed = Site::new(
        server.shell().await,
        SiteOptions {
            prefix: "cephadm shell -- ".to_owned(),
            ..options()
        },
    );
    assert_eq!(prefixed.images("volumes").await.unwrap(), ["a", "b c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_refusals_are_told_apart() {
    let (server, site) = site(&failing(include_str!(
        "../../../fixtures/captures/rbd/info-no-such-image.json"
    )))
    .await;
    let error = site.image_info(IMAGE).await.unwrap_err();
    assert!(error.is_no_such_image(), "{error:?}");
    server.command(
        "rbd",
        &failing(include_str!(
            "../../../fixtures/captures/rbd/mirror-status-not-mirrored.json"
        )),
    );
    let error = site.mirror_status(IMAGE).await.unwrap_err();
    assert!(
        matches!(error, SiteError::MirroringDisabled { .. }) && !error.is_no_such_image(),
        "{error:?}"
    );
    for (script, expected) in [
        (
            failing(include_str!("../../../fixtures/captures/rbd/info-not-permitted.json")),
            SiteProblem::PermissionDenied,
        ),
        ("exit 127".to_owned(), SiteProblem::CommandNotFound),
        (
            "echo \"rbd: couldn't connect to the cluster!\" >&2; exit 1".to_owned(),
            SiteProblem::ClusterUnreachable,
        ),
        (
            "echo \"rbd: error opening pool 'x': (2) No such file or directory\" >&2; exit 2".to_owned(),
            SiteProblem::NoSuchPool,
        ),
        ("echo what >&2; exit 22".to_owned(), SiteProblem::Other),
    ] {
        server.command("rbd", &script);
        let error = site.image_info(IMAGE).await.unwrap_err();
        let SiteError::Failed { problem, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*problem, expected, "{script}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_makes_no_sense_is_an_error() {
    let (server, site) = site("true").await;
    for script in ["true", "echo '{'", "echo Welcome; echo '[]'", "echo '{}'", "echo null"] {
        server.command("rbd", script);
        let error = site.image_info(IMAGE).await.unwrap_err();
        assert!(matches!(error, SiteError::Garbage { .. }), "{script}: {error:?}");
    }
}

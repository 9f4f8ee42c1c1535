use super::site::{IMAGE, site};
use crate::shell::tests::server::Server;
use crate::site::{Site, SiteError, SiteProblem};

const TOKEN: &str = "cinder-drill-marker-3155206f1b954519a1d18aab15035120-end";
/// The second object of the image, which the recorded answer calls so.
const OBJECT: &str = "rbd_data.1dbd88d45e52.0000000000000001";
const PLACE: std::ops::Range<u64> = 0x40_1000..0x40_1038;

/// A site whose `rbd info` is recorded, and whose `rados` prints this file for that object and knows no other.
async fn with_object(content: &[u8]) -> (Server, Site) {
    let info = include_str!("../../../fixtures/captures/rbd/info-secondary.json");
    let (server, site) = site(&format!("cat <<'END'\n{info}\nEND")).await;
    std::fs::write(server.folder().join("object"), content).unwrap();
    server.command(
        "rados",
        &format!(
            "[ \"$*\" = '--cluster ceph2 --id cinder2 -p volumes get {OBJECT} -' ] || {{ echo \"error getting volumes/$8: (2) No such file \
             or directory\" >&2; exit 1; }}\ncat $FOLDER/object"
        ),
    );
    (server, site)
}

fn object(token: &str) -> Vec<u8> {
    [vec![0; 4096], token.as_bytes().to_vec(), vec![0; 70_000]].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_object_that_holds_the_place_is_read() {
    let (server, site) = with_object(&object(TOKEN)).await;
    assert!(site.object_contains(IMAGE, &PLACE, TOKEN).await.unwrap());
    // The object before it and the one after it were never written.
    assert!(!site.object_contains(IMAGE, &(0..10), TOKEN).await.unwrap());
    assert!(
        !site
            .object_contains(IMAGE, &(0x80_0000..0x80_0010), TOKEN)
            .await
            .unwrap()
    );
    // What another run has left in a block that is used again.
    std::fs::write(
        server.folder().join("object"),
        object("cinder-drill-marker-00000000000000000000000000000000-end"),
    )
    .unwrap();
    assert!(!site.object_contains(IMAGE, &PLACE, TOKEN).await.unwrap());
    std::fs::write(server.folder().join("object"), []).unwrap();
    assert!(!site.object_contains(IMAGE, &PLACE, TOKEN).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_an_image_that_is_not_there_any_more_does_not_count() {
    let (server, site) = with_object(&object(TOKEN)).await;
    let info = include_str!("../../../fixtures/captures/rbd/info-secondary.json");
    // Between two looks at it, the copy was thrown away and made anew, or not at all yet.
    let anew = info.replace("1dbd88d45e52", "2ecd99e56f63");
    for after in [
        format!("cat <<'END'\n{anew}\nEND"),
        "echo 'rbd: error opening image x: (2) No such file or directory' >&2; exit 2".to_owned(),
    ] {
        std::fs::remove_file(server.folder().join("seen")).ok();
        server.command(
            "rbd",
            &format!("if [ -e $FOLDER/seen ]; then\n{after}\nelse touch $FOLDER/seen; cat <<'END'\n{info}\nEND\nfi"),
        );
        assert!(!site.object_contains(IMAGE, &PLACE, TOKEN).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_cannot_be_read_is_neither_found_nor_not_found() {
    let (server, site) = with_object(&object(TOKEN)).await;
    for (script, problem) in [
        ("exit 127", SiteProblem::CommandNotFound),
        (
            "echo 'error getting volumes/x: (1) Operation not permitted' >&2; exit 1",
            SiteProblem::PermissionDenied,
        ),
        (
            "echo 'error opening pool volumes: (2) No such file or directory' >&2; exit 1",
            SiteProblem::NoSuchPool,
        ),
        (
            "cat $FOLDER/object; echo 'error getting volumes/x: (5) Input/output error' >&2; exit 1",
            SiteProblem::Other,
        ),
    ] {
        server.command("rados", script);
        let error = site.object_contains(IMAGE, &PLACE, TOKEN).await.unwrap_err();
        assert_eq!(error.problem(), Some(problem), "{script}: {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_whose_objects_hold_its_bytes_in_another_way_is_refused() {
    let (server, site) = with_object(&object(TOKEN)).await;
    let over_two = 0x3f_fff0..0x40_0010;
    let error = site.object_contains(IMAGE, &over_two, TOKEN).await.unwrap_err();
    assert!(matches!(error, SiteError::Unsupported { .. }), "{error:?}");
    let info = include_str!("../../../fixtures/captures/rbd/info-secondary.json");
    for (member, instead) in [
        (
            "\"object_size\":4194304,",
            "\"object_size\":4194304,\"stripe_unit\":65536,\"stripe_count\":4,",
        ),
        ("rbd_data.", "rb.0."),
        ("\"block_name_prefix\":", "\"block_name_suffix\":"),
    ] {
        let info = info.replace(member, instead);
        server.command("rbd", &format!("cat <<'END'\n{info}\nEND"));
        let error = site.object_contains(IMAGE, &PLACE, TOKEN).await.unwrap_err();
        assert!(matches!(error, SiteError::Unsupported { .. }), "{instead}: {error:?}");
    }
    // Of an erasure-coded pool the data are in another one than the image.
    let info = info.replace("\"format\":2,", "\"format\":2,\"data_pool\":\"coded\",");
    server.command("rbd", &format!("cat <<'END'\n{info}\nEND"));
    server.command("rados", "[ \"$5 $6\" = '-p coded' ] || exit 9\ncat $FOLDER/object");
    assert!(site.object_contains(IMAGE, &PLACE, TOKEN).await.unwrap());
}

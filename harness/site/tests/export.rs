use super::site::{IMAGE, options, site};
use crate::shell::tests::server::Server;
use crate::site::{Site, SiteError, SiteProblem};

const TOKEN: &str = "cinder-drill-marker-3155206f1b954519a1d18aab15035120";

/// What it says of the image first.
const INFO: &str = r#"{"name": "x", "id": "1", "size": 5000000}"#;

/// An `rbd` that exports this file of the server's folder.
fn exporting(file: &str, exit_code: i32) -> String {
    format!(
        "case \"$*\" in *' info '*) echo '{INFO}'; exit 0;; esac\n\
         [ \"$*\" = '--cluster ceph2 --id cinder2 export --no-progress volumes/{IMAGE} -' ] || exit 9\ncat $FOLDER/{file}\n\
         [ {exit_code} = 0 ] || echo 'rbd: export error: (5) Input/output error' >&2\nexit {exit_code}"
    )
}

async fn exporting_site(content: &[u8], exit_code: i32) -> (Server, Site) {
    let (server, site) = site(&exporting("image", exit_code)).await;
    std::fs::write(server.folder().join("image"), content).unwrap();
    (server, site)
}

fn image(token: &str) -> Vec<u8> {
    let mut image = vec![0; 3_000_000];
    image.extend_from_slice(token.as_bytes());
    image.extend(vec![0; 2_000_000]);
    image
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marker_is_found_in_an_image_or_not() {
    let (server, site) = exporting_site(&image(TOKEN), 0).await;
    assert!(site.contains(IMAGE, TOKEN).await.unwrap());
    assert!(
        !site
            .contains(IMAGE, "cinder-drill-marker-of-another-run")
            .await
            .unwrap()
    );
    // The marker's characters are no pattern.
    assert!(!site.contains(IMAGE, "cinder-drill-marker-.*").await.unwrap());
    for content in [
        Vec::new(),
        vec![0; 100],
        b"\xff\xfe\n\n".to_vec(),
        image("cinder-drill-marker-\0"),
    ] {
        std::fs::write(server.folder().join("image"), content).unwrap();
        assert!(!site.contains(IMAGE, TOKEN).await.unwrap());
    }
    for content in [format!("a{TOKEN}"), format!("{TOKEN}b\nc"), format!("x\0\0{TOKEN}")] {
        std::fs::write(server.folder().join("image"), content).unwrap();
        assert!(site.contains(IMAGE, TOKEN).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_failed_is_neither_found_nor_not_found() {
    for content in [image(TOKEN), Vec::new()] {
        let (_server, site) = exporting_site(&content, 5).await;
        let error = site.contains(IMAGE, TOKEN).await.unwrap_err();
        assert!(
            matches!(
                &error,
                SiteError::Failed {
                    exit_code: 5,
                    problem: SiteProblem::Other,
                    ..
                }
            ),
            "{error:?}"
        );
        assert_eq!(
            error.details().last().unwrap().1,
            "rbd: export error: (5) Input/output error"
        );
        let error = site.image_digest(IMAGE).await.unwrap_err();
        assert!(matches!(&error, SiteError::Failed { exit_code: 5, .. }), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_there_is_told_as_such() {
    let script = "echo 'rbd: error opening image x: (2) No such file or directory' >&2; exit 2";
    let (server, site) = site(script).await;
    assert!(site.contains(IMAGE, TOKEN).await.unwrap_err().is_no_such_image());
    assert!(site.image_digest(IMAGE).await.unwrap_err().is_no_such_image());
    // Neither `rbd` nor the filter are there.
    server.command("rbd", "exit 127");
    let error = site.contains(IMAGE, TOKEN).await.unwrap_err();
    assert!(
        matches!(
            &error,
            SiteError::Failed {
                problem: SiteProblem::CommandNotFound,
                ..
            }
        ),
        "{error:?}"
    );
    server.command("rbd", &exporting("bin/rbd", 0));
    server.command("grep", "exit 127");
    let error = site.contains(IMAGE, TOKEN).await.unwrap_err();
    assert!(
        matches!(
            &error,
            SiteError::Failed {
                problem: SiteProblem::CommandNotFound,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_makes_no_sense_is_an_error() {
    let (server, site) = exporting_site(&image(TOKEN), 0).await;
    for script in [
        "exit 2",
        "echo 0",
        "echo 1; exit 1",
        "true",
        "cat > /dev/null; echo many",
    ] {
        server.command("grep", script);
        let error = site.contains(IMAGE, TOKEN).await.unwrap_err();
        let broken_pipe = matches!(&error, SiteError::Failed { .. });
        assert!(
            matches!(&error, SiteError::Garbage { .. }) || broken_pipe,
            "{script}: {error:?}"
        );
    }
    server.command("sha256sum", "cat > /dev/null; echo none");
    let error = site.image_digest(IMAGE).await.unwrap_err();
    assert!(matches!(error, SiteError::Garbage { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_of_an_image() {
    let (_server, site) = exporting_site(b"abc", 0).await;
    let digest = site.image_digest(IMAGE).await.unwrap();
    assert_eq!(
        digest,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[tokio::test]
async fn what_grep_would_take_for_something_else_is_refused() {
    let site = Site::new(crate::shell::Shell::local(), options());
    for token in ["", "-v", "a\nb", "a\0b"] {
        let error = site.contains(IMAGE, token).await.unwrap_err();
        assert!(matches!(error, SiteError::Unsupported { .. }), "{token:?}: {error:?}");
    }
}

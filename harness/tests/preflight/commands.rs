//! `cinder-drill preflight` and `cinder-drill enable` as a user types them.

use std::path::Path;

use crate::boxes::stable;
use crate::common::{cinder_drill, code, repository, text};

/// The embedded cloud's target with other lines in place of some of its own.
pub fn target(folder: &Path, changed: &[(&str, &str)]) -> String {
    let path = repository().join("fixtures/targets/simcloud.yaml");
    let mut target = std::fs::read_to_string(path).expect("the target");
    for (line, other) in changed {
        assert!(target.contains(line), "{line}");
        target = target.replace(line, other);
    }
    let file = folder.join("target.yaml");
    std::fs::write(&file, target).expect("written");
    file.display().to_string()
}

/// The line of the embedded cloud's target that starts it.
pub const SIMCLOUD: &str = "simcloud: { seed: 1, pace: 1.0 }";

#[test]
fn the_exit_code_says_whether_anything_stands_in_the_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let ready = cinder_drill(&["preflight"]);
    assert_eq!(code(&ready), 0, "{}{}", text(&ready.stdout), text(&ready.stderr));
    let broken = target(folder.path(), &[(SIMCLOUD, "simcloud: { seed: 1, broken: [frozen] }")]);
    let not_ready = cinder_drill(&["preflight", "--target", &broken]);
    assert_eq!(code(&not_ready), 1);
    assert!(
        text(&not_ready.stdout).contains("NOT READY  box@ceph"),
        "{}",
        text(&not_ready.stdout)
    );
    let unknown = target(
        folder.path(),
        &[
            ("    admin-arguments: --cluster ceph --id admin\n", ""),
            ("    admin-arguments: --cluster ceph2 --id admin\n", ""),
        ],
    );
    let unknown = cinder_drill(&["preflight", "--quiet", "--target", &unknown]);
    assert_eq!(code(&unknown), 3);
    assert!(
        text(&unknown.stdout).contains("UNKNOWN  it is not known whether"),
        "{}",
        text(&unknown.stdout)
    );
    assert_eq!(code(&cinder_drill(&["preflight", "--target", "no-such.yaml"])), 2);
}

#[test]
fn programs_read_json() {
    let output = cinder_drill(&["preflight", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["verdict"], "ready");
    assert_eq!(report["checks"].as_array().map(Vec::len), Some(23));
}

#[test]
fn a_cloud_that_is_away_is_a_problem_and_not_a_failure_of_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let clouds = folder.path().join("clouds.yaml");
    let cloud = "clouds:\n  gone:\n    auth:\n      auth_url: http://127.0.0.1:1/v3\n      username: u\n      password: p\n      project_name: p\n      user_domain_name: Default\n      project_domain_name: Default\n";
    std::fs::write(&clouds, cloud).expect("written");
    let file = target(
        folder.path(),
        &[
            ("cloud: simcloud\n", "cloud: gone\n"),
            (
                "clouds-file: ${simcloud.clouds_file}",
                &format!("clouds-file: {}", clouds.display()),
            ),
        ],
    );
    let output = cinder_drill(&["preflight", "--quiet", "--target", &file]);
    assert_eq!(code(&output), 1);
    insta::assert_snapshot!("away", stable(&text(&output.stdout)));
}

#[test]
fn enable_shows_what_it_would_do_then_does_it_and_keeps_the_file_that_it_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let bare = target(folder.path(), &[(SIMCLOUD, "simcloud: { seed: 1, broken: [bare] }")]);
    let shown = cinder_drill(&["enable", "--dry-run", "--target", &bare]);
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    assert!(text(&shown.stdout).contains("7 commands would run; nothing was changed"));
    let config = folder.path().join("cinder.conf");
    std::fs::write(
        &config,
        "[DEFAULT]\nenabled_backends = ceph\n\n[ceph]\nrbd_pool = volumes\n",
    )
    .expect("written");
    let done = cinder_drill(&[
        "enable",
        "--target",
        &bare,
        "--write-config",
        &config.display().to_string(),
    ]);
    assert_eq!(code(&done), 0, "{}{}", text(&done.stdout), text(&done.stderr));
    let said = stable(&text(&done.stdout)).replace(&folder.path().display().to_string(), "[folder]");
    let backup = regex::Regex::new(r"cinder\.conf\.[0-9-]+\.bak").expect("a pattern");
    // The folder's name has another length each time, so lines break elsewhere.
    let said = said.replace("\n        ", " ");
    insta::assert_snapshot!("enabled", backup.replace_all(&said, "cinder.conf.[time].bak"));
    let kept = std::fs::read_dir(folder.path()).expect("the folder").filter(|entry| {
        let name = entry.as_ref().expect("an entry").file_name();
        name.to_string_lossy().ends_with(".bak")
    });
    assert_eq!(kept.count(), 1);
}

#[test]
fn enable_of_what_it_cannot_set_up_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let iscsi = target(folder.path(), &[("driver: rbd", "driver: iscsi")]);
    let output = cinder_drill(&["enable", "--target", &iscsi]);
    assert_eq!(code(&output), 2);
    insta::assert_snapshot!("iscsi", text(&output.stderr));
}

#[test]
fn a_misconfiguration_that_nobody_knows_is_a_usage_error() {
    let output = cinder_drill(&["simcloud", "--broken", "bear"]);
    assert_eq!(code(&output), 2);
    assert!(
        text(&output.stderr).contains("misconfiguration `bear` does not exist"),
        "{}",
        text(&output.stderr)
    );
}

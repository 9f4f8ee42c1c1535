//! Cases from public reports: what sites and clouds of others really said, and what is to be said of it. `cases/fc` stands
//! for `rbd` and `ceph` at both sites.

use serde_json::{Value, json};

use super::super::gather::turns::Turns;
use super::super::gather::{gather_sites, machines, tail_of};
use super::super::{Facts, NovaSetting, Report, Status};
use super::facts::{ready, service};
use crate::diagnostic::SourceMap;
use crate::targets::{Target, Variables};

const CASES: &str = "harness/preflight/tests/cases";

fn path(name: &str) -> String {
    format!("{}/{CASES}/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The target whose sites answer as in a case.
fn target(case: &str) -> Target {
    let folder = tempfile::tempdir().expect("a folder");
    let prefix = |site: &str| {
        format!(
            "sh {} {} {}",
            path("fc"),
            path(&format!("{case}/{site}")),
            path(&format!("base/{site}"))
        )
    };
    let text = std::fs::read_to_string(path("target.yaml")).expect("the target");
    let text = text
        .replace("PREFIX_A", &prefix("a"))
        .replace("PREFIX_B", &prefix("b"))
        .replace("NOVA_CONF", &path(case));
    let file = folder.path().join("target.yaml");
    std::fs::write(&file, text).expect("written");
    Target::load(&file, &Variables::of_process(), &mut SourceMap::default()).expect("a target")
}

/// The volumes of a case, as Cinder shows them.
fn volumes(case: &str) -> Vec<crate::cloud::Volume> {
    let text = std::fs::read_to_string(path(&format!("{case}/volumes.json"))).expect("volumes");
    let given: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    given.iter().map(volume).collect()
}

fn volume(given: &Value) -> crate::cloud::Volume {
    let mut volume = json!({
        "name": "payroll", "size": 1, "status": "available", "replication_status": "enabled",
        "os-vol-host-attr:host": "box@ceph#ceph", "os-vol-tenant-attr:tenant_id": "their-project",
    });
    for (field, value) in given.as_object().into_iter().flatten() {
        volume[field] = value.clone();
    }
    serde_json::from_value(volume).expect("a volume")
}

/// What both sites of a case say of these volumes.
async fn facts(case: &str, volumes: Vec<crate::cloud::Volume>, changed: &Value) -> Facts {
    let target = target(case);
    let mut facts = ready();
    facts.cloud.volumes = Ok(volumes);
    facts.cloud.services = Ok(vec![service(changed)]);
    facts.expected.primary.hosts = ["192.0.2.11", "192.0.2.12", "192.0.2.13"].map(str::to_owned).to_vec();
    if let Some(secondary) = &mut facts.expected.secondary {
        secondary.hosts = ["198.51.100.11", "198.51.100.12", "198.51.100.13"]
            .map(str::to_owned)
            .to_vec();
    }
    gather_sites(&target, &mut facts).await;
    facts
}

/// A check's word and all that it says.
fn said(facts: &Facts, check: &str) -> (Status, String) {
    let report = Report::of(facts);
    let finding = report.finding(check).expect("a check");
    let fixes = finding.fixes.iter().map(|fix| format!("{fix:?}"));
    let lines: Vec<String> = finding.evidence.iter().cloned().chain(fixes).collect();
    (finding.status, lines.join("\n"))
}

#[tokio::test]
async fn case_0_the_base_is_well() {
    let facts = facts("base-only", Vec::new(), &json!({})).await;
    let report = Report::of(&facts);
    assert_eq!(
        report.with(Status::Ok).len(),
        report.checks.len(),
        "{:#?}",
        report.checks
    );
}

#[tokio::test]
async fn case_2_a_user_that_was_tried_and_refused_is_a_problem() {
    let caps = facts("02-refused-user-bad-caps", Vec::new(), &json!({})).await;
    let (status, text) = said(&caps, "secondary-user");
    assert_eq!(status, Status::Problem, "{text}");
    assert!(text.contains("was refused") && text.contains("osd blacklist"), "{text}");
    let auth = facts("02-refused-user-auth", Vec::new(), &json!({})).await;
    let (status, text) = said(&auth, "secondary-user");
    assert_eq!(status, Status::Problem, "{text}");
    assert!(text.contains("does not let client.cinder2 in"), "{text}");
    for text in [said(&caps, "secondary-user").1, text] {
        assert!(!text.contains("keyring is not in"), "{text}");
    }
}

#[tokio::test]
async fn case_3_the_image_of_a_migrated_volume_bears_its_name_id() {
    let facts = facts("03-name-id", volumes("03-name-id"), &json!({})).await;
    let (status, text) = said(&facts, "replicated-images");
    // The case keeps no `rbd info` of the image: both daemons say that all is well.
    assert_eq!(status, Status::Ok, "{text}");
}

#[tokio::test]
async fn case_4_a_peers_name_is_a_label() {
    let facts = facts("04-peer-label", Vec::new(), &json!({})).await;
    let (status, text) = said(&facts, "peers");
    assert_eq!(status, Status::Ok, "{text}");
    assert!(!text.contains("peer remove"), "{text}");
}

#[tokio::test]
async fn case_5_no_replication_status_is_not_known_to_be_replicated() {
    let facts = facts("05-status-null", volumes("05-status-null"), &json!({})).await;
    let (status, text) = said(&facts, "replicated-images");
    assert_eq!(status, Status::Ok, "{text}");
    assert!(!text.contains("enabled"), "what Cinder did not say: {text}");
    let (status, text) = said(&facts, "blast-radius");
    assert_eq!(status, Status::Problem, "{text}");
}

#[tokio::test]
async fn case_9_primary_is_what_the_image_says() {
    let away = json!({
        "status": "disabled", "disabled_reason": "failed-over", "replication_status": "failed-over", "active_backend_id": "ceph2",
    });
    let stopping = json!({ "id": "5e206014-bd5e-49aa-a847-8ebac7222f17", "replication_status": "failed-over" });
    let stopping = facts("09-stopping-replay", vec![volume(&stopping)], &away).await;
    let (status, text) = said(&stopping, "replicated-images");
    assert_eq!(status, Status::Warning, "{text}");
    assert!(
        text.contains("is primary on site-b") && text.contains("up+stopping_replay"),
        "{text}"
    );
    // Here the site does not tell of the image itself: nobody knows, and nothing is claimed.
    let unknown = facts("09-down-unknown", volumes("09-down-unknown"), &json!({})).await;
    let (status, text) = said(&unknown, "replicated-images");
    assert_eq!(status, Status::NotChecked, "{text}");
    assert!(!text.contains("is not primary"), "{text}");
}

#[tokio::test]
async fn case_10_novas_settings_may_be_in_nova_conf_d() {
    let compute = machines::compute(&target("10-nova-conf-d"), &Turns::default()).await;
    let setting = &compute["compute"].shelved_offload_time;
    assert!(
        matches!(setting, Ok(NovaSetting::Set { seconds: 3600, file }) if file.ends_with("nova.conf.d/25-nova-extra.conf")),
        "{setting:?}"
    );
    let mut facts = ready();
    facts.compute = compute;
    let (status, text) = said(&facts, "shelve-offload");
    assert_eq!(status, Status::Warning, "{text}");
    // Where no file is, nothing is known.
    facts.compute = machines::compute(&target("base-only"), &Turns::default()).await;
    let (status, text) = said(&facts, "shelve-offload");
    assert_eq!(status, Status::NotChecked, "{text}");
    assert!(text.contains("compute-tools.nova-conf"), "{text}");
}

#[test]
fn case_12_colours_do_not_hide_the_level() {
    let text = std::fs::read_to_string(path("12-ansi.log")).expect("the log");
    let tail = tail_of(&text);
    assert!(tail.debug_lines > 0 && tail.lines_with_level == tail.lines, "{tail:?}");
}

#[tokio::test]
async fn case_20_groups_beside_images_are_no_matter() {
    let grouped = json!({ "id": "5e206014-bd5e-49aa-a847-8ebac7222f17" });
    let facts = facts("20-groups", vec![volume(&grouped)], &json!({})).await;
    let (status, text) = said(&facts, "replicated-images");
    assert_eq!(status, Status::Ok, "{text}");
    assert_eq!(said(&facts, "mirror-daemons").0, Status::Ok);
}

#[tokio::test]
async fn case_21_a_lag_is_a_warning_and_a_first_sync_a_problem() {
    let replicated = || vec![volume(&json!({ "id": "5e206014-bd5e-49aa-a847-8ebac7222f17" }))];
    let (status, text) = said(&facts("21-lag", replicated(), &json!({})).await, "replicated-images");
    assert_eq!(status, Status::Warning, "{text}");
    assert!(text.contains("3211"), "{text}");
    // Ceph refuses to promote it (EBUSY).
    let (status, text) = said(
        &facts("21-first-sync", replicated(), &json!({})).await,
        "replicated-images",
    );
    assert_eq!(status, Status::Problem, "{text}");
    assert!(text.contains("up+syncing"), "{text}");
}

#[tokio::test]
async fn case_24_one_of_two_daemons_is_a_warning_with_what_it_calls_out() {
    let (status, text) = said(&facts("24-two-daemons", Vec::new(), &json!({})).await, "mirror-daemons");
    assert_eq!(status, Status::Warning, "{text}");
    assert!(
        text.contains("stor-c") && text.contains("unable to connect to remote cluster"),
        "{text}"
    );
}

#[tokio::test]
async fn case_24_noise_beside_an_answer_is_ignored_and_in_it_is_blamed_on_the_wrapper() {
    let noisy = Report::of(&facts("24-noise", Vec::new(), &json!({})).await);
    assert_eq!(noisy.with(Status::Ok).len(), noisy.checks.len(), "{:#?}", noisy.checks);
    let mixed = facts("24-mixed", Vec::new(), &json!({})).await;
    let report = Report::of(&mixed);
    assert!(!report.with(Status::Problem).is_empty(), "{:#?}", report.checks);
    let (_, text) = said(&mixed, "sites-reachable");
    assert!(text.contains("a wrapper or a prefix"), "{text}");
}

#[tokio::test]
async fn case_24_sites_may_have_any_name() {
    let mut facts = facts("24-names", Vec::new(), &json!({})).await;
    facts.expected.primary.name = "Köln \"Süd\"".to_owned();
    if let Some(secondary) = &mut facts.expected.secondary {
        secondary.name = "München 'Ost'".to_owned();
    }
    let report = Report::of(&facts);
    assert_eq!(
        report.with(Status::Ok).len(),
        report.checks.len(),
        "{:#?}",
        report.checks
    );
    assert!(said(&facts, "mirror-daemons").1.contains("Köln \"Süd\""));
}

//! Reports of simclouds.

use cinder_drill::diagnostic::SourceMap;
use cinder_drill::internals::preflight::{Report, gather};
use cinder_drill::targets::{Target, Variables};
use simcloud::{Misconfiguration, SimCloud};

use crate::common::repository;

/// A simcloud that is set up wrongly in these ways, and its target.
pub async fn boxed(broken: &[Misconfiguration]) -> (SimCloud, Target) {
    let config = simcloud::Config {
        seed: 7,
        broken: broken.to_vec(),
        ..simcloud::Config::default()
    };
    let cloud = simcloud::start(config).await.expect("a simcloud");
    let variables = Variables::of_process().with_simcloud(cloud.variables());
    let file = repository().join("fixtures/targets/simcloud.yaml");
    let target = Target::load(&file, &variables, &mut SourceMap::default()).expect("the target");
    (cloud, target)
}

/// The report of a simcloud that is set up wrongly in these ways.
pub async fn report_of(broken: &[Misconfiguration]) -> Report {
    report_on(broken, |_| {}).await
}

/// The same, of a target that is changed before.
pub async fn report_on(broken: &[Misconfiguration], change: impl FnOnce(&mut Target)) -> Report {
    let (cloud, mut target) = boxed(broken).await;
    change(&mut target);
    let before = cloud.inventory();
    let report = Report::of(&gather(&target).await);
    assert_eq!(before, cloud.inventory(), "a preflight changes nothing");
    cloud.shutdown().await;
    report
}

/// What differs from run to run, replaced by what has the same length.
pub fn stable(text: &str) -> String {
    let uuid = regex::Regex::new(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b").expect("a pattern");
    let project = regex::Regex::new(r"\b[0-9a-f]{32}\b").expect("a pattern");
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+").expect("a pattern");
    // The clusters and libvirt's secrets have ids of their own, full of zeros; the others are drawn.
    let text = uuid.replace_all(text, |found: &regex::Captures<'_>| {
        let id = &found[0];
        if id.contains("0000000") {
            id.to_owned()
        } else {
            "d5a1c3e7-0b7f-4c6e-9d2a-3f4b5c6d7e8f".to_owned()
        }
    });
    let text = project.replace_all(&text, "8c4f1d2e3a5b46c7d8e9f0a1b2c3d4e5");
    time.replace_all(&text, "2026-11-24T12:00:00.000000").into_owned()
}

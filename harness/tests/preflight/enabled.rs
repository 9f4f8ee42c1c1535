//! From two bare clusters to a backend that is ready, and what is left alone on the way.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cinder_drill::failure::Failure;
use cinder_drill::internals::enable::{
    EnabledSite, Enabler, Told, make_peers, make_volume_types, mirror_pools, run_daemons, section, verify_pools,
};
use cinder_drill::internals::preflight::{Report, Verdict, gather};
use cinder_drill::internals::{Cloud, SiteName, Unobserved, log_in, site};
use cinder_drill::targets::Target;
use simcloud::{Misconfiguration, SimCloud};
use simsites::{MirrorMode, PeerDirection, Site};

use crate::boxes::{boxed, stable};

const POOL: &str = "volumes";

/// What was told, in order.
type Telling = Arc<Mutex<Vec<Told>>>;

async fn sites(target: &Target) -> [EnabledSite; 2] {
    let open = async |name: SiteName| {
        let declared = target.sites.get(name).expect("a site");
        let reached = site(target, Some(declared)).await.expect("reached").expect("a shell");
        EnabledSite::new(reached, declared).expect("a pool")
    };
    [open(SiteName::Primary).await, open(SiteName::Secondary).await]
}

/// Does all parts. What was told, how many commands ran, and why it ended.
async fn enable(target: &Target, dry_run: bool) -> (Vec<Told>, usize, Result<(), Failure>) {
    let told: Telling = Arc::default();
    let teller = |one: Told| told.lock().expect("nobody panicked").push(one);
    let cloud: Cloud = log_in(target, None, Arc::new(Unobserved)).await.expect("a login");
    let enabler = Enabler::new(sites(target).await, dry_run, Duration::from_secs(20), &teller);
    let result = async {
        run_daemons(&enabler).await?;
        mirror_pools(&enabler).await?;
        make_peers(&enabler).await?;
        if !dry_run {
            verify_pools(&enabler).await?;
        }
        make_volume_types(&enabler, &cloud, target).await
    }
    .await;
    let changes = enabler.changes();
    let told = told.lock().expect("nobody panicked").clone();
    (told, changes, result)
}

fn commands(told: &[Told]) -> Vec<String> {
    let command = |told: &Told| match told {
        Told::Command { at, line } => Some(format!("{at} $ {line}")),
        _ => None,
    };
    told.iter().filter_map(command).collect()
}

async fn report(target: &Target) -> Report {
    Report::of(&gather(target).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn bare_clusters_become_ready_and_a_second_time_changes_nothing() {
    let (cloud, target) = boxed(&[Misconfiguration::Bare]).await;
    assert_eq!(report(&target).await.verdict, Verdict::NotReady);
    let before = cloud.inventory();
    let (shown, would, result) = enable(&target, true).await;
    assert_eq!((would, result), (7, Ok(())));
    assert_eq!(before, cloud.inventory());
    assert_eq!(
        report(&target).await.verdict,
        Verdict::NotReady,
        "a dry run changes nothing"
    );
    let (told, ran, result) = enable(&target, false).await;
    assert_eq!(result, Ok(()));
    assert_eq!(
        (ran, commands(&told)),
        (7, commands(&shown)),
        "what was shown is what ran"
    );
    insta::assert_snapshot!("commands", commands(&told).join("\n"));
    let (told, ran, result) = enable(&target, false).await;
    assert_eq!((ran, result), (0, Ok(())), "{told:?}");
    let ready = report(&target).await;
    assert_eq!(ready.verdict, Verdict::Ready, "{}", ready.summary);
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_told_to_nobody() {
    let (cloud, target) = boxed(&[Misconfiguration::Bare]).await;
    let (told, _, result) = enable(&target, false).await;
    assert_eq!(result, Ok(()));
    // The token of a site stays the same, so it can be asked for afterwards.
    let [primary, _] = sites(&target).await;
    let line = primary.site.rbd("mirror pool peer bootstrap create volumes");
    let token = primary.site.perform("make a token", &line).await.expect("a token");
    let token = token.trim();
    assert!(token.len() > 100, "{token}");
    assert!(!format!("{told:?}").contains(token), "{told:?}");
    cloud.shutdown().await;
}

/// Why enabling a box that is spoiled ends, as a user reads it.
async fn refused(spoil: impl FnOnce(&SimCloud, &mut Target)) -> String {
    let (cloud, mut target) = boxed(&[]).await;
    spoil(&cloud, &mut target);
    let (told, ran, result) = enable(&target, false).await;
    assert_eq!(ran, 0, "{told:?}");
    cloud.shutdown().await;
    let failure = result.expect_err("it is refused");
    stable(&failure.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_rely_on_is_left_alone() {
    let mut texts = Vec::new();
    texts.push(
        refused(|cloud, _| {
            let storage = cloud.faults().storage();
            storage
                .set_mirror_mode(Site::Primary, POOL, Some(MirrorMode::Pool))
                .expect("the pool");
        })
        .await,
    );
    texts.push(
        refused(|cloud, _| {
            let storage = cloud.faults().storage();
            storage.set_peer_direction(Site::Secondary, POOL, PeerDirection::RxOnly);
        })
        .await,
    );
    texts.push(refused(|cloud, _| cloud.faults().storage().set_peer_name(Site::Primary, POOL, "site-c")).await);
    texts.push(
        refused(|_, target| {
            target.sites.secondary.as_mut().expect("a site").admin_arguments = None;
        })
        .await,
    );
    texts.push(refused(|cloud, _| cloud.faults().storage().remove_pool(Site::Secondary, POOL)).await);
    insta::assert_snapshot!("refusals", texts.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_says_something_else_is_left_alone() {
    let (cloud, target) = boxed(&[Misconfiguration::TypeNotReplicated]).await;
    let (_, ran, result) = enable(&target, false).await;
    assert_eq!(ran, 0);
    insta::assert_snapshot!("type", result.expect_err("refused").to_string());
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_orchestrator_the_operator_is_told_what_to_start() {
    let (cloud, target) = boxed(&[Misconfiguration::MirrorDaemonDown]).await;
    cloud.faults().machines().set_orchestrated(Site::Secondary, false);
    let (told, ran, result) = enable(&target, false).await;
    assert_eq!((ran, result), (0, Ok(())));
    let left: Vec<&Told> = told.iter().filter(|told| matches!(told, Told::Left(_))).collect();
    insta::assert_debug_snapshot!("left", left);
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pools_that_do_not_mirror_each_other_are_not_verified() {
    let (cloud, target) = boxed(&[Misconfiguration::Bare]).await;
    let nobody = |_| {};
    let enabler = Enabler::new(sites(&target).await, true, Duration::from_secs(5), &nobody);
    let failure = verify_pools(&enabler).await.expect_err("nothing is mirrored");
    insta::assert_snapshot!("not-verified", failure.to_string());
    cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_section_for_cinder_conf_says_what_the_target_knows() {
    let (cloud, mut target) = boxed(&[]).await;
    cloud.shutdown().await;
    let whole = section(&target, Some("ceph")).text();
    let secondary = target.sites.secondary.as_mut().expect("a site");
    (secondary.libvirt_secret, secondary.ceph_conf) = (None, None);
    let part = section(&target, None).text();
    insta::assert_snapshot!(
        "section",
        format!("{whole}\n# Without the secret and the path:\n{part}")
    );
}

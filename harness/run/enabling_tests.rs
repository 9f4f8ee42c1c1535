//! A service that a failback left disabled: who enables it again, and who must not.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value, json};

use super::fake_cloud::{FakeCloud, service};
use crate::cloud::in_process::Reply;
use crate::failover::enabling::require_enabled;
use crate::failover::failback::fail_back;
use crate::session::Context;
use crate::targets::Target;

/// A run on a backend whose driver fails back by a failover, and which is at its primary array with these words.
async fn returned(changes: Value, enables: bool) -> (FakeCloud, Context) {
    let cloud = FakeCloud::start();
    let mut context = cloud.context().await;
    let mut target = Target::clone(&context.target);
    target.sites.primary.active_backend_id = Some("array-a".to_owned());
    target.driver.profile = Arc::new(crate::drivers::named("kaminario-iscsi").expect("a profile").clone());
    context.target = Arc::new(target);
    let enabled = Rc::new(Cell::new(false));
    cloud.instead(move |_, asked| {
        if asked.ends_with("/os-services/enable") {
            enabled.set(enables);
            return Some(Reply::Service(200, json!({})));
        }
        let mut row = json!({ "replication_status": "failed-over", "active_backend_id": "array-a" });
        let changes = changes.as_object().cloned().unwrap_or_default();
        if !enabled.get() {
            row.as_object_mut()?.extend(changes);
        }
        let services = json!({ "services": [service(row)] });
        asked.ends_with("/os-services").then(|| Reply::Service(200, services))
    });
    (cloud, context)
}

fn left() -> Value {
    json!({ "status": "disabled", "disabled_reason": "failed-over" })
}

#[tokio::test(start_paused = true)]
async fn who_undoes_a_failover_enables_the_service_that_it_left_disabled() {
    let (cloud, context) = returned(left(), true).await;
    fail_back(&context).await.expect("enabled");
    let changes = cloud.changes();
    assert!(changes.len() == 1 && changes[0].contains("enable"), "{changes:?}");
    // An answer is no proof.
    let (_, context) = returned(left(), false).await;
    let failure = fail_back(&context).await.expect_err("it stays disabled");
    let said = format!("{failure:?}");
    assert!(said.contains("cinder service-enable box@ceph cinder-volume"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn what_is_enabled_or_was_disabled_for_another_reason_is_left_alone() {
    for changes in [
        json!({}),
        json!({ "status": "disabled", "disabled_reason": "maintenance" }),
    ] {
        let (cloud, context) = returned(changes.clone(), true).await;
        let _ = fail_back(&context).await;
        assert_eq!(cloud.changes(), Vec::<String>::new(), "{changes}");
        require_enabled(&context).await.expect("not left by a failback");
    }
}

#[tokio::test(start_paused = true)]
async fn no_run_begins_on_a_service_that_an_earlier_failback_left_disabled() {
    let (cloud, context) = returned(left(), true).await;
    let failure = require_enabled(&context).await.expect_err("disabled");
    insta::assert_debug_snapshot!(failure);
    assert_eq!(cloud.changes(), Vec::<String>::new());
}

//! Look before the leap: whose volumes would a failover move?

use std::time::Duration;

use super::unseen;
use crate::backend::{ActiveActive, Counted, Here, Judgement, Radius, Why, judge, moves, words};
use crate::cloud::{ApiError, Volume};
use crate::counted::{by_count, counted};
use crate::event::{Resource, ResourceKind};
use crate::failure::Failure;
use crate::names::SiteName;
use crate::session::{Context, RUN_KEY};

/// How many foreign volumes a refusal lists before it only counts them.
const LISTED: usize = 20;
/// How often volumes that are on their way are looked at again before they count: most arrive within seconds.
const ROUNDS: usize = 4;
/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// All known volumes that a failover would move beside those of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Others {
    /// Foreign volumes.
    foreign: Radius,
    /// Volumes that bear this run's mark, and that it does not know: a request was carried out twice.
    doubles: Vec<Volume>,
    /// Images of volumes at the storage that no list of Cinder names.
    unseen: Vec<String>,
}

impl Others {
    fn count(&self) -> usize {
        self.foreign.len() + self.unseen.len()
    }

    /// The foreign volumes among these.
    fn of(radius: Radius, run: &str, is_own: impl Fn(&Volume) -> bool) -> Others {
        let mut others = Others::default();
        for counted in radius {
            if is_own(&counted.volume) {
                continue;
            }
            if counted.volume.metadata.get(RUN_KEY).is_some_and(|marked| marked == run) {
                others.doubles.push(counted.volume);
            } else {
                others.foreign.push(counted);
            }
        }
        others
    }
}

/// The volumes that this run did not make and that a failover moves: those on the backend, and on all of its cluster.
///
/// # Errors
/// The API did not answer, or does not give the whole list.
pub async fn foreign(context: &Context) -> Result<Vec<Volume>, Failure> {
    let judgement = judgement(context).await?;
    let volumes = context.cloud.all_volumes(judgement.cluster.is_some()).await?.volumes;
    // Only what is here: no need to know what may come.
    let radius = moves(&context.backend, &judgement, &volumes, &Here::default());
    let own = context.backend_state.with(|state| state.own_volumes.clone());
    let is_foreign = |counted: &Counted| counted.why.is_here() && !own.contains(&counted.volume.id);
    Ok(radius
        .into_iter()
        .filter(is_foreign)
        .map(|counted| counted.volume)
        .collect())
}

/// Refuses what may harm foreign volumes on purpose: `--accept-blast-radius` does not allow that.
///
/// # Errors
/// The backend holds foreign volumes, or as [`foreign`].
pub async fn require_no_foreign(context: &Context, harm: &str, help: &str) -> Result<(), Failure> {
    match foreign(context).await?.len() {
        0 => Ok(()),
        count => Err(Failure::cloud(format!(
            "{} holds {}, which {harm}",
            context.backend,
            counted(count, "foreign volume")
        ))
        .detail("expected", "a backend with no volumes but those of this run")
        .help(help)),
    }
}

/// Refuses when a failover would move volumes that this run did not make, unless the target says `shared: true` and the user
/// accepted exactly so many: `failover-host` moves every volume of a backend, and of its whole cluster, and those that are not
/// replicated go to `error` and stay there. The number must be given, so an operator accepts only what was shown. Volumes
/// count that may have come to the backend by then, and images at the storage that no list of Cinder names.
///
/// # Errors
/// There are such volumes, and not as many as were accepted; they are listed. The backend is in an active-active cluster from
/// which its driver does not fail back. Or the API did not answer, or does not give the whole list.
pub async fn check(context: &Context) -> Result<(), Failure> {
    let looked = look(context).await?;
    for notice in looked.notices {
        context.notice(notice);
    }
    if looked.count > 0 {
        context.notice(format!(
            "{} on {} and move with it, as accepted",
            are(looked.count),
            context.backend
        ));
    }
    Ok(())
}

/// The same without a notice, for callers that gave it already.
///
/// # Errors
/// As [`check`].
pub async fn check_again(context: &Context) -> Result<(), Failure> {
    look(context).await.map(|_| ())
}

/// How many foreign volumes move, as was accepted, and what could not be looked at.
struct Looked {
    count: usize,
    notices: Vec<String>,
}

async fn look(context: &Context) -> Result<Looked, Failure> {
    let judgement = judgement(context).await?;
    // A failed-over backend has to fail back, whatever the cluster has become.
    let leaves = context.backend_state.active() == SiteName::Primary;
    let driver = &context.profile;
    if leaves && let ActiveActive::Stranded(cluster) = judgement.active_active(driver.active_active.fails_back) {
        return Err(stranded(
            &context.backend.to_string(),
            &driver.driver,
            &cluster,
            &judgement,
        ));
    }
    let (others, notices) = others(context, &judgement).await?;
    if !others.doubles.is_empty() {
        add_leftovers(context, &others.doubles).await?;
        return Err(doubled(&context.backend.to_string(), &others.doubles));
    }
    let accepted = context.options.accepted_blast_radius;
    let on = place(&context.backend.to_string(), judgement.cluster.as_deref());
    match refusal(&on, context.target.shared, accepted, &others) {
        None => Ok(Looked {
            count: others.count(),
            notices,
        }),
        Some(failure) => Err(failure),
    }
}

/// Adds volumes of this run that it did not know to its leftovers. They have the names of others of the run, so their ids name
/// them.
async fn add_leftovers(context: &Context, doubles: &[Volume]) -> Result<(), Failure> {
    for volume in doubles {
        context
            .intend(Resource {
                kind: ResourceKind::Volume,
                name: volume.id.to_string(),
                id: None,
            })
            .await?;
        context.made(ResourceKind::Volume, volume.id.as_str());
        context
            .backend_state
            .with(|state| state.own_volumes.insert(volume.id.clone()));
    }
    Ok(())
}

async fn judgement(context: &Context) -> Result<Judgement, ApiError> {
    Ok(judge(
        &context.backend,
        context.target.primary_id(),
        &context.cloud.services(None).await?,
    ))
}

/// What else moves, and what could not be looked at. What is on its way is given some seconds to arrive.
async fn others(context: &Context, judgement: &Judgement) -> Result<(Others, Vec<String>), Failure> {
    let mut here = None;
    let mut round = 1;
    loop {
        let all = context.cloud.all_volumes(judgement.cluster.is_some()).await?;
        let mut notices: Vec<String> = Vec::new();
        notices.extend(all.uncounted.iter().map(|why| {
            format!("the volumes of all projects could not be counted, so the list is used unchecked: {why}")
        }));
        let known = here.clone().unwrap_or_default();
        let mut radius = moves(&context.backend, judgement, &all.volumes, &known);
        let own = context.backend_state.with(|state| state.own_volumes.clone());
        let is_own = |volume: &Volume| own.contains(&volume.id);
        let may_come = |radius: &Radius| {
            radius
                .iter()
                .any(|counted| !counted.why.is_here() && !is_own(&counted.volume))
        };
        if may_come(&radius) && here.is_none() {
            let known = where_types_go(context).await?;
            radius = moves(&context.backend, judgement, &all.volumes, &known);
            here = Some(known);
        }
        if may_come(&radius) && round < ROUNDS {
            round += 1;
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        let mut others = Others::of(radius, &context.run.to_string(), is_own);
        match unseen::images(context, all.volumes).await? {
            Ok(images) => others.unseen = images,
            Err(why) => notices.push(why),
        }
        return Ok((others, notices));
    }
}

/// What types and pools say of where volumes go. A user who may not see them only has more volumes that may move.
async fn where_types_go(context: &Context) -> Result<Here, Failure> {
    let types = context.cloud.volume_types().await?;
    let pools = match context.cloud.pools().await {
        Err(error) if error.refused() => Vec::new(),
        pools => pools?,
    };
    Ok(Here::of(&context.backend, &pools, types))
}

/// How many foreign volumes there are, as the beginning of a sentence.
fn are(count: usize) -> String {
    format!("{} {}", counted(count, "foreign volume"), by_count(count, "is", "are"))
}

/// The backend, and its cluster if it has one.
fn place(backend: &str, cluster: Option<&str>) -> String {
    match cluster {
        None => backend.to_owned(),
        Some(cluster) => format!("{backend} and the rest of its cluster {cluster}"),
    }
}

/// Why a backend may not be failed over from whose active-active cluster there is no failback.
fn stranded(backend: &str, driver: &str, cluster: &str, judgement: &Judgement) -> Failure {
    let failure = Failure::cloud(format!(
        "{backend} is in the active-active cluster {cluster}, which the driver {driver} cannot fail back"
    ))
    .detail("expected", "a service without a cluster");
    let members = judgement.rows.iter().chain(&judgement.members);
    members
        .fold(failure, |failure, row| failure.detail("member", format!("{}: {}", row.host, words(row))))
        .help(
            "failover-host would move every volume of the cluster, and its failback ends in replication_status error; drill a \
             cinder-volume of its own, without `cluster` in cinder.conf; nothing was failed over",
        )
}

/// Why the backend may not be failed over while there are volumes of this run that it does not know.
fn doubled(backend: &str, doubles: &[Volume]) -> Failure {
    let failure = Failure::cloud(format!(
        "{} {} the id of this run on {backend}, but no answer named {}: a request was executed twice",
        counted(doubles.len(), "more volume"),
        by_count(doubles.len(), "carries", "carry"),
        by_count(doubles.len(), "it", "them")
    ));
    let failure = doubles.iter().fold(failure, |failure, volume| {
        let made = volume.created_at.as_deref().unwrap_or("at an unknown time");
        let name = volume.name.as_deref().unwrap_or("without a name");
        failure.detail(
            "volume",
            format!("{} ({name}, {}, made {made})", volume.id, volume.status),
        )
    });
    failure.help(
        "find what repeats requests before Cinder: a proxy or a load balancer that retries POST; nothing was failed \
         over, and the clean-up deletes it",
    )
}

/// Why the backend may not be failed over with these foreign volumes on it.
fn refusal(on: &str, shared: bool, accepted: Option<usize>, others: &Others) -> Option<Failure> {
    let count = others.count();
    if count == 0 || (shared && accepted == Some(count)) {
        return None;
    }
    let failure = Failure::cloud(
        if others.foreign.iter().all(|counted| counted.why.is_here()) && others.unseen.is_empty() {
            format!(
                "{} on {on}, and failover-host would move {} too",
                are(count),
                by_count(count, "it", "them")
            )
        } else {
            format!(
                "{} on {on}, or may be by the time of a failover, and failover-host would move {} too",
                are(count),
                by_count(count, "it", "them")
            )
        },
    );
    let failure = unseen_images(listed(failure, &others.foreign), &others.unseen);
    Some(match (shared, accepted) {
        (false, _) => failure.help(format!(
            "use a dedicated backend; or, if these volumes may move, set `shared: true` in the target and pass \
             --accept-blast-radius {count}; nothing was failed over"
        )),
        (true, None) => failure.help(format!(
            "the target says that the backend is shared; if these may move, pass --accept-blast-radius {count}; \
             nothing was failed over"
        )),
        (true, Some(accepted)) => failure
            .detail("accepted", format!("{accepted} (--accept-blast-radius)"))
            .help(format!(
                "check the list; if all of these may move, pass --accept-blast-radius {count}; nothing was failed over"
            )),
    })
}

fn unseen_images(failure: Failure, unseen: &[String]) -> Failure {
    if unseen.is_empty() {
        return failure;
    }
    let shown: Vec<&str> = unseen.iter().take(LISTED).map(String::as_str).collect();
    let more = unseen.len().saturating_sub(LISTED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    failure.detail(
        "not listed",
        format!(
            "{}{more}: the pool has images of volumes that Cinder does not list: it hides them from this user, or does \
             not know them (then `rbd rm` removes those that are not needed)",
            shown.join(", ")
        ),
    )
}

fn listed(mut failure: Failure, foreign: &[Counted]) -> Failure {
    for Counted { volume, why } in foreign.iter().take(LISTED) {
        let name = volume.name.as_deref().filter(|name| !name.is_empty());
        let place = match why {
            Why::OnBackend => String::new(),
            why => format!(", {why}"),
        };
        failure = failure.detail(
            "volume",
            format!(
                "{} ({}, {} GiB, {}, replication_status {}: {}, project {}{place})",
                volume.id,
                name.unwrap_or("without a name"),
                volume.size_gib,
                volume.status,
                volume.replication_status.as_deref().unwrap_or("none"),
                volume.replication(),
                volume.project_id.as_deref().unwrap_or("unknown")
            ),
        );
    }
    if foreign.len() > LISTED {
        failure = failure.detail("and", format!("{} more", foreign.len() - LISTED));
    }
    failure
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn volumes(count: usize) -> Others {
        let volume = |number: usize| {
            let volume = json!({
                "id": format!("00000000-0000-4000-8000-{number:012}"),
                "name": if number == 2 { "" } else { "database" },
                "size": 10,
                "status": "in-use",
                "replication_status": match number { 1 => json!("enabled"), 2 => json!("disabled"), _ => json!(null) },
                "os-vol-tenant-attr:tenant_id": "834920a18dd247a38dc1d9b0eb591ea2",
            });
            let volume = serde_json::from_value(volume).expect("a volume");
            let why = Why::OnBackend;
            Counted { volume, why }
        };
        Others {
            foreign: (1..=count).map(volume).collect(),
            ..Others::default()
        }
    }

    fn refused(shared: bool, accepted: Option<usize>, count: usize) -> String {
        refusal("box@ceph", shared, accepted, &volumes(count)).map_or_else(|| "accepted".to_owned(), |f| f.to_string())
    }

    #[test]
    fn only_the_right_number_of_a_shared_backend_is_accepted() {
        assert_eq!(refused(false, None, 0), "accepted");
        assert_eq!(refused(true, Some(2), 2), "accepted");
        // The number alone is not enough: the target's owner must have said that the backend is shared.
        for (shared, accepted) in [
            (false, None),
            (false, Some(2)),
            (true, None),
            (true, Some(1)),
            (true, Some(3)),
        ] {
            assert_ne!(refused(shared, accepted, 2), "accepted", "{shared} {accepted:?}");
        }
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let text = refused(false, None, LISTED + 3);
        assert_eq!(text.matches("\n  volume: ").count(), LISTED);
        assert!(text.contains("\n  and: 3 more\n"), "{text}");
    }

    #[test]
    fn a_refusal_lists_the_volumes_and_says_what_to_do() {
        insta::assert_snapshot!(
            [
                refused(false, None, 1),
                refused(true, None, 3),
                refused(true, Some(3), 2),
            ]
            .join("\n\n")
        );
    }

    #[test]
    fn all_that_may_move_is_listed_and_counted() {
        let mut others = volumes(3);
        others.foreign[0].why = Why::OnMember("box2@ceph".to_owned());
        others.foreign[1].why = Why::Unplaced;
        others.foreign[2].why = Why::UnderWay("box@lvm#lvm".to_owned());
        others.unseen = vec!["volume-0a1b2c3d-1111-4111-8111-00000000000f".to_owned()];
        assert!(refusal("box@ceph", true, Some(3), &others).is_some());
        assert_eq!(refusal("box@ceph", true, Some(4), &others), None);
        let failure = refusal(&place("box@ceph", Some("ha@ceph")), true, None, &others);
        insta::assert_snapshot!(failure.expect("a refusal").to_string());
    }

    #[test]
    fn a_double_of_the_run_is_nobody_elses() {
        let mut radius = volumes(3).foreign;
        let mark = |volume: &mut Volume, run: &str| volume.metadata.insert(RUN_KEY.to_owned(), run.to_owned());
        mark(&mut radius[0].volume, "run-1");
        mark(&mut radius[1].volume, "run-2");
        let own = radius[2].volume.id.clone();
        let others = Others::of(radius, "run-1", |volume| volume.id == own);
        assert_eq!((others.doubles.len(), others.foreign.len()), (1, 1));
        insta::assert_snapshot!(doubled("box@ceph", &others.doubles).to_string());
    }

    #[test]
    fn a_cluster_without_a_failback_is_refused() {
        let row = |host: &str| {
            serde_json::from_value(json!({
                "binary": "cinder-volume", "host": host, "status": "enabled", "state": "up",
                "replication_status": "enabled", "cluster": "ha@ceph",
            }))
        };
        let rows = [
            row("box@ceph").expect("a service"),
            row("box2@ceph").expect("a service"),
        ];
        let judgement = judge(&"box@ceph".parse().expect("a backend"), None, &rows);
        insta::assert_snapshot!(stranded("box@ceph", "rbd", "ha@ceph", &judgement).to_string());
    }
}

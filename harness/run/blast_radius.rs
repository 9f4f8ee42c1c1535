//! Look before the leap: whose volumes would a failover move?

use super::context::Context;
use crate::cloud::Volume;
use crate::failure::Failure;

/// How many foreign volumes a refusal lists before it only counts them.
const LISTED: usize = 20;

/// The volumes on the backend that this run did not make.
///
/// # Errors
/// The API did not answer.
pub async fn foreign(context: &Context) -> Result<Vec<Volume>, Failure> {
    let mut volumes = context.cloud.volumes_on(&context.backend).await?;
    volumes.retain(|volume| !context.common.own_volumes.contains(&volume.id));
    Ok(volumes)
}

/// Refuses when the backend holds volumes that this run did not make, unless the target says `shared: true` and the
/// user accepted exactly so many: `failover-host` moves every volume of a backend, and those that are not replicated go to
/// `error` and stay there. The number is asked for so that nobody accepts what they have not seen.
///
/// # Errors
/// There are such volumes, and not as many as were accepted; they are listed. Or the API did not answer.
pub async fn check(context: &Context) -> Result<(), Failure> {
    let count = moved_by(context).await?;
    if count > 0 {
        context.notice(format!(
            "{} on {} and move with it, as was accepted",
            others(count),
            context.backend
        ));
    }
    Ok(())
}

/// The same without a word, for who has told already.
///
/// # Errors
/// As [`check`].
pub async fn check_again(context: &Context) -> Result<(), Failure> {
    moved_by(context).await.map(|_| ())
}

/// How many volumes of others move, as was accepted.
async fn moved_by(context: &Context) -> Result<usize, Failure> {
    let foreign = foreign(context).await?;
    let accepted = context.options.accepted_blast_radius;
    match refusal(&context.backend.to_string(), context.target.shared, accepted, &foreign) {
        None => Ok(foreign.len()),
        Some(failure) => Err(failure),
    }
}

fn others(count: usize) -> String {
    if count == 1 {
        "1 volume of somebody else is".to_owned()
    } else {
        format!("{count} volumes of others are")
    }
}

/// Why the backend may not be failed over with these volumes of others on it.
fn refusal(backend: &str, shared: bool, accepted: Option<usize>, foreign: &[Volume]) -> Option<Failure> {
    let count = foreign.len();
    if count == 0 || (shared && accepted == Some(count)) {
        return None;
    }
    let failure = Failure::cloud(format!(
        "{} on {backend}, which this run did not make, and failover-host would move {} too",
        others(count),
        if count == 1 { "it" } else { "them" }
    ));
    let failure = listed(failure, foreign);
    Some(match (shared, accepted) {
        (false, _) => failure.help(format!(
            "drill a backend of its own; or, if these may move, say `shared: true` in the target and \
             --accept-blast-radius {count} on the command line; nothing was failed over"
        )),
        (true, None) => failure.help(format!(
            "the target says that the backend is shared; if these may move, say --accept-blast-radius {count}; nothing \
             was failed over"
        )),
        (true, Some(accepted)) => failure
            .detail("accepted", format!("{accepted} (--accept-blast-radius)"))
            .help(format!(
                "look at the list; if all of these may move, say --accept-blast-radius {count}; nothing was failed over"
            )),
    })
}

fn listed(mut failure: Failure, foreign: &[Volume]) -> Failure {
    for volume in foreign.iter().take(LISTED) {
        let name = volume.name.as_deref().filter(|name| !name.is_empty());
        failure = failure.detail(
            "volume",
            format!(
                "{} ({}, {} GiB, {}, {}, project {})",
                volume.id,
                name.unwrap_or("without a name"),
                volume.size_gib,
                volume.status,
                match volume.replication_status.as_deref() {
                    Some(status @ ("enabled" | "failed-over")) => format!("replication {status}"),
                    _ => "not replicated: it would go to error and stay there".to_owned(),
                },
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

    fn volumes(count: usize) -> Vec<Volume> {
        let volume = |number: usize| {
            let volume = json!({
                "id": format!("00000000-0000-4000-8000-{number:012}"),
                "name": if number == 2 { "" } else { "database" },
                "size": 10,
                "status": "in-use",
                "replication_status": if number == 1 { "enabled" } else { "disabled" },
                "os-vol-tenant-attr:tenant_id": "834920a18dd247a38dc1d9b0eb591ea2",
            });
            serde_json::from_value(volume).expect("a volume")
        };
        (1..=count).map(volume).collect()
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
}

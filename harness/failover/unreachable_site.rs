//! Sites that do not answer: looked for after something failed, before it is said why.

use crate::failure::{Cause, Failure, FailureKind};
use crate::names::SiteName;
use crate::session::Context;

/// The sites that do not answer now, each with why. Empty where the sites have no shells.
pub(crate) async fn silent_sites(context: &Context) -> Vec<(SiteName, String)> {
    let Some(sites) = &context.sites else {
        return Vec::new();
    };
    let ask = async |name: SiteName| {
        let site = sites.at(name);
        if site.is_lost() {
            return Some((name, "it is lost, and was not asked".to_owned()));
        }
        match site.images(site.pool()).await {
            Err(error) if error.is_silent() => Some((name, error.summary())),
            _ => None,
        }
    };
    let (primary, secondary) = tokio::join!(ask(SiteName::Primary), ask(SiteName::Secondary));
    primary.into_iter().chain(secondary).collect()
}

/// Names the sites that do not answer in the failure of a failover or failback: a driver that cannot reach a site says so in a
/// trace back at most.
pub(crate) async fn named(context: &Context, to: SiteName, failure: Failure) -> Failure {
    if failure.kind == FailureKind::Interrupted {
        return failure;
    }
    let silent = silent_sites(context).await;
    silent.into_iter().fold(failure, |failure, (site, why)| {
        add(failure, site == to, context.site_name(site), &why)
    })
}

fn add(failure: Failure, takes_over: bool, site: &str, why: &str) -> Failure {
    let help = match takes_over {
        true => format!(
            "{site} does not answer, so no image could be promoted there: bring it back, or, if the other site is \
             healthy, fail back to it"
        ),
        false => format!(
            "{site} does not answer: the driver tries to reach it before it goes on, which takes its retries and time-outs \
             (`replication_connect_timeout`, `rados_connection_retries`) for each volume"
        ),
    };
    let help = match &failure.help {
        Some(more) => format!("{help}; {more}"),
        None => help,
    };
    let summary = format!("{}; {site} does not answer", failure.summary);
    let cause = failure.cause.or(Some(Cause::SiteSilent));
    Failure {
        summary,
        cause,
        ..failure
    }
    .detail(site, format!("does not answer: {why}"))
    .help(help)
}

/// A mirror that cannot be judged, since one of its sites does not answer: what the other one says of the image, and what
/// comes after that site is back.
pub(crate) async fn unjudged(
    context: &Context,
    what: &str,
    image: &str,
    silent: SiteName,
    failure: Failure,
) -> Failure {
    let (dead, other) = (context.site_name(silent), context.site_name(silent.other()));
    let seen = match &context.sites {
        Some(sites) => match sites.at(silent.other()).image_info(image).await {
            Ok(info) => match info.mirroring {
                Some(mirroring) if mirroring.primary => "has the image, primary".to_owned(),
                Some(_) => "has the image, not primary".to_owned(),
                None => "has the image, without mirroring".to_owned(),
            },
            Err(error) => error.summary(),
        },
        None => "was not asked".to_owned(),
    };
    // Only of the site that was left: what is dead where the backend works has no such history.
    let after = match context.backend_state.moved() && silent != context.backend_state.active() {
        true => format!(
            "; until then, only {other} has what was written since the failover. When {dead} is back, its image may be \
             primary, too: if `rbd info` says so, `rbd mirror image demote` it there, wait until it says split-brain, \
             and `rbd mirror image resync` it"
        ),
        false => String::new(),
    };
    let seen_first = failure.summary.clone();
    let help = failure
        .help
        .clone()
        .map_or_else(String::new, |help| format!("; {help}"));
    let summary = format!("{dead} does not answer, so {what} cannot be judged");
    Failure { summary, ..failure }
        .caused_by(Cause::SiteSilent)
        .detail("seen", seen_first)
        .detail(other, seen)
        .help(format!("bring {dead} back{after}{help}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_that_does_not_answer_is_named_before_the_symptom() {
        let failure = Failure::expectation("volume root is in status error").help("see the log");
        let failure = add(failure, true, "site-b", "its cluster does not answer");
        let failure = add(failure, false, "site-a", "its cluster does not answer");
        insta::assert_snapshot!(failure.to_string());
    }
}

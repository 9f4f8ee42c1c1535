//! Sending a failover or failback: once, but for one proven case.

use super::readings::ACCEPTANCE;
use super::service;
use crate::backend::Judgement;
use crate::cloud::ApiError;
use crate::event::ResourceKind;
use crate::failure::FailureKind;
use crate::names::SiteName;
use crate::session::{Answer, Context, Sent};
use crate::wait::{Awaited, Poll, WaitError};

/// Sends the backend to a site. The request is sent once, except for one case: Keystone's middleware refused its token, though
/// it was new, and for as long as a failover that was accepted needs at most to be seen, every look shows the backend as it
/// was before, its images included. A token that this cloud refuses is then one that Cinder has not seen, and the request is
/// sent as any other change is: with a new token after each that is refused.
///
/// # Errors
/// It was refused, or its answer was lost.
pub(crate) async fn send(
    context: &Context,
    to: SiteName,
    backend_id: Option<&str>,
    before: &Judgement,
) -> Result<(), ApiError> {
    context.backend_state.with(|state| state.sent = Some(Sent::now(to)));
    let first = context.cloud.failover_host(&context.backend, backend_id).await;
    match first {
        Err(error) if error.refused_token() => {
            context.notice(format!(
                "failover_host was refused for its token, though that was new ({}); looking whether Cinder has seen it",
                error.summary()
            ));
            if !stays(context, before).await {
                return Err(error);
            }
            context.notice("Cinder has not seen it: failover_host is sent again".to_owned());
            context.backend_state.with(|state| state.sent = Some(Sent::now(to)));
            context.cloud.failover_host_again(&context.backend, backend_id).await
        }
        answer => answer,
    }
}

/// Whether the backend stays where it is: not one look shows anything else, and none fails.
async fn stays(context: &Context, before: &Judgement) -> bool {
    let what = format!("the service {}", context.backend);
    let awaited = Awaited {
        what: &what,
        expected: "moving after all",
        budget: ACCEPTANCE,
        on_timeout: FailureKind::Cloud,
    };
    let moved = context
        .wait(awaited, async || {
            let judgement = service::judge(context).await?;
            Ok(if judgement.standing == before.standing {
                Poll::NotYet(judgement.words())
            } else {
                Poll::Ready(())
            })
        })
        .await;
    matches!(moved, Err(WaitError::TimedOut(_)))
}

/// Notes that the failover which this run sent is seen: from now on the backend on its primary site is one that failed back.
pub(crate) fn saw_it_away(context: &Context) {
    let sent = context.backend_state.with(|state| state.sent.clone());
    let ours = sent.is_none_or(|sent| sent.answer != Answer::Disputed && sent.to == SiteName::Secondary);
    if ours && context.failover_to_undo().is_some_and(|leftover| leftover.id.is_none()) {
        let backend = context.backend.to_string();
        context.made(ResourceKind::Failover, &backend);
    }
}

/// Notes what came back of the request that was sent last.
pub(crate) fn answered(context: &Context, answer: Answer) {
    context.backend_state.with(|state| {
        if let Some(sent) = &mut state.sent {
            sent.answer = answer;
        }
    });
}

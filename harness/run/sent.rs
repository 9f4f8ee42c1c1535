//! A failover or failback that was sent, and what is known of it: done, refused or unknown.

use std::time::Instant;

use super::bearings::ACCEPTANCE;
use super::context::Context;
use super::service;
use super::wait::{Awaited, Poll, WaitError};
use crate::backend::Judgement;
use crate::cloud::ApiError;
use crate::failure::FailureKind;
use crate::target::SiteName;

/// A failover or failback that was sent, unless the service refused it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// The site that was asked for: the primary for a failback.
    pub to: SiteName,
    /// What came back.
    pub answer: Answer,
    /// Whether the backend was seen in another state since. Until then it may still begin: neither a 202 nor a time-out
    /// says whether cinder-volume has taken the message.
    pub seen: bool,
}

/// What came back of a failover or failback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 202.
    Accepted,
    /// Nothing that the service itself has said: a time-out, a proxy's page.
    Lost,
    /// The service refused it, and the backend moved all the same: a proxy had sent it twice, or somebody else was faster.
    /// Whose movement it is cannot be known.
    Disputed,
}

/// What an answer to a change means.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The service took it.
    Accepted,
    /// It may have been done.
    Unknown(ApiError),
    /// It was not done: the service refused it, or it was never sent.
    NotDone(ApiError),
}

impl From<Result<(), ApiError>> for Outcome {
    fn from(answer: Result<(), ApiError>) -> Outcome {
        match answer {
            Ok(()) => Outcome::Accepted,
            Err(error) if error.outcome_unknown() => Outcome::Unknown(error),
            Err(error) => Outcome::NotDone(error),
        }
    }
}

impl Sent {
    /// A request that is on its way: until an answer comes, it is lost.
    #[must_use]
    pub fn now(to: SiteName) -> Sent {
        Sent {
            at: Instant::now(),
            to,
            answer: Answer::Lost,
            seen: false,
        }
    }
}

/// Sends the backend to a site. The request is sent once, except for one case: Keystone's middleware refused its token, though
/// it was new, and for as long as a failover that was accepted needs at most to be seen, every look shows the backend as it
/// was before, its images included. A token that this cloud refuses is then one that Cinder has not seen, and the request is
/// sent as any other change is: with a new token after each that is refused.
///
/// # Errors
/// It was refused, or its answer was lost.
pub(super) async fn send(
    context: &mut Context,
    to: SiteName,
    backend_id: Option<&str>,
    before: &Judgement,
) -> Result<(), ApiError> {
    context.common.sent = Some(Sent::now(to));
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
            context.common.sent = Some(Sent::now(to));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{ApiErrorKind, Asked, LostAnswer, ServiceKind};

    fn outcome(kind: ApiErrorKind) -> Outcome {
        let asked = Asked {
            service: ServiceKind::BlockStorage,
            method: "PUT".to_owned(),
            url: "http://cloud/v3/os-services/failover_host".to_owned(),
            changes: true,
        };
        Outcome::from(Err(ApiError::about(asked, kind, Some("req-1".to_owned()), 1)))
    }

    fn answered(status: u16, by_service: bool) -> Outcome {
        outcome(ApiErrorKind::Answered {
            status,
            message: None,
            retry_after: None,
            location: None,
            by_service,
        })
    }

    #[test]
    fn only_the_services_own_refusal_says_that_nothing_was_done() {
        assert!(matches!(Outcome::from(Ok(())), Outcome::Accepted));
        assert!(matches!(answered(400, true), Outcome::NotDone(_)));
        for (status, by_service) in [(400, false), (404, false), (504, false), (500, true)] {
            assert!(matches!(answered(status, by_service), Outcome::Unknown(_)), "{status}");
        }
        let broken = ApiErrorKind::AnswerLost(LostAnswer::Broken("reset".to_owned()));
        assert!(matches!(outcome(broken), Outcome::Unknown(_)));
    }
}

//! A cloud that is a function of a test: no socket, and no time but that of the test's own runtime, which may be paused.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode};
use serde_json::Value;

use super::request::Request;
use super::sender::Attempt;
use crate::cloud::error::{ApiErrorKind, LostAnswer};

/// What comes back of a request.
pub(crate) enum Reply {
    /// The service's own answer.
    Service(u16, Value),
    /// A page of a proxy.
    Proxy(u16),
    /// Nothing, until the client gives up.
    Nothing,
}

type Server = Rc<dyn Fn(&Request) -> Reply>;

thread_local! {
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

/// Lets a function answer every request of this thread from now on.
pub(crate) fn serve(server: impl Fn(&Request) -> Reply + 'static) {
    SERVER.set(Some(Rc::new(server)));
}

/// A client that nobody asks, if there is a function in its place: to read this machine's certificates for each takes longer
/// than a whole test.
pub(super) fn client() -> Option<Client> {
    static UNUSED: OnceLock<Client> = OnceLock::new();
    let is_served = SERVER.with_borrow(Option::is_some);
    is_served.then(|| UNUSED.get_or_init(Client::new).clone())
}

/// What the function gives, if there is one.
pub(super) async fn answer(request: &Request, timeout: Duration) -> Option<Attempt> {
    let server = SERVER.with_borrow(Option::clone)?;
    // Others get their turn while it is on its way, as they do on a wire.
    tokio::task::yield_now().await;
    let (status, by_service, body) = match server(request) {
        Reply::Service(status, body) => (status, true, body.to_string()),
        Reply::Proxy(status) => (status, false, "<html>upstream</html>".to_owned()),
        Reply::Nothing => {
            tokio::time::sleep(timeout).await;
            return Some(Attempt::Failed(match request.changes {
                true => ApiErrorKind::AnswerLost(LostAnswer::TimedOut { after: timeout }),
                false => ApiErrorKind::TimedOut { after: timeout },
            }));
        }
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-subject-token", "token".parse().expect("a header"));
    if by_service {
        let id = "req-00000000-0000-4000-8000-000000000001";
        headers.insert("x-openstack-request-id", id.parse().expect("a header"));
    }
    Some(Attempt::Answered {
        status: StatusCode::from_u16(status).expect("a status"),
        headers,
        body: Ok(body.into_bytes()),
    })
}

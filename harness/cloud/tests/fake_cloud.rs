//! An HTTP server on loopback that answers as a test says, with a Keystone that lets everyone in.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::{Value, json};

use crate::cloud::config::Interface;
use crate::cloud::config::{CloudConfig, Credential, DomainReference, ProjectReference, Timeouts, Tls, UserReference};
use crate::cloud::{Cloud, RequestObserver, RequestRecord, RetryPolicy};

pub(super) const PASSWORD: &str = "correct-horse-battery-staple";
pub(super) const PROJECT: &str = "834920a18dd247a38dc1d9b0eb591ea2";
pub(super) const REQUEST_ID: &str = "req-00000000-0000-4000-8000-000000000001";

/// A request as the server saw it.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How many of the same method and path came before it.
    pub(super) earlier: usize,
}

impl Seen {
    pub(super) fn is(&self, method: &str, path: &str) -> bool {
        self.method.as_str() == method && self.path == path
    }

    pub(super) fn token(&self) -> &str {
        self.headers
            .get("x-auth-token")
            .map_or("", |token| token.to_str().unwrap())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Script = dyn Fn(&Seen) -> Option<Response<Body>> + Send + Sync;

/// The server. What the script has no answer to gets a working Keystone, the services' versions, or 404.
pub(super) struct FakeCloud {
    pub(super) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: tokio::task::JoinHandle<()>,
}

impl FakeCloud {
    pub(super) async fn start(script: impl Fn(&Seen) -> Option<Response<Body>> + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let script: Arc<Script> = Arc::new(script);
        let router = Router::new().fallback({
            let (seen, url) = (Arc::clone(&seen), url.clone());
            move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let answer = {
                    let mut seen = seen.lock().unwrap();
                    let path = uri.path().to_owned();
                    let earlier = seen
                        .iter()
                        .filter(|before| before.method == method && before.path == path)
                        .count();
                    let query = uri.query().unwrap_or_default().to_owned();
                    let request = Seen {
                        method,
                        path,
                        query,
                        headers,
                        body,
                        earlier,
                    };
                    seen.push(request.clone());
                    request
                };
                let answer = script(&answer)
                    .or_else(|| default_answer(&answer, &url))
                    .unwrap_or_else(not_found);
                std::future::ready(answer)
            }
        });
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen, server }
    }

    /// How many requests of a method and path came.
    pub(super) fn count(&self, method: &str, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.is(method, path)).count()
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// A configuration that waits only a little between attempts.
    pub(super) fn config(&self) -> CloudConfig {
        config(&format!("{}/identity/v3/", self.url))
    }

    pub(super) async fn connect(&self) -> Cloud {
        Cloud::connect(self.config(), Arc::new(Records::default()))
            .await
            .unwrap()
    }
}

impl Drop for FakeCloud {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(super) fn config(auth_url: &str) -> CloudConfig {
    let domain = DomainReference::Name("Default".to_owned());
    CloudConfig {
        name: "fake".to_owned(),
        auth_url: auth_url.parse().unwrap(),
        credential: Credential::Password {
            user: UserReference::Name {
                name: "admin".to_owned(),
                domain: domain.clone(),
            },
            password: PASSWORD.into(),
            project: ProjectReference::Name {
                name: "demo".to_owned(),
                domain,
            },
        },
        region: None,
        interface: Interface::Public,
        tls: Tls::default(),
        endpoint_overrides: Default::default(),
        retry: RetryPolicy {
            first_delay: Duration::from_millis(1),
            longest_delay: Duration::from_millis(5),
            ..RetryPolicy::default()
        },
        timeouts: Timeouts::default(),
        files: Vec::new(),
    }
}

/// Keeps what it is told.
#[derive(Default)]
pub(super) struct Records(pub(super) Mutex<Vec<RequestRecord>>);

impl RequestObserver for Records {
    fn requested(&self, record: &RequestRecord) {
        self.0.lock().unwrap().push(record.clone());
    }
}

/// An answer with a JSON body.
pub(super) fn answer(status: u16, body: &Value) -> Response<Body> {
    text_answer(status, "application/json", body.to_string())
}

/// An answer with any body.
pub(super) fn text_answer(status: u16, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header("content-type", content_type)
        .header("x-openstack-request-id", REQUEST_ID)
        .body(body.into())
        .unwrap()
}

/// The same answer with a header more.
pub(super) fn with_header(mut answer: Response<Body>, name: &'static str, value: &str) -> Response<Body> {
    answer.headers_mut().insert(name, value.parse().unwrap());
    answer
}

/// A new token with a catalog.
pub(super) fn token_answer(token: &str, catalog: &Value) -> Response<Body> {
    let body = json!({ "token": {
        "methods": ["password"],
        "expires_at": "2027-01-01T00:00:00.000000Z",
        "project": { "id": PROJECT, "name": "demo", "domain": { "id": "default", "name": "Default" } },
        "user": { "id": "dc892ebd122342bc9d0f36f65b287c2b", "name": "admin", "domain": { "id": "default", "name": "Default" } },
        "roles": [{ "id": "r", "name": "admin" }],
        "catalog": catalog,
    } });
    with_header(answer(201, &body), "x-subject-token", token)
}

/// A service of a catalog with one public endpoint.
pub(super) fn service(service_type: &str, region: &str, url: &str) -> Value {
    json!({ "type": service_type, "name": service_type, "id": service_type, "endpoints": [
        { "id": service_type, "interface": "public", "region": region, "region_id": region, "url": url },
    ] })
}

fn default_answer(seen: &Seen, url: &str) -> Option<Response<Body>> {
    if seen.is("POST", "/identity/v3/auth/tokens") {
        let catalog = json!([
            service("volumev3", "RegionOne", &format!("{url}/volume/v3/{PROJECT}")),
            service("compute", "RegionOne", &format!("{url}/compute/v2.1")),
            service("image", "RegionOne", &format!("{url}/image")),
            service("network", "RegionOne", &format!("{url}/network")),
        ]);
        return Some(token_answer(&format!("token-{}", seen.earlier), &catalog));
    }
    if seen.is("GET", "/volume/v3/") {
        let versions =
            json!({ "versions": [{ "id": "v3.0", "status": "CURRENT", "version": "3.70", "min_version": "3.0" }] });
        return Some(answer(200, &versions));
    }
    if seen.is("GET", "/compute/v2.1/") {
        let version =
            json!({ "version": { "id": "v2.1", "status": "CURRENT", "version": "2.93", "min_version": "2.1" } });
        return Some(answer(200, &version));
    }
    None
}

fn not_found() -> Response<Body> {
    answer(
        404,
        &json!({ "itemNotFound": { "code": 404, "message": "The resource could not be found." } }),
    )
}

/// A server that takes each connection, reads what comes, and closes it without an answer. Gives its address.
pub(super) async fn silent_server(requests: Arc<Mutex<usize>>) -> String {
    use tokio::io::AsyncReadExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            if stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {
                *requests.lock().unwrap() += 1;
            }
        }
    });
    format!("http://{address}")
}

/// An address at which nothing listens, and the socket that keeps others from listening there.
pub(super) fn deserted_address() -> (String, tokio::net::TcpSocket) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (format!("http://{}", socket.local_addr().unwrap()), socket)
}

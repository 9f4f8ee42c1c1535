//! A proxy before a simcloud: it replaces the cloud's own secrets with marked ones, and misbehaves as real clouds and the
//! proxies before them do.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use simcloud::SimCloud;

use crate::marks::Mark;

/// What the cloud, or what is before it, does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing wrong.
    None,
    /// Keystone refuses the login and quotes it.
    Refused,
    /// Cinder answers 500 with a message that quotes the request.
    Quoted,
    /// A proxy answers 502 with a page that quotes the request.
    Page,
    /// An answer is a text that quotes the request.
    NotJson,
    /// An answer has a text where an object belongs.
    WrongShape,
    /// An answer points to a URL with secrets.
    Redirect,
    /// The service says `failover-error`, and the log holds the driver's exception.
    FailoverError,
    /// The log has another keyring than the API.
    OtherSecretInLog,
}

/// What the proxy works with.
pub struct Proxy {
    pub cloud: SimCloud,
    pub url: String,
    pub log: PathBuf,
    pub trouble: Trouble,
    marks: Vec<Mark>,
    password: String,
    client: reqwest::Client,
    token: Mutex<String>,
    failed_over: Mutex<bool>,
    used: Mutex<BTreeSet<&'static str>>,
}

impl Proxy {
    /// Starts a simcloud and the proxy before it.
    pub async fn start(trouble: Trouble, marks: Vec<Mark>, log: PathBuf) -> Arc<Proxy> {
        let config = simcloud::Config {
            seed: 11,
            ..simcloud::Config::default()
        };
        let cloud = simcloud::start(config).await.expect("a simcloud");
        let clouds = cloud.clouds_yaml();
        let password = clouds
            .lines()
            .find_map(|line| Some(line.trim().strip_prefix("password: ")?.to_owned()));
        let password = password.expect("a password");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let proxy = Arc::new(Proxy {
            cloud,
            url,
            log,
            trouble,
            marks,
            password,
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            token: Mutex::default(),
            failed_over: Mutex::default(),
            used: Mutex::default(),
        });
        proxy.write_log();
        let router = Router::new().fallback({
            let proxy = proxy.clone();
            move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
                let proxy = proxy.clone();
                async move { proxy.answer(method, uri, headers, body).await }
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        proxy
    }

    /// Whether a secret went through.
    pub fn has_used(&self, name: &str) -> bool {
        self.used.lock().expect("no panic").contains(name)
    }

    fn mark(&self, name: &str) -> &str {
        let mark = self.marks.iter().find(|mark| mark.name == name).expect("a mark");
        self.used.lock().expect("no panic").insert(mark.name);
        &mark.text
    }

    fn is_mark(&self, name: &str, text: &str) -> bool {
        self.marks.iter().any(|mark| mark.name == name && mark.text == text)
    }

    async fn answer(&self, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response<Body> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        if let Some(login) = headers.get("authorization").and_then(|login| login.to_str().ok()) {
            let login = login
                .strip_prefix("Basic ")
                .and_then(|login| STANDARD.decode(login).ok())
                .unwrap_or_default();
            if String::from_utf8_lossy(&login).contains("MARKEDurlword3") {
                self.mark("url password");
            }
        }
        if let Some(trouble) = self.trouble_for(&method, path, &headers, &body) {
            return trouble;
        }
        if method == Method::PUT && path.contains("failover_host") {
            *self.failed_over.lock().expect("no panic") = !String::from_utf8_lossy(&body).contains("default");
        }
        let mut request = self
            .client
            .request(
                method,
                format!("{}{path}", self.cloud.auth_url().replace("/identity/v3", "")),
            )
            .body(self.with_real_password(&body));
        for (name, value) in &headers {
            match name.as_str() {
                "host" | "content-length" | "authorization" => {}
                "x-auth-token" if self.is_mark("token", value.to_str().unwrap_or_default()) => {
                    self.mark("token");
                    request = request.header(name, self.token.lock().expect("no panic").as_str());
                }
                _ => request = request.header(name, value),
            }
        }
        let answer = request.send().await.expect("the cloud answers");
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            match name.as_str() {
                "content-length" | "transfer-encoding" => {}
                "x-subject-token" => {
                    *self.token.lock().expect("no panic") = value.to_str().expect("a token").to_owned();
                    response = response.header(name, self.mark("token"));
                }
                _ => response = response.header(name, value),
            }
        }
        let body = answer.bytes().await.expect("a body");
        response
            .body(Body::from(self.with_marks(path, &body)))
            .expect("a response")
    }

    fn with_real_password(&self, body: &[u8]) -> Vec<u8> {
        let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
            return body.to_vec();
        };
        if let Some(password) = json.pointer_mut("/auth/identity/password/user/password")
            && self.is_mark("password", password.as_str().unwrap_or_default())
        {
            self.mark("password");
            *password = json!(self.password);
            return json.to_string().into_bytes();
        }
        body.to_vec()
    }

    /// The cloud's answer, with this proxy's address and with secrets in the connection info.
    fn with_marks(&self, path: &str, body: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(body);
        let text = text.replace(&self.cloud.auth_url().replace("/identity/v3", ""), &self.url);
        let Ok(mut json) = serde_json::from_str::<Value>(&text) else {
            return text.into_bytes();
        };
        if let Some(info) = json
            .pointer_mut("/attachment/connection_info")
            .and_then(Value::as_object_mut)
            && !info.is_empty()
        {
            info.extend(self.secret_fields(false));
            self.write_log();
        }
        if self.trouble == Trouble::FailoverError
            && path.contains("os-services")
            && *self.failed_over.lock().expect("no panic")
        {
            self.write_log();
            // Once: afterwards the failover may be undone.
            *self.failed_over.lock().expect("no panic") = false;
            for service in json["services"].as_array_mut().into_iter().flatten() {
                service["replication_status"] = json!("failover-error");
            }
        }
        json.to_string().into_bytes()
    }

    fn secret_fields(&self, logged: bool) -> serde_json::Map<String, Value> {
        let keyring = if logged && self.trouble == Trouble::OtherSecretInLog {
            "other keyring"
        } else {
            "keyring"
        };
        // Cinder masks `password` and `secret` at the top of the dict, and nothing below it (oslo.utils' mask_dict_password).
        let chap = if logged { "***" } else { self.mark("chap password") };
        let fields = json!({
            "auth_method": "CHAP",
            "auth_password": chap,
            "keyring": self.mark(keyring),
            "paths": [{ "portal": "192.0.2.1:3260", "discovery_auth_password": self.mark("nested chap password") }],
        });
        fields.as_object().expect("an object").clone()
    }

    /// The cinder-volume log with the same secrets, as a file.
    pub fn write_log(&self) {
        let fields: Vec<String> = self
            .secret_fields(true)
            .iter()
            .map(|(name, value)| format!("'{name}': {}", python(value)))
            .collect();
        let extra = format!(", {}}} _connection_create", fields.join(", "));
        let mut log = self.cloud.volume_log().replace("} _connection_create", &extra);
        if self.trouble == Trouble::FailoverError && *self.failed_over.lock().expect("no panic") {
            log.push_str(&self.exception());
        }
        std::fs::write(&self.log, log).expect("the log is written");
    }

    /// An exception of a driver, in the words of several.
    fn exception(&self) -> String {
        let line = |text: String| format!("2026-11-24 12:00:00.000 1 ERROR cinder.volume.manager {text}\n");
        let secret = self.mark("exception");
        [
            format!("failover failed: {{'auth_password': '{secret}', 'port': 3260}}"),
            format!(
                "Command: iscsiadm -m node --op update -n node.session.auth.password -v {}",
                secret.replace(' ', "")
            ),
            format!(
                "requests.exceptions.HTTPError: 500 for url: https://san:{}@192.0.2.9/api?token={}",
                self.mark("url password"),
                self.mark("somebody's token")
            ),
            format!("key = {}", self.mark("other keyring")),
            format!("X-Auth-Token: {}", self.mark("token")),
        ]
        .map(line)
        .concat()
    }

    /// The answer that this trouble gives instead of the cloud's.
    fn trouble_for(&self, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Option<Response<Body>> {
        if self.trouble == Trouble::Refused && path.contains("/auth/tokens") {
            self.mark("password");
            let message = format!(
                "wrong password {} in {}",
                self.mark("password"),
                String::from_utf8_lossy(body)
            );
            return Some(plain(
                401,
                "application/json",
                json!({"error": {"code": 401, "message": message}}).to_string(),
            ));
        }
        // Once it is logged in and makes its first volume.
        if *method != Method::POST || !path.ends_with("/volumes") || path.contains("/servers/") {
            return None;
        }
        let token = headers
            .get("x-auth-token")
            .and_then(|token| token.to_str().ok())
            .unwrap_or_default();
        let quoted = format!(
            "request failed: POST {path} X-Auth-Token: {token}, headers {{'X-Auth-Token': '{token}'}}, password {pw}, \
             {{\"password\": {json}}} basic {basic} url http://admin:{word}@127.0.0.1/?auth_token={token}&{form}",
            pw = self.mark("password"),
            json = json!(self.mark("password")),
            basic = STANDARD.encode(format!("admin:{}", self.mark("password"))),
            word = self.mark("url password"),
            form = form("pw", self.mark("password")),
        );
        match self.trouble {
            Trouble::Quoted => {
                let body = json!({"computeFault": {"code": 500, "message": quoted}}).to_string();
                let mut answer = plain(500, "application/json", body);
                let id = format!("req-{token}");
                answer
                    .headers_mut()
                    .insert("x-openstack-request-id", id.parse().expect("a header"));
                Some(answer)
            }
            Trouble::Page => Some(plain(
                502,
                "text/html",
                format!("<html><title>502 for {quoted}</title></html>"),
            )),
            Trouble::NotJson => Some(plain(202, "text/plain", quoted)),
            Trouble::WrongShape => Some(plain(202, "application/json", json!({"volume": quoted}).to_string())),
            Trouble::Redirect => {
                let mut answer = plain(302, "text/plain", String::new());
                let url = format!(
                    "https://admin:{}@elsewhere.example/?token={token}",
                    self.mark("url password")
                );
                answer.headers_mut().insert("location", url.parse().expect("a header"));
                Some(answer)
            }
            _ => None,
        }
    }
}

/// A member of a form, as browsers and `requests` send it.
fn form(name: &str, value: &str) -> String {
    let url = reqwest::Url::parse_with_params("http://host/", [(name, value)]).expect("a URL");
    url.query().expect("a query").to_owned()
}

fn plain(status: u16, content_type: &str, body: String) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(status).expect("a status"))
        .header("content-type", content_type)
        .body(Body::from(body))
        .expect("a response")
}

fn python(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let members: Vec<String> = map
                .iter()
                .map(|(name, value)| format!("'{name}': {}", python(value)))
                .collect();
            format!("{{{}}}", members.join(", "))
        }
        other => other.to_string(),
    }
}

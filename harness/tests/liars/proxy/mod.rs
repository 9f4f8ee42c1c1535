//! A reverse proxy before a simcloud, which tells one lie.

mod message;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;

pub use message::{Reply, Request, Wire};

use crate::lie::{Act, Lie, Memory};

/// Headers of one connection only.
const HOP_BY_HOP: [&str; 5] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
];

/// A request that the drill made, and what came of it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub method: String,
    pub path: String,
    /// What the drill asked to be failed over to, if it did.
    pub failover_to: Option<String>,
    /// What the cloud answered; none if it was not asked.
    pub by_cloud: Vec<u16>,
    /// What the drill was answered.
    pub status: u16,
}

/// The proxy.
pub struct Proxy {
    upstream: String,
    pub url: String,
    lie: RwLock<Arc<Lie>>,
    memory: Mutex<Memory>,
    entries: Mutex<Vec<Entry>>,
    client: reqwest::Client,
}

impl Proxy {
    /// Starts it on a free port of loopback, before the cloud at `upstream`, `http://HOST:PORT`.
    pub async fn start(upstream: &str, lie: Lie) -> Arc<Proxy> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        let proxy = Arc::new(Proxy {
            upstream: upstream.to_owned(),
            url: format!("http://{}", listener.local_addr().expect("an address")),
            lie: RwLock::new(Arc::new(lie)),
            memory: Mutex::default(),
            entries: Mutex::default(),
            client: client.build().expect("a client"),
        });
        tokio::spawn({
            let proxy = proxy.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    // A drill that was killed, or that tires of a slow answer, ends the connection: no fault of the proxy.
                    tokio::spawn(wire::serve(proxy.clone(), stream));
                }
            }
        });
        proxy
    }

    /// Tells the truth from now on. What was promised to be carried out later still is.
    pub fn be_honest(&self) {
        *self.lie.write().expect("no panic") = Arc::new(Lie::Truth);
    }

    /// What was asked so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().expect("no panic").clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().expect("no panic")
    }

    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let lie = self.lie.read().expect("no panic").clone();
        let act = {
            let mut memory = self.memory();
            let act = lie.before(&request, &mut memory);
            memory.asked(&request);
            act
        };
        let mut by_cloud = Vec::new();
        let reply = match act {
            Act::Forward => self.told(&lie, &request, &mut by_cloud).await,
            Act::ForwardAs(changed) => self.told(&lie, &changed, &mut by_cloud).await,
            Act::Say(reply) => reply,
            Act::SayAndForwardLater(reply, after) => {
                let (proxy, request) = (self.clone(), request.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    let status = proxy.forward(&request).await.status;
                    proxy.note(&request, vec![status], 0);
                });
                reply
            }
            Act::ForwardAsAndSay(changed, reply) => {
                by_cloud.push(self.forward(&changed).await.status);
                reply
            }
            Act::ForwardTwice { second } => {
                let first = self.forward(&request).await;
                // Soon enough for the first to be still under way.
                tokio::time::sleep(Duration::from_millis(2)).await;
                let again = self.forward(&request).await;
                by_cloud.extend([first.status, again.status]);
                if second { again } else { first }
            }
            Act::ForwardCopyFirst => {
                self.forward(&request).await;
                self.told(&lie, &request, &mut by_cloud).await
            }
        };
        self.memory().answered(&request);
        self.note(&request, by_cloud, reply.status);
        self.with_own_address(reply)
    }

    fn note(&self, request: &Request, by_cloud: Vec<u16>, status: u16) {
        self.entries.lock().expect("no panic").push(Entry {
            method: request.method.clone(),
            path: request.path.clone(),
            failover_to: request.failover_to(),
            by_cloud,
            status,
        });
    }

    /// What the cloud says, as the lie tells it.
    async fn told(&self, lie: &Lie, request: &Request, by_cloud: &mut Vec<u16>) -> Reply {
        let mut reply = self.forward(request).await;
        by_cloud.push(reply.status);
        lie.after(request, &mut reply, &mut self.memory());
        reply
    }

    /// What the cloud says.
    async fn forward(&self, request: &Request) -> Reply {
        let method = request.method.parse().expect("a method");
        let mut forwarded = self
            .client
            .request(method, format!("{}{}", self.upstream, request.path))
            .body(request.body.clone());
        for (name, value) in &request.headers {
            if !HOP_BY_HOP.contains(&name.as_str()) {
                forwarded = forwarded.header(name, value);
            }
        }
        let answer = match forwarded.send().await {
            Ok(answer) => answer,
            Err(error) => return Reply::new(502, "text/plain", error.to_string()),
        };
        let mut reply = Reply::new(answer.status().as_u16(), "application/json", Vec::new());
        reply.headers.clear();
        for (name, value) in answer.headers() {
            if !HOP_BY_HOP.contains(&name.as_str()) {
                let value = value.to_str().unwrap_or_default().to_owned();
                reply.headers.push((name.to_string(), value));
            }
        }
        reply.body = answer.bytes().await.map(Vec::from).unwrap_or_default();
        reply
    }

    /// The cloud's own address must not be seen: the drill would go past the proxy.
    fn with_own_address(&self, mut reply: Reply) -> Reply {
        if let Ok(text) = std::str::from_utf8(&reply.body)
            && text.contains(&self.upstream)
        {
            reply.body = text.replace(&self.upstream, &self.url).into_bytes();
        }
        for (_, value) in &mut reply.headers {
            *value = value.replace(&self.upstream, &self.url);
        }
        reply
    }
}

//! Bodies of OpenStack's APIs, sent by an HTTP server and read by the client of the harness.

use std::hint::black_box;
use std::sync::{Arc, LazyLock};

use cinder_drill::cloud::{ApiError, Cloud, CloudConfig, Environment, ServerId, Unobserved, VolumeId};
use cinder_drill::failure::Failure;
use simcloud::{FaultAnswer, SimCloud};
use tokio::runtime::Runtime;

use crate::corpus;
use crate::guard::try_all;

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "-1",
    "\\u0000",
    "\\ud800",
    "\"volume\":",
    "\"services\":",
    "\"server\":",
    "\"status\":",
    "\"error\"",
    "\"connection_info\":",
    "\"attachments\":[",
    "\"message\":",
    "\"links\":",
    "<html>",
    "<title>",
];

/// A cloud whose next answer can be chosen, and a client of it.
struct Conversation {
    runtime: Runtime,
    server: SimCloud,
    client: Cloud,
}

static CONVERSATION: LazyLock<Conversation> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let (server, client) = runtime.block_on(async {
        let server = simcloud::start(simcloud::Config::default()).await.expect("a simcloud");
        let file = server.directory().join("clouds.yaml");
        let environment = Environment::isolated(server.directory());
        let config = CloudConfig::load("simcloud", Some(&file), &environment).expect("its clouds.yaml");
        let client = Cloud::connect(config, Arc::new(Unobserved)).await.expect("a login");
        (server, client)
    });
    Conversation {
        runtime,
        server,
        client,
    }
});

/// The body of a recorded response.
fn body(recorded: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(recorded);
    let response = text.split("#### response").nth(1).unwrap_or_default();
    let body = response.split_once("\n\n").map_or("", |(_, body)| body);
    body.as_bytes().to_vec()
}

#[test]
fn a_body_of_an_api_may_hold_anything() {
    let recorded = corpus::files("fixtures/captures/openstack", ".http");
    let mut bodies: Vec<Vec<u8>> = recorded.iter().map(|recorded| body(recorded)).collect();
    bodies.sort();
    bodies.dedup();
    let corpus = [bodies, corpus::of_json(), corpus::of_any_language()].concat();
    try_all(&corpus, TOKENS, read_bodies);
}

fn read_bodies(input: &[u8]) {
    let Conversation {
        runtime,
        server,
        client,
    } = &*CONVERSATION;
    // An error's body is read another way than an answer's.
    for status in [200, 400] {
        let answer = FaultAnswer::Bytes {
            status,
            body: input.to_vec(),
        };
        let next = |path: &str| {
            server.faults().clear();
            server.faults().answer("GET", path, 1, answer.clone());
        };
        runtime.block_on(async {
            next("/volumes/");
            tell(client.volume(&VolumeId::new("v")).await);
            next("/os-services");
            tell(client.services(None).await);
            next("/attachments/");
            tell(client.attachment(&"a".into()).await);
            next("/servers/");
            tell(client.server(&ServerId::new("s")).await);
            next("/volumes/detail");
            tell(client.volumes().await);
            next("get_pools");
            tell(client.pools().await);
        });
    }
}

fn tell<T>(answer: Result<T, ApiError>) {
    if let Err(error) = answer {
        black_box(Failure::from(error).to_string());
    }
}

//! A body read as every kind of answer that a service may give; for the tests of bad input.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{ApiError, ApiErrorKind, Asked, Heard};
use super::transport::Answer;
use super::{
    Attachment, FloatingIp, Image, Keypair, Message, Network, Pool, Port, Server, Service, ServiceKind, Volume,
    VolumeType, identity, microversion,
};

/// The errors that come of reading a body as each answer that the harness asks for.
pub(crate) fn errors_of_body(body: &[u8]) -> Vec<ApiError> {
    let answer = |status: StatusCode| {
        let url = "http://box/".parse().expect("a constant");
        Answer {
            asked: Asked::new(ServiceKind::BlockStorage, &reqwest::Method::GET, &url, false),
            attempts: 1,
            status,
            headers: HeaderMap::new(),
            body: body.to_vec(),
            request_id: None,
            retry_after: None,
            heard: Heard::default(),
        }
    };
    let good = answer(StatusCode::OK);
    let mut errors = Vec::new();
    one_and_list::<Volume>(&good, "volumes", &mut errors);
    one_and_list::<Attachment>(&good, "attachments", &mut errors);
    one_and_list::<Service>(&good, "services", &mut errors);
    one_and_list::<Pool>(&good, "pools", &mut errors);
    one_and_list::<Message>(&good, "messages", &mut errors);
    one_and_list::<VolumeType>(&good, "volume_types", &mut errors);
    one_and_list::<Server>(&good, "servers", &mut errors);
    one_and_list::<Keypair>(&good, "keypairs", &mut errors);
    one_and_list::<Image>(&good, "images", &mut errors);
    one_and_list::<Network>(&good, "networks", &mut errors);
    one_and_list::<Port>(&good, "ports", &mut errors);
    one_and_list::<FloatingIp>(&good, "floatingips", &mut errors);
    errors.extend(identity::errors_of_token(&good));
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        microversion::highest(&value);
    }
    for status in [StatusCode::BAD_REQUEST, StatusCode::INTERNAL_SERVER_ERROR] {
        errors.extend(answer(status).success().err());
        let refused = answer(status);
        let message = refused.message();
        errors.push(refused.error(ApiErrorKind::TokenRefused { message }));
    }
    errors
}

/// Reads a body as one thing in its envelope, and as a page of them.
fn one_and_list<T: DeserializeOwned>(answer: &Answer, collection: &str, errors: &mut Vec<ApiError>) {
    errors.extend(answer.json::<BTreeMap<String, T>>().err());
    errors.extend(answer.listing::<T>(collection).err());
}

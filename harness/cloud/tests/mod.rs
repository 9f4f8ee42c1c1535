//! Tests of the client against servers on loopback.

mod captures;
mod catalog;
mod clouds_yaml;
mod error_words;
mod fake_cloud;
mod listing;
mod login;
mod lookups;
mod recorded_answers;
mod recorded_requests;
mod tls;
mod transport;
mod wholeness;

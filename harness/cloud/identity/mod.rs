//! Keystone: tokens, and the catalog that comes with them.

mod catalog;
mod login;
mod session;
mod token;

pub(crate) use session::Session;

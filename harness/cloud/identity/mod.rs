//! Keystone: tokens, and the catalog that comes with them.

mod catalog;
mod login;
mod session;
mod token;

pub(crate) use session::Session;
pub(crate) use token::errors_of_token;

//! The passphrases of private keys: from the environment, or typed once, for as long as this process lives. They stand in no file.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

/// The environment variable that has the passphrase of the keys.
pub(crate) const VARIABLE: &str = "CINDER_DRILL_PASSPHRASE";

/// What was typed. An empty text is what nobody wants to type again.
static TYPED: Mutex<BTreeMap<PathBuf, SecretString>> = Mutex::new(BTreeMap::new());

fn typed() -> MutexGuard<'static, BTreeMap<PathBuf, SecretString>> {
    TYPED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The passphrase of a key file, if it is known. What is typed counts for the file that it was typed for alone.
pub(crate) fn of(key: &Path) -> Option<SecretString> {
    if let Some(typed) = typed().get(key) {
        return Some(typed.clone());
    }
    of_environment()
}

/// The one of the environment.
pub(crate) fn of_environment() -> Option<SecretString> {
    std::env::var(VARIABLE)
        .ok()
        .filter(|text| !text.is_empty())
        .map(SecretString::from)
}

/// Notes what was typed.
#[cfg(test)]
pub(crate) fn know(key: &Path, passphrase: SecretString) {
    typed().insert(key.to_owned(), passphrase);
}

/// Whether somebody is there who can be asked.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for the passphrase of a key file, once. Blocks until it is typed.
pub(super) fn ask(key: &Path) {
    // Whoever else wants it waits, and is told.
    let mut typed = typed();
    if typed.contains_key(key) || !can_ask() {
        return;
    }
    if let Ok(passphrase) = rpassword::prompt_password(format!("Passphrase of {}: ", key.display())) {
        typed.insert(key.to_owned(), SecretString::from(passphrase));
    }
}

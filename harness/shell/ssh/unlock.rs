//! Asks for the passphrase of a key, before the time for the connection begins.

use super::agent::keys_of;
use super::key_file::KeyFile;
use super::options::{Agent, Keys};
use crate::shell::passphrase;

/// Whether a key has a passphrase that neither the environment, nor who was asked, nor the usual agent knows. Blocks.
pub(crate) fn is_locked_for_us(key: &KeyFile) -> bool {
    let in_agent = || {
        let public = key.public.as_ref();
        public.is_some_and(|public| keys_of(&Agent::Usual).contains(public))
    };
    key.is_locked && passphrase::of(&key.path).is_none() && !in_agent()
}

/// Asks for what is needed and not known, if somebody is there who can type it.
pub(crate) async fn unlock(keys: Keys) {
    // Whoever does not answer is told by the login that fails.
    let _ = tokio::task::spawn_blocking(move || {
        if !passphrase::can_ask() {
            return;
        }
        let files: Vec<KeyFile> = keys.files.iter().filter_map(|path| KeyFile::read(path).ok()).collect();
        let in_agent = keys_of(&keys.agent);
        let has = |key: &KeyFile| key.public.as_ref().is_some_and(|public| in_agent.contains(public));
        let is_usable = |key: &&KeyFile| !key.is_locked || has(key) || passphrase::of(&key.path).is_some();
        // Of the files that an entry may have, one is enough.
        if files.iter().any(|key| is_usable(&key)) || (!keys.only_these && !in_agent.is_empty()) {
            return;
        }
        if let Some(locked) = files.iter().find(|key| key.is_locked) {
            passphrase::ask(&locked.path);
        }
    })
    .await;
}

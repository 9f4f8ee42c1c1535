//! The user's SSH agent.

use ssh2::{Agent as Ssh2Agent, PublicKey, Session};

use super::key_file::is_usable;
use super::options::Agent;

/// An agent that answers, and the keys that it has.
pub(super) struct Answering {
    agent: Ssh2Agent,
    pub(super) identities: Vec<PublicKey>,
}

impl Answering {
    /// The agent, for a session; `None` if none is wanted, or none answers.
    pub(super) fn of(session: &Session, which: &Agent) -> Option<Answering> {
        let mut agent = session.agent().ok()?;
        match which {
            Agent::None => return None,
            Agent::Usual => {
                std::env::var_os("SSH_AUTH_SOCK")?;
            }
            Agent::At(path) => agent.set_identity_path(path).ok()?,
        }
        agent.connect().ok()?;
        agent.list_identities().ok()?;
        // Certificates and keys of security tokens are for OpenSSH.
        let mut identities = agent.identities().ok()?;
        identities.retain(|identity| is_usable(identity.blob()));
        Some(Answering { agent, identities })
    }

    /// The key with this public half.
    pub(super) fn with(&self, public: Option<&[u8]>) -> Option<&PublicKey> {
        let public = public?;
        self.identities.iter().find(|identity| identity.blob() == public)
    }

    /// Logs in with one of its keys.
    pub(super) fn log_in(&self, user: &str, identity: &PublicKey) -> Result<(), ssh2::Error> {
        self.agent.userauth(user, identity)
    }
}

/// The public halves of the keys that an agent has, without any session.
pub(super) fn keys_of(which: &Agent) -> Vec<Vec<u8>> {
    let Ok(session) = Session::new() else { return Vec::new() };
    let Some(answering) = Answering::of(&session, which) else {
        return Vec::new();
    };
    answering
        .identities
        .iter()
        .map(|identity| identity.blob().to_vec())
        .collect()
}

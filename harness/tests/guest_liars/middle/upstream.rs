//! The session with the true guest.

use std::net::SocketAddr;
use std::sync::Arc;

use russh::client::{self, Handle};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg};

use super::answer::Answer;
use super::command::LOCALE;

/// The mark of what the man in the middle runs himself.
const MARK: &str = "man-in-the-middle";

/// Whoever answers is the true guest.
pub struct Anyone;

impl client::Handler for Anyone {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// An open session with a guest.
pub struct Upstream {
    session: Handle<Anyone>,
}

impl Upstream {
    /// Connects and logs in. `None` if the guest is not there, or lets nobody in.
    pub async fn open(guest: SocketAddr, user: &str, key: Arc<PrivateKey>) -> Option<Upstream> {
        let config = client::Config {
            nodelay: true,
            ..client::Config::default()
        };
        let mut session = client::connect(Arc::new(config), guest, Anyone).await.ok()?;
        let key = PrivateKeyWithHashAlg::new(key, None);
        let answer = session.authenticate_publickey(user, key).await.ok()?;
        answer.success().then_some(Upstream { session })
    }

    /// Whether the guest has gone.
    pub fn is_closed(&self) -> bool {
        self.session.is_closed()
    }

    /// Begins a command that goes on while its input comes.
    pub async fn begin(&self, command: &str, mark: &str) -> Option<Channel<client::Msg>> {
        let line = format!("{{ {LOCALE}{command}\n}}; code=$?; printf '\\n%s %d\\n' {mark} $code; exit $code");
        let channel = self.session.channel_open_session().await.ok()?;
        channel.exec(true, line).await.ok()?;
        Some(channel)
    }

    /// Runs a command to its end. `None` if the guest went away.
    pub async fn run(&self, command: &str, stdin: &[u8]) -> Option<Answer> {
        let line = format!("{{ {LOCALE}{command}\n}}; code=$?; printf '\\n%s %d\\n' {MARK} $code; exit $code");
        let mut channel = self.session.channel_open_session().await.ok()?;
        channel.exec(true, line).await.ok()?;
        channel.data_bytes(stdin.to_vec()).await.ok()?;
        channel.eof().await.ok()?;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => out.extend_from_slice(&data),
                ChannelMsg::ExtendedData { data, .. } => err.extend_from_slice(&data),
                _ => {}
            }
        }
        let text = String::from_utf8_lossy(&out);
        let code = text.rsplit_once(&format!("\n{MARK} "))?.1.trim_end().parse().ok()?;
        let mark = format!("\n{MARK} {code}\n");
        out.truncate(out.len() - mark.len());
        Some(Answer::new(out, err, code))
    }
}

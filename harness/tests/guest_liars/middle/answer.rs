//! What the harness is told, and how it is sent.

use std::time::Duration;

use russh::ChannelId;
use russh::server::Handle;

/// How much is sent at once, in bytes.
const PIECE: usize = 32 * 1024;

/// What a command wrote, and how it ended.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its standard output.
    pub out: Vec<u8>,
    /// Its standard error.
    pub err: Vec<u8>,
    /// Its exit status, as the shell tells it in the mark.
    pub code: i32,
    /// How that is sent.
    pub ending: Ending,
}

impl Answer {
    /// An answer that is sent as a true guest sends it.
    pub fn new(out: impl Into<Vec<u8>>, err: impl Into<Vec<u8>>, code: i32) -> Answer {
        Answer {
            out: out.into(),
            err: err.into(),
            code,
            ending: Ending::default(),
        }
    }

    /// Puts bytes before the output.
    pub fn put_before(&mut self, bytes: &[u8]) {
        self.out.splice(0..0, bytes.iter().copied());
    }

    /// Puts bytes behind the output.
    pub fn put_behind(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// The output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

/// How an answer is sent.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The mark.
    pub mark: Mark,
    /// What follows the mark on the standard output.
    pub behind: Vec<u8>,
    /// What the channel says of the exit.
    pub statuses: Vec<Status>,
    /// Whether it says so before the output.
    pub status_first: bool,
    /// Whether the output's end is told.
    pub ends: bool,
    /// Whether the channel is closed.
    pub closes: bool,
    /// How long after each byte nothing is sent.
    pub drip: Option<Duration>,
}

impl Default for Ending {
    fn default() -> Ending {
        Ending {
            mark: Mark::Last,
            behind: Vec::new(),
            statuses: vec![Status::OfTheCommand],
            status_first: false,
            ends: true,
            closes: true,
            drip: None,
        }
    }
}

/// The mark at the end of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As the shell prints it.
    Last,
    /// On the standard error.
    OnErrors,
    /// Nowhere.
    Missing,
    /// With a carriage return before each newline, as a terminal does it.
    OnATerminal,
    /// With this number.
    Says(i32),
    /// Without the newline at its end.
    CutOff,
}

/// What a channel says of an exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The command's own status.
    OfTheCommand,
    /// This one.
    Number(u32),
    /// That a signal ended it.
    Killed,
}

/// Sends an answer. What cannot be sent any more, since the harness has gone, is not.
pub async fn send(handle: &Handle, channel: ChannelId, mark: &str, answer: Answer) {
    // The harness may have cut the connection, which is its right.
    send_all(handle, channel, mark, answer).await.ok();
}

async fn send_all(handle: &Handle, channel: ChannelId, mark: &str, answer: Answer) -> Result<(), ()> {
    let Answer { out, err, code, ending } = answer;
    if ending.status_first {
        send_statuses(handle, channel, &ending.statuses, code).await?;
    }
    send_out(handle, channel, out, ending.drip).await?;
    for piece in err.chunks(PIECE) {
        let piece = piece.to_vec();
        handle.extended_data(channel, 1, piece).await.map_err(drop)?;
    }
    let line = |code: i32| format!("\n{mark} {code}\n").into_bytes();
    match ending.mark {
        Mark::Last => send_out(handle, channel, line(code), None).await?,
        Mark::Says(other) => send_out(handle, channel, line(other), None).await?,
        Mark::OnErrors => handle.extended_data(channel, 1, line(code)).await.map_err(drop)?,
        Mark::OnATerminal => {
            let line = format!("\r\n{mark} {code}\r\n").into_bytes();
            send_out(handle, channel, line, None).await?;
        }
        Mark::CutOff => {
            let mut line = line(code);
            line.pop();
            send_out(handle, channel, line, None).await?;
        }
        Mark::Missing => {}
    }
    send_out(handle, channel, ending.behind, None).await?;
    if !ending.status_first {
        send_statuses(handle, channel, &ending.statuses, code).await?;
    }
    if ending.ends {
        handle.eof(channel).await?;
    }
    if ending.closes {
        handle.close(channel).await?;
    }
    Ok(())
}

async fn send_out(handle: &Handle, channel: ChannelId, bytes: Vec<u8>, drip: Option<Duration>) -> Result<(), ()> {
    for piece in bytes.chunks(if drip.is_some() { 1 } else { PIECE }) {
        let piece = piece.to_vec();
        handle.data(channel, piece).await.map_err(drop)?;
        if let Some(pause) = drip {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(())
}

async fn send_statuses(handle: &Handle, channel: ChannelId, statuses: &[Status], code: i32) -> Result<(), ()> {
    for status in statuses {
        match status {
            Status::OfTheCommand => {
                let code = u32::try_from(code).unwrap_or(255);
                handle.exit_status_request(channel, code).await?;
            }
            Status::Number(number) => handle.exit_status_request(channel, *number).await?,
            Status::Killed => {
                let (words, language) = ("killed".to_owned(), String::new());
                handle
                    .exit_signal_request(channel, russh::Sig::KILL, false, words, language)
                    .await?;
            }
        }
    }
    Ok(())
}

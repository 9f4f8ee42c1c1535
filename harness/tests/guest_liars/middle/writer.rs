//! A writer in a guest: its records go by one by one, and so do its acknowledgements.

use russh::server::Handle;
use russh::{ChannelId, ChannelMsg};
use tokio::sync::mpsc::UnboundedReceiver;

use super::liar::Asked;
use crate::lie::{GuestLie, WriterLie};

/// Passes on what the harness and the true guest say to each other, but for the lies.
pub async fn relay(asked: Asked, mut inputs: UnboundedReceiver<Vec<u8>>, handle: Handle, channel: ChannelId) {
    let lies: Vec<WriterLie> = asked
        .middle
        .lies
        .iter()
        .filter_map(|lie| match lie {
            GuestLie::Writer(lie) => Some(*lie),
            _ => None,
        })
        .collect();
    asked
        .middle
        .note(format!("{} writer {}", asked.guest, asked.command.text));
    let Some(mut guest) = asked.upstream.begin(&asked.command.text, &asked.command.mark).await else {
        return asked.cut.now();
    };
    let mut unsent = Vec::new();
    let mut open = true;
    loop {
        tokio::select! {
            bytes = inputs.recv(), if open => match bytes {
                Some(bytes) => {
                    unsent.extend_from_slice(&bytes);
                    while let Some(end) = unsent.iter().position(|byte| *byte == b'\n') {
                        let line: Vec<u8> = unsent.drain(..=end).collect();
                        let (forward, acknowledge) = told(&lies, &line);
                        if forward.as_deref() != Some(&line[..]) || !acknowledge.is_empty() {
                            asked.middle.memory().lied += 1;
                        }
                        // The harness may have gone, which is its right.
                        handle.data(channel, acknowledge.into_bytes()).await.ok();
                        if let Some(line) = forward && guest.data_bytes(line).await.is_err() {
                            return asked.cut.now();
                        }
                    }
                }
                None => {
                    open = false;
                    guest.eof().await.ok();
                }
            },
            message = guest.wait() => match message {
                Some(ChannelMsg::Data { data }) => drop(handle.data(channel, data.to_vec()).await),
                Some(ChannelMsg::ExtendedData { data, .. }) => {
                    drop(handle.extended_data(channel, 1, data.to_vec()).await);
                }
                Some(ChannelMsg::ExitStatus { exit_status }) => {
                    handle.exit_status_request(channel, exit_status).await.ok();
                }
                Some(ChannelMsg::Close) => {
                    handle.eof(channel).await.ok();
                    handle.close(channel).await.ok();
                    return;
                }
                Some(_) => {}
                // The guest is gone.
                None => return asked.cut.now(),
            },
        }
    }
}

/// What of a line goes to the guest, and what is acknowledged without it.
fn told(lies: &[WriterLie], line: &[u8]) -> (Option<Vec<u8>>, String) {
    let text = String::from_utf8_lossy(line).into_owned();
    let block = text.split(' ').next().and_then(|block| block.parse::<usize>().ok());
    let (Some(lie), Some(block)) = (lies.first(), block) else {
        return (Some(line.to_vec()), String::new());
    };
    let swallowed = (None, format!("{block}\n"));
    match lie {
        WriterLie::Swallows(which) if *which == block => swallowed,
        WriterLie::SwallowsFrom(first) if block >= *first => swallowed,
        WriterLie::Overpromises => (Some(line.to_vec()), format!("{}\n{}\n", block + 100, usize::MAX)),
        WriterLie::Swaps(which) if *which == block || which + 1 == block => {
            let other = if *which == block { block + 1 } else { block - 1 };
            let (_, record) = text.split_once(' ').unwrap_or_default();
            // It is written to the other one's block, and acknowledged as its own.
            (Some(format!("{other} {record}").into_bytes()), format!("{block}\n"))
        }
        WriterLie::Swallows(_) | WriterLie::SwallowsFrom(_) | WriterLie::Swaps(_) => {
            (Some(line.to_vec()), String::new())
        }
    }
}

//! What `rbd` answers.

use crate::failure::Failure;
use crate::site::{MirrorStatus, PoolInfo, RbdInfo, SiteError};

/// Output of `rbd`, as every answer that is asked of it, and as the words of a refusal.
pub(super) fn storage_answer(bytes: &[u8]) {
    let cause = |error: serde_json::Error| error.to_string();
    let read = [
        serde_json::from_slice::<RbdInfo>(bytes).map(drop).map_err(cause),
        serde_json::from_slice::<PoolInfo>(bytes).map(drop).map_err(cause),
        serde_json::from_slice::<Vec<String>>(bytes).map(drop).map_err(cause),
        serde_json::from_slice::<MirrorStatus>(bytes)
            .map(|status| {
                let replays = status
                    .replay
                    .iter()
                    .chain(status.peer_sites.iter().filter_map(|peer| peer.replay.as_ref()));
                assert!(
                    replays
                        .filter(|replay| replay.has_caught_up())
                        .all(|replay| replay.primary_position.is_some())
                );
                assert!(!(status.is_replaying() && status.is_split_brain() && status.description.is_empty()));
            })
            .map_err(cause),
    ];
    let text = String::from_utf8_lossy(bytes);
    for cause in read.into_iter().filter_map(Result::err) {
        must_be_short(SiteError::Garbage {
            site: "site-a".to_owned(),
            doing: "read the info of an image".to_owned(),
            command: "rbd info".to_owned(),
            stdout: text.clone().into_owned(),
            stderr: text.clone().into_owned(),
            cause,
        });
    }
    for exit_code in [0, 2, 22, 127, 255] {
        must_be_short(SiteError::of(
            "site-a",
            "read the info of an image",
            "rbd info",
            exit_code,
            &text,
        ));
    }
}

fn must_be_short(error: SiteError) {
    let shown = Failure::from(error).to_string();
    assert!(!shown.is_empty() && shown.len() < 20_000, "{} bytes", shown.len());
}

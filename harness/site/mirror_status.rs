//! What `rbd mirror image status` says of an image.

use serde::Deserialize;

use crate::counted::counted;

/// What `rbd mirror image status --format json` says of an image: what this site's daemon reports, and those of the
/// peers. Reports are seconds old, and none is a proof that data arrived: on a real Ceph `entries_behind_primary` stayed
/// at 1 or 2 for minutes with all data there, and was 0 right after a write while the bytes still differed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "StatusAnswer")]
pub struct MirrorStatus {
    /// The id that the image has at all its sites.
    pub global_id: String,
    /// For example `up+replaying` at the site that follows, `up+stopped` at the primary, `up+error`, `down+unknown`.
    pub state: String,
    /// The state in more words, for example `local image is primary` or `split-brain detected`.
    pub description: String,
    /// How far the replay is, if this site replays.
    pub replay: Option<Replay>,
    /// When the site's daemon reported, `2026-11-23 11:31:35` in its own time zone; `None` if it never did.
    pub last_update: Option<String>,
    /// What the peers' daemons report.
    pub peer_sites: Vec<PeerStatus>,
}

/// What the daemon of a peer reports.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "PeerAnswer")]
pub struct PeerStatus {
    /// The peer's name, as it was given when the sites were made peers.
    pub site_name: String,
    /// As [`MirrorStatus::state`].
    pub state: String,
    /// As [`MirrorStatus::description`].
    pub description: String,
    /// How far the replay is, if the peer replays.
    pub replay: Option<Replay>,
    /// As [`MirrorStatus::last_update`].
    pub last_update: Option<String>,
}

/// How far a replay is. All is optional, for each mode and release of Ceph says another selection.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Replay {
    /// The end of the primary's journal.
    #[serde(default, deserialize_with = "position")]
    pub primary_position: Option<JournalPosition>,
    /// How far this site's replay has come; `None` before its first entry.
    #[serde(default, deserialize_with = "position")]
    pub non_primary_position: Option<JournalPosition>,
    /// How many journal entries are not replayed yet.
    pub entries_behind_primary: Option<u64>,
    /// How many bytes are replayed in a second.
    pub bytes_per_second: Option<f64>,
    /// How many journal entries are replayed in a second.
    pub entries_per_second: Option<f64>,
    /// When the newest mirror snapshot that this site holds was made, in seconds since 1970; in snapshot mode only.
    pub local_snapshot_timestamp: Option<i64>,
    /// When the newest mirror snapshot of the primary was made.
    pub remote_snapshot_timestamp: Option<i64>,
}

/// A place in an image's journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct JournalPosition {
    /// The entry's number under its tag.
    pub entry_tid: u64,
    /// The journal object that holds the entry.
    pub object_number: u64,
    /// The tag: it changes with each promotion and each new owner of the image's lock.
    pub tag_tid: u64,
}

impl MirrorStatus {
    /// Whether the daemon found that both sites were written to.
    #[must_use]
    pub fn is_split_brain(&self) -> bool {
        self.description.contains("split-brain")
    }

    /// Whether the site's daemon has not reported for so long that its cluster takes it for dead.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.state.starts_with("down+")
    }

    /// Whether the site replays what the primary writes.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.state == "up+replaying"
    }

    /// What the site says of its peers, if it hears of none of them any more; `None` also if it has none.
    #[must_use]
    pub fn lost_peers(&self) -> Option<String> {
        let peers = &self.peer_sites;
        let lost = !peers.is_empty() && peers.iter().all(PeerStatus::is_down);
        lost.then(|| {
            let states: Vec<&str> = peers.iter().map(|peer| peer.state.as_str()).collect();
            states.join(", ")
        })
    }
}

impl PeerStatus {
    /// Whether the peer replays what the primary writes, as far as this site has heard.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.state == "up+replaying"
    }

    /// Whether this site has not heard of the peer for so long that it takes it for dead.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.state.starts_with("down+")
    }
}

impl Replay {
    /// Whether the replay has come to the end of the primary's journal, as far as the report knows.
    #[must_use]
    pub fn has_caught_up(&self) -> bool {
        self.primary_position.is_some() && self.primary_position == self.non_primary_position
    }

    /// How far the replay is behind, in words; `None` where the daemon does not tell. A journal lags by entries, and snapshots
    /// by the age of the newest one that came over: all that was written since is lost with the primary.
    #[must_use]
    pub fn lag(&self) -> Option<String> {
        let Some(copied) = self.local_snapshot_timestamp else {
            return self
                .entries_behind_primary
                .map(|entries| format!("{} behind", counted(entries, "journal entry")));
        };
        let made = jiff::Timestamp::from_second(copied).ok()?;
        Some(match self.remote_snapshot_timestamp {
            Some(newest) if newest > copied => format!(
                "it holds the mirror snapshot of {made}, and the newest is {} s younger",
                newest - copied
            ),
            _ => format!("it holds the newest mirror snapshot, of {made}"),
        })
    }

    /// Reads the end of a description, as in `replaying, {"bytes_per_second":0.0,…}`.
    fn of_description(description: &str) -> Option<Replay> {
        let json = &description[description.find('{')?..];
        serde_json::from_str(json).ok()
    }
}

#[derive(Deserialize)]
struct StatusAnswer {
    global_id: String,
    state: String,
    description: String,
    #[serde(default)]
    last_update: String,
    #[serde(default)]
    peer_sites: Vec<PeerStatus>,
}

#[derive(Deserialize)]
struct PeerAnswer {
    site_name: String,
    state: String,
    description: String,
    #[serde(default)]
    last_update: String,
}

impl From<StatusAnswer> for MirrorStatus {
    fn from(answer: StatusAnswer) -> MirrorStatus {
        let StatusAnswer {
            global_id,
            state,
            description,
            last_update,
            peer_sites,
        } = answer;
        let replay = Replay::of_description(&description);
        MirrorStatus {
            global_id,
            state,
            replay,
            description,
            last_update: told(last_update),
            peer_sites,
        }
    }
}

impl From<PeerAnswer> for PeerStatus {
    fn from(answer: PeerAnswer) -> PeerStatus {
        let PeerAnswer {
            site_name,
            state,
            description,
            last_update,
        } = answer;
        let replay = Replay::of_description(&description);
        PeerStatus {
            site_name,
            state,
            replay,
            description,
            last_update: told(last_update),
        }
    }
}

fn told(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// A position that was never reached is an empty object.
fn position<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<JournalPosition>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    if value.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(None);
    }
    serde_json::from_value(value).map_err(serde::de::Error::custom)
}

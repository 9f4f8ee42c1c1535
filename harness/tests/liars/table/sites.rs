//! A lying `rbd`, and a falsified log.

use crate::lie::failover_noop;
use crate::log::LogLie;
use crate::row::{Edit, Left, Row, log, site};
use crate::site_lie::SiteLie;

pub fn rows() -> Vec<Row> {
    let mirrored = |id, lie_told| site(id, 6, lie_told).left(Left::RecoveredOrForAPerson);
    let missing = |id, lie_told| {
        // A witness that is missing says nothing against the cloud.
        log(id, 7, lie_told).caught_or_clean().without_failure()
    };
    vec![
        site("site-honest", 0, SiteLie::Honest).harmless(),
        mirrored("site-othername", SiteLie::OtherName),
        mirrored("site-otherstatus", SiteLie::OtherStatus),
        mirrored("site-otherglobalids", SiteLie::OtherGlobalIds),
        mirrored("site-onecluster", SiteLie::OneCluster)
            .says("(one|same) cluster|fsid")
            .never("raise this budget"),
        mirrored("site-empty0", SiteLie::Empty).no_verdict(),
        mirrored("site-truncated", SiteLie::Truncated).no_verdict(),
        site("site-noise", 8, SiteLie::Noise).harmless(),
        site("site-behind", 6, SiteLie::Behind).harmless(),
        site("site-resync", 6, SiteLie::Resync).harmless(),
        mirrored("site-olddaemon", SiteLie::OldDaemon).caught_or_clean(),
        mirrored("site-snapshotmode", SiteLie::SnapshotMode),
        mirrored("site-nomode", SiteLie::NoMode),
        mirrored("site-disabling", SiteLie::Disabling)
            .says("disabling")
            .sampled(),
        mirrored("site-size", SiteLie::Size).says("size|4096"),
        mirrored("site-stalecache", SiteLie::StaleCache),
        mirrored("site-nosuch", SiteLie::NoSuchImage),
        mirrored("site-bothprimary", SiteLie::BothPrimary)
            .says("both|two primar|split.brain|demote")
            .never("raise this budget"),
        site("site-slow", 8, SiteLie::Slow(1)).harmless().patient(),
        log("log-honest", 0, LogLie::Honest).harmless(),
        log("log-othervolume", 6, LogLie::OtherVolume)
            .failed()
            .at("expect-connection"),
        missing("log-otherhost", LogLie::OtherHost),
        missing("log-cut", LogLie::Cut).says("cut|incomplete|truncat|half|torn|API only"),
        log("log-crlf", 7, LogLie::CarriageReturns).harmless(),
        log("log-dupkey", 6, LogLie::WrongThenRight).harmless(),
        log("log-dupkeylast", 6, LogLie::RightThenWrong)
            .failed()
            .at("expect-connection"),
        log("log-twodicts", 7, LogLie::TwoDicts).harmless(),
        missing("log-masked", LogLie::Masked),
        log("log-maskedsome", 7, LogLie::MaskedSome).harmless(),
        log("log-errorbefore", 7, LogLie::FirstSiteBefore).harmless(),
        // The table's other lies about a log, which nobody listed.
        missing("own-log-coloured", LogLie::Coloured).sampled(),
        missing("own-log-json", LogLie::Json),
        // Case 14 of the public reports: either of two controllers may serve the attachment.
        log("case-14-second-log", 7, LogLie::OtherHost)
            .edits(&[Edit::SecondLog])
            .harmless()
            .sampled(),
        missing("own-log-rotated", LogLie::Rotated),
        log("own-log-otherattachment", 6, LogLie::OtherAttachment).says("attachment"),
        // And about images.
        mirrored("own-site-noneprimary", SiteLie::NonePrimary).never("raise this budget"),
        mirrored("own-site-splitbrain", SiteLie::SplitBrain).says("split-brain"),
        mirrored("own-site-unknowndaemon", SiteLie::UnknownDaemon).says("daemon|unknown|rbd-mirror"),
        mirrored("own-site-refused", SiteLie::Refused)
            .no_verdict()
            .says("does not let the cephx user in")
            .never("no keyring"),
        mirrored("own-site-noisebeforejson", SiteLie::NoiseBeforeJson)
            .caught_or_clean()
            .without_failure(),
        mirrored("own-site-inforefused-b", SiteLie::InfoRefused)
            .only_at(1)
            .caught_or_clean()
            .without_failure(),
        Row {
            lie: failover_noop(true),
            ..mirrored("own-site-inforefused-noop", SiteLie::InfoRefused).only_at(1)
        }
        .moves(0),
        // And about the objects in which a marker is looked for: whoever shows the wrong ones, the whole image has the last word.
        site("own-site-norados", 8, SiteLie::NoRados).harmless().sampled(),
        site("own-site-otherobjects", 8, SiteLie::ObjectsOfTheFirst)
            .only_at(1)
            .harmless(),
        site("own-site-staleobjects", 8, SiteLie::StaleObjects).harmless(),
        // Only one of both lies.
        mirrored("own-site-othername-b", SiteLie::OtherName).only_at(1),
        mirrored("own-site-disabling-b", SiteLie::Disabling).only_at(1),
        mirrored("own-site-nomode-b", SiteLie::NoMode).only_at(1),
        // The pool's list hides a foreign image, and so does the API: nothing else can know of it.
        mirrored("own-site-emptypool", SiteLie::EmptyPool)
            .caught_or_clean()
            .edits(&[Edit::WithoutLog]),
    ]
}

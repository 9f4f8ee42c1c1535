//! Nothing is lied: what passes must pass, and what the cloud does wrong is seen without a liar.

use super::{DATA, ROOT, ROOT_FAILBACK, Row, must_be, row};
use crate::expectation::{Must, caught};

pub const ROWS: &[Row] = &[
    row("control", ROOT, "nothing", &[], Must::Pass).sampled(),
    row("control-dv", DATA, "nothing", &[], Must::Pass),
    row("control-fb", ROOT_FAILBACK, "nothing", &[], Must::Pass),
    row("control-spare", "spare", "nothing", &[], Must::Pass),
    row("control-both", "both", "nothing", &[], Must::Pass),
    row("control-twins", "twins", "nothing", &[], Must::Pass),
    row(
        "sab-cache-dv",
        DATA,
        "nothing; the hypervisor reads from its own cache",
        &[],
        must_be(caught(&[1], &["read"], &["record|writes"])),
    )
    .under(&["page-cache-reads"]),
    row(
        "sab-empty-dv",
        DATA,
        "nothing; the volume comes up empty",
        &[],
        must_be(caught(&[1], &["mount"], &["no file system"])),
    )
    .under(&["empty-volume@failover"]),
    row(
        "sab-older",
        ROOT,
        "nothing; the volume comes up as it was some time ago",
        &[],
        must_be(caught(&[1], &[], &["older|missing|does not hold|not hold"])),
    )
    .under(&["older-content@failover"]),
    row(
        "sab-older-dv",
        DATA,
        "nothing; the volume comes up as it was some time ago",
        &[],
        must_be(caught(&[1], &[], &["older|missing|not hold"])),
    )
    .under(&["older-content@failover"]),
    row(
        "sab-reordered",
        ROOT,
        "nothing; writes arrive in another order",
        &[],
        must_be(caught(&[1], &[], &["order|missing|not hold"])),
    )
    .under(&["reordered-writes@failover"]),
    row(
        "sab-torn",
        ROOT,
        "nothing; the last write arrives in part",
        &[],
        must_be(caught(&[1], &[], &["torn|in part|not hold"])),
    )
    .under(&["torn-last-write@failover"]),
    row(
        "sab-stale-fb",
        ROOT_FAILBACK,
        "nothing; the volume fails back as it was before the failover",
        &[],
        must_be(caught(&[1], &[], &["missing|older|not hold"])),
    )
    .under(&["stale-failback"]),
];

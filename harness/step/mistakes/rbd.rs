//! Mistakes with `rbd`.

use crate::names::SiteName;
use crate::shell::quote;

/// A wrong command at a site.
pub(super) struct WrongCommand {
    /// Its name.
    pub name: &'static str,
    /// The site.
    pub site: SiteName,
    /// The arguments of `rbd`.
    pub arguments: String,
}

/// The commands, about `pool` and about an image in it that is primary at the primary site and replayed at the other.
/// Those that would change the image are refused because of that; it is the run's own.
pub(super) fn commands(pool: &str, image: &str) -> Vec<WrongCommand> {
    let own = quote(&format!("{pool}/{image}")).into_owned();
    let missing = quote(&format!("{pool}/no-such-image")).into_owned();
    let at = |site, name, arguments: String| WrongCommand { name, site, arguments };
    let ask = |name, arguments: &str| at(SiteName::Primary, name, arguments.replace("MISSING", &missing));
    vec![
        ask("rbd-info-no-such-image", "info MISSING --format json"),
        ask("rbd-info-no-such-pool", "info no-such-pool/no-such-image --format json"),
        ask("rbd-info-nothing", "info"),
        ask("rbd-ls-no-such-pool", "ls no-such-pool"),
        ask("rbd-export-no-such-image", "export --no-progress MISSING -"),
        ask("rbd-snap-ls-no-such-image", "snap ls MISSING --format json"),
        ask(
            "rbd-mirror-image-status-no-such-image",
            "mirror image status MISSING --format json",
        ),
        ask("rbd-mirror-image-promote-no-such-image", "mirror image promote MISSING"),
        ask(
            "rbd-mirror-pool-info-no-such-pool",
            "mirror pool info no-such-pool --format json",
        ),
        ask(
            "rbd-mirror-pool-status-no-such-pool",
            "mirror pool status no-such-pool --format json",
        ),
        ask("rbd-command-unknown", "frobnicate"),
        ask("rbd-option-unknown", "info MISSING --frobnicate"),
        at(
            SiteName::Secondary,
            "rbd-promote-while-the-other-is-primary",
            format!("mirror image promote {own}"),
        ),
        at(
            SiteName::Primary,
            "rbd-promote-the-primary",
            format!("mirror image promote {own}"),
        ),
        at(
            SiteName::Secondary,
            "rbd-demote-the-secondary",
            format!("mirror image demote {own}"),
        ),
        at(
            SiteName::Primary,
            "rbd-resync-the-primary",
            format!("mirror image resync {own}"),
        ),
    ]
}

//! Mirroring of the pool, image by image, on both sites.

use super::enabler::look;
use super::{Enabler, Told};
use crate::failure::Failure;

/// Mirrors the pool in mode image on both sites. Does nothing where it is.
///
/// # Errors
/// A site cannot be asked, has no such pool, or mirrors it in another mode, which others may rely on.
pub async fn mirror_pools(enabler: &Enabler<'_>) -> Result<(), Failure> {
    for site in enabler.sites() {
        let (called, pool) = (site.name(), &site.pool);
        let (_, info) = look(site).await?;
        let line = site.site.rbd(&format!("mirror pool enable {} image", site.pool_word()));
        match info.mode.as_str() {
            "image" => enabler.tell(Told::Already(format!("{called} mirrors pool {pool} in mode image"))),
            "disabled" => {
                enabler
                    .run(site, &format!("mirror pool {pool} in mode image"), &line)
                    .await?;
            }
            mode => {
                return Err(Failure::cloud(format!("{called} mirrors pool {pool} in mode {mode}"))
                    .detail("expected", "image, or not mirrored yet")
                    .detail("seen", mode)
                    .help(format!(
                        "others may rely on it, so it was not changed; if not, change it yourself: `{line}`"
                    )));
            }
        }
    }
    Ok(())
}

//! The embedded cloud of this build.

use simcloud::{Config, Misconfiguration, Played, Release, Sabotage, SimCloud};

/// Starts one.
///
/// # Errors
/// This machine does not let it.
pub(crate) async fn start(
    seed: u64,
    pace: f64,
    release: Release,
    broken: Vec<Misconfiguration>,
    sabotage: Vec<Sabotage>,
    driver: Option<Played>,
) -> Result<SimCloud, String> {
    let config = Config {
        seed,
        pace,
        release,
        broken,
        sabotage,
        driver,
        ..Config::default()
    };
    simcloud::start(config).await.map_err(|error| error.to_string())
}

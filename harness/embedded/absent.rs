//! What stands for the embedded cloud in a build without it: nobody can have one, or name what it would do.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::ABSENT;

/// A cloud that runs: there is none.
pub(crate) enum SimCloud {}

impl SimCloud {
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        match *self {}
    }

    pub(crate) async fn shutdown(self) {
        match self {}
    }
}

/// Starts none.
pub(crate) async fn start(
    _seed: u64,
    _pace: f64,
    _release: Release,
    _broken: Vec<Misconfiguration>,
    _sabotage: Vec<Sabotage>,
    _driver: Option<Played>,
) -> Result<SimCloud, String> {
    Err(ABSENT.to_owned())
}

/// What is set up wrongly in it: there is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Misconfiguration {}

impl Misconfiguration {
    /// All of them.
    pub const ALL: [Misconfiguration; 0] = [];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {}
    }
}

impl FromStr for Misconfiguration {
    type Err = String;

    fn from_str(_: &str) -> Result<Self, String> {
        Err(ABSENT.to_owned())
    }
}

/// A driver that it plays: there is none.
#[derive(Clone, PartialEq, Debug)]
pub enum Played {}

/// The generation that it plays: there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Release;

impl FromStr for Release {
    type Err = String;

    fn from_str(_: &str) -> Result<Self, String> {
        Err(ABSENT.to_owned())
    }
}

/// A saboteur: there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sabotage {}

impl FromStr for Sabotage {
    type Err = String;

    fn from_str(_: &str) -> Result<Self, String> {
        Err(ABSENT.to_owned())
    }
}

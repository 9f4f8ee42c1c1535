//! Reports of journals that are made up, in all formats.

mod browser;
pub mod events;
pub mod formats;
mod hostile;
mod merging;
pub mod recovery;
mod side_by_side;
mod torn;

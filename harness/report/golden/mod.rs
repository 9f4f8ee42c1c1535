//! Reports of journals that are made up, in all formats.

mod events;
mod formats;
mod hostile;
mod merging;
mod torn;

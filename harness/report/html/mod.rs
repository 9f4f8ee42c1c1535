//! HTML: one page that needs nothing else.

mod bounds;
mod overview;
mod page;

pub(super) use page::html;

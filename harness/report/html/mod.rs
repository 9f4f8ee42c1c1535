//! HTML: one page that needs nothing else.

mod page;

pub(super) use page::html;

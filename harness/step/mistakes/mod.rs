//! Wrong calls, made so that the refusals of two clouds can be compared. Each is harmless to a backend that is on its primary
//! site, also where a cloud should do what it is asked.

mod backend;
mod block_storage;
mod compute;
mod make;
mod rbd;

pub use make::make_mistakes;

//! What the storage holds of what a guest wrote: a second witness beside the guest.

pub(crate) mod place_in_image;
pub(crate) mod place_of_file;
pub(crate) mod second_witness;
pub(crate) mod synced;

pub use place_of_file::FilePlace;

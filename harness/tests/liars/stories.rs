//! stub
pub struct Story {
    pub name: &'static str,
    pub sample: bool,
    pub tell: fn(),
}
pub const ALL: &[Story] = &[];

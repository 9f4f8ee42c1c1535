//! What several test binaries need: a served simcloud, and what became of a drill of the real program.

pub mod drilled;
pub mod served;

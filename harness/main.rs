//! The command line of cinder-drill.

fn main() {}

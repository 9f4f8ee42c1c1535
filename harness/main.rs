//! The command line of cinder-drill.

use std::process::ExitCode;

fn main() -> ExitCode {
    cinder_drill::internals::main()
}

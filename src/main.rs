//! The program: arguments to library calls.

mod cli;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A long text lies in memory three times (its bytes, its text, folded text). This allocator takes large pages for that where the
/// system has some, so that it is touched for the first time in a few steps; and documents that are checked one after the other
/// find their memory faster than with that of the C library.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run()
}

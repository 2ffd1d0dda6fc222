//! The worker alone, for this crate's tests and for tools. The server uses its own hidden verb instead.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    likeness_media::worker::main()
}

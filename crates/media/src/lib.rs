//! Foreign pictures, and the ffmpeg program: everything that parses untrusted bytes or encodes media.
//!
//! Pictures are decoded in a process of their own ([`image::ImageDecoder`], [`worker`]): limited in memory, time
//! and files, without network. Sound and film pass through ffmpeg as a child process ([`ffmpeg::Ffmpeg`],
//! [`encode::Encoder`], [`film::Film`], [`listen`], [`probe`]), started through the same worker so that it has limits, dies with the server and
//! sees only the files it was given.
//!
//! **Invariant:** no decoder of a compressed format runs in the server's process on bytes that a user sent.
//! **Invariant:** ffmpeg gets an argument list, never a shell line; it may use the `file` and `pipe` protocols only.
//! **Invariant:** every wait for a child has an end, and no child outlives its owner.
//! **Invariant:** pixels are 8-bit sRGB, row by row from the top, without padding, unless a name says otherwise.
//!
//! To accept another picture format: switch it on in `image`'s features, add its magic to [`sniff()`], add it to
//! [`image::ImageFormat`] and to the hostile-file tests.

#![forbid(unsafe_code)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "pixel and sample arithmetic on values whose range is known"
)]

pub mod child;
pub mod encode;
pub mod extract;
pub mod ffmpeg;
pub mod film;
pub mod footage;
pub mod image;
pub mod listen;
pub mod live;
pub mod mastering;
mod mp3;
pub mod picture;
pub mod probe;
pub mod recording;
mod sandbox;
mod sniff;
pub mod still;
mod stream;
mod webm;
pub mod worker;

pub use picture::{encode_jpeg, encode_png, thumbnail};
pub use sniff::sniff;

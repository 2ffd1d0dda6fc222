//! A real recording through both recognisers.

#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "samples and seconds of short recordings"
)]

mod recording;

//! Size of the output.

use super::new::{AspectRatio, Resolution};

/// Output size in pixels, both even: the short side follows the resolution; `Auto` takes the picture's own ratio
/// with the long side capped at that of 16:9.
///
/// `source` is the size of the picture, where it is known.
pub(super) fn output_size(
    resolution: Resolution,
    ratio: AspectRatio,
    source: Option<(u32, u32)>,
) -> (u32, u32) {
    let short = match resolution {
        Resolution::P720 => 720.0,
        Resolution::P1080 => 1080.0,
        Resolution::P2160 => 2160.0,
    };
    let long_cap = short * 16.0 / 9.0;
    let ratio = match ratio {
        AspectRatio::Landscape16x9 => 16.0 / 9.0,
        AspectRatio::Portrait9x16 => 9.0 / 16.0,
        AspectRatio::Portrait4x5 => 4.0 / 5.0,
        AspectRatio::Landscape5x4 => 5.0 / 4.0,
        AspectRatio::Square => 1.0,
        AspectRatio::Auto => source
            .filter(|(width, height)| *width > 0 && *height > 0)
            .map_or(16.0 / 9.0, |(width, height)| {
                f64::from(width) / f64::from(height)
            }),
    };
    let (width, height) = if ratio >= 1.0 {
        let width = f64::min(short * ratio, long_cap);
        (width, width / ratio)
    } else {
        let height = f64::min(short / ratio, long_cap);
        (height * ratio, height)
    };
    (even(width), even(height))
}

/// The nearest even number of pixels, at least 128, the contract's smallest side.
pub(crate) fn even(side: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sides are positive and below 4096"
    )]
    let half = (side / 2.0).round() as u32;
    (half * 2).max(128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_sizes_follow_the_contract() {
        use AspectRatio::*;
        use Resolution::*;
        let square = Some((1000, 1000));
        for (resolution, ratio, size) in [
            (P720, Landscape16x9, (1280, 720)),
            (P1080, Landscape16x9, (1920, 1080)),
            (P1080, Portrait9x16, (1080, 1920)),
            (P1080, Portrait4x5, (1080, 1350)),
            (P1080, Landscape5x4, (1350, 1080)),
            (P720, Square, (720, 720)),
            (P720, Auto, (720, 720)),
            (P2160, Landscape16x9, (3840, 2160)),
        ] {
            assert_eq!(
                output_size(resolution, ratio, square),
                size,
                "{resolution:?} {ratio:?}"
            );
        }
        // A panorama keeps its ratio, with the long side capped.
        assert_eq!(output_size(P1080, Auto, Some((4000, 1000))), (1920, 480));
        assert_eq!(output_size(P1080, Auto, Some((0, 0))), (1920, 1080));
        assert_eq!(output_size(P1080, Auto, None), (1920, 1080));
    }
}

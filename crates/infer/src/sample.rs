//! Cutting a turned square out of a picture, the way `MediaPipe` does it.

use image::RgbImage;

/// A square of the picture, in pixels; `turn` in radians, clockwise on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Region {
    pub(crate) center: [f32; 2],
    pub(crate) side: f32,
    pub(crate) turn: f32,
}

impl Region {
    /// Gives the picture point at a share (0..1) of the region.
    pub(crate) fn to_picture(self) -> impl Fn([f32; 2]) -> [f32; 2] {
        let (sin, cos) = self.turn.sin_cos();
        move |share| {
            let (u, v) = ((share[0] - 0.5) * self.side, (share[1] - 0.5) * self.side);
            [
                self.center[0] + u * cos - v * sin,
                self.center[1] + u * sin + v * cos,
            ]
        }
    }
}

/// What a network wants to see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampling {
    /// Side of the square in samples.
    pub(crate) size: u16,
    /// What 0 and 255 become.
    pub(crate) range: [f32; 2],
    /// Above this reduction samples are averaged, or fine detail would turn into noise.
    pub(crate) sharp_reduction: f32,
}

impl Sampling {
    /// As `MediaPipe` samples, so that results can be compared; very large pictures are smoothed.
    pub(crate) const fn like_mediapipe(size: u16, range: [f32; 2]) -> Self {
        Self {
            size,
            range,
            sharp_reduction: SHARP_REDUCTION,
        }
    }
}

/// Up to this reduction `MediaPipe`'s samples are single pixels.
const SHARP_REDUCTION: f32 = 5.0;
/// Distance in pixels of the averaged samples, and the most of them a side.
const GRID_STEP: f32 = 2.0;
const MAX_GRID: u16 = 4;

/// The region as rows of `size` samples of red, green and blue; black outside the picture.
///
/// Sample `i` lies at `i / size` of the region and reads the picture without a half-pixel shift:
/// that is the convention the landmark network was trained and published with, and half a pixel
/// would move every landmark by 0.4 px. Strong reductions average a grid of such samples.
pub(crate) fn sample(picture: &RgbImage, region: Region, how: Sampling) -> Vec<f32> {
    let Sampling {
        size,
        range: [low, high],
        sharp_reduction,
    } = how;
    let reduction = region.side / f32::from(size);
    let grid = if reduction > sharp_reduction {
        ((reduction / GRID_STEP).ceil() as u16).min(MAX_GRID)
    } else {
        1
    };
    let scale = (high - low) / 255.0 / f32::from(grid * grid);
    // Shares of all columns, or rows, and of the grid in each, spread evenly around the sample's own place.
    let shares = (0..size * grid).map(|k| {
        let shift = (f32::from(k % grid) + 0.5) / f32::from(grid) - 0.5;
        (f32::from(k / grid) + shift) / f32::from(size)
    });
    let shares: Vec<f32> = shares.collect();
    let shares: Vec<&[f32]> = shares.chunks(usize::from(grid)).collect();
    let to_picture = region.to_picture();
    let mut values = vec![0.0; usize::from(size) * usize::from(size) * 3];
    let rows = values.chunks_mut(usize::from(size) * 3).zip(&shares);
    for (row, downs) in rows {
        for (sample, acrosses) in row.as_chunks_mut::<3>().0.iter_mut().zip(&shares) {
            let mut sum = [0.0f32; 3];
            for down in *downs {
                for across in *acrosses {
                    let at = to_picture([*across, *down]);
                    let rgb = within(picture, at).unwrap_or_else(|| bilinear(picture, at));
                    for (sum, value) in sum.iter_mut().zip(rgb) {
                        *sum += value;
                    }
                }
            }
            *sample = sum.map(|channel| channel * scale + low);
        }
    }
    values
}

/// [`bilinear`], only quicker, where all four neighbours lie within the picture.
#[inline]
fn within(picture: &RgbImage, [x, y]: [f32; 2]) -> Option<[f32; 3]> {
    let stride = picture.width() as usize * 3;
    // Neither is true of what is no number.
    if !(x >= 0.0 && y >= 0.0 && x + 1.0 < picture.width() as f32) {
        return None;
    }
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f32, y - top as f32);
    let start = top.checked_mul(stride)? + left * 3;
    let bytes: &[u8] = picture;
    // With the byte behind each pixel, as four numbers make a vector.
    let four = |at: usize| -> Option<[f32; 4]> {
        let bytes: &[u8; 4] = bytes.get(at..)?.first_chunk()?;
        Some(bytes.map(f32::from))
    };
    let mix = |a: [f32; 4], b: [f32; 4], share: f32| -> [f32; 4] {
        std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * share)
    };
    let upper = mix(four(start)?, four(start + 3)?, fx);
    let lower = mix(four(start + stride)?, four(start + stride + 3)?, fx);
    let [red, green, blue, _] = mix(upper, lower, fy);
    Some([red, green, blue])
}

pub(crate) fn bilinear(picture: &RgbImage, at: [f32; 2]) -> [f32; 3] {
    let (x, y) = (at[0].floor(), at[1].floor());
    let (fx, fy) = (at[0] - x, at[1] - y);
    let (x, y) = (x as i32, y as i32);
    let mix = |a: [f32; 3], b: [f32; 3], share: f32| -> [f32; 3] {
        std::array::from_fn(|channel| a[channel] + (b[channel] - a[channel]) * share)
    };
    let upper = mix(
        pixel(picture, x, y),
        pixel(picture, x.saturating_add(1), y),
        fx,
    );
    let below = y.saturating_add(1);
    let lower = mix(
        pixel(picture, x, below),
        pixel(picture, x.saturating_add(1), below),
        fx,
    );
    mix(upper, lower, fy)
}

fn pixel(picture: &RgbImage, x: i32, y: i32) -> [f32; 3] {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
        return [0.0; 3];
    };
    picture
        .get_pixel_checked(x, y)
        .map_or([0.0; 3], |pixel| pixel.0.map(f32::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_at_whole_pixels_are_the_pixels() {
        let picture = RgbImage::from_fn(8, 8, |x, y| image::Rgb([x as u8 * 10, y as u8 * 10, 7]));
        let region = Region {
            center: [4.0, 4.0],
            side: 8.0,
            turn: 0.0,
        };
        let values = sample(&picture, region, Sampling::like_mediapipe(8, [0.0, 255.0]));
        assert_eq!(values[(3 * 8 + 5) * 3..][..3], [50.0, 30.0, 7.0]);
    }

    #[test]
    fn the_quick_way_reads_the_same() {
        let picture = RgbImage::from_fn(9, 7, |x, y| {
            image::Rgb([0, 1, 2].map(|k| ((x * 37 + y * 91 + k * 53) % 251) as u8))
        });
        let mut read = 0;
        for k in 0..4000 {
            let at = [(k % 80) as f32 * 0.15 - 1.5, (k / 80) as f32 * 0.2 - 1.5];
            if let Some(quick) = within(&picture, at) {
                let bits = |values: [f32; 3]| values.map(f32::to_bits);
                assert_eq!(bits(quick), bits(bilinear(&picture, at)), "{at:?}");
                read += 1;
            }
        }
        assert!(read > 1500, "{read}");
        for at in [[f32::NAN, 1.0], [1.0, f32::NAN], [1e20, 1.0], [1.0, 1e20]] {
            assert_eq!(within(&picture, at), None);
        }
    }

    #[test]
    fn a_quarter_turn_swaps_the_axes_and_outside_is_black() {
        let picture = RgbImage::from_fn(8, 8, |x, y| image::Rgb([x as u8 * 10, y as u8 * 10, 7]));
        let turn = std::f32::consts::FRAC_PI_2;
        let region = Region {
            center: [4.0, 4.0],
            side: 8.0,
            turn,
        };
        let values = sample(&picture, region, Sampling::like_mediapipe(8, [0.0, 255.0]));
        let got = &values[(3 * 8 + 5) * 3..][..3];
        assert!(
            (got[0] - 50.0).abs() < 0.01 && (got[1] - 50.0).abs() < 0.01,
            "{got:?}"
        );
        let away = Region {
            center: [-1e9, f32::NAN],
            side: 1e6,
            turn: 0.0,
        };
        let values = sample(&picture, away, Sampling::like_mediapipe(4, [-1.0, 1.0]));
        assert!(
            values
                .iter()
                .all(|value| (value + 1.0).abs() < 1e-6 || value.is_nan())
        );
    }
}

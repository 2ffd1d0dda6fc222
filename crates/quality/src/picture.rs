//! Measures on pictures: structure, sharpness, edges.

use image::{Rgb, RgbImage};

/// Luma of a picture by ITU-R BT.709, in 0 to 255, row by row.
#[derive(Debug, Clone)]
pub struct Luma {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Luma {
    pub fn of(picture: &RgbImage) -> Self {
        let grey = |p: &Rgb<u8>| {
            let [r, g, b] = p.0.map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        Self {
            width: picture.width() as usize,
            height: picture.height() as usize,
            values: picture.pixels().map(grey).collect(),
        }
    }

    /// Between pixels by lines; the border goes on outside.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (
            x.clamp(0.0, self.width as f32 - 1.0),
            y.clamp(0.0, self.height as f32 - 1.0),
        );
        let (left, top) = (x as usize, y as usize);
        let (right, below) = (
            (left + 1).min(self.width - 1),
            (top + 1).min(self.height - 1),
        );
        let (fx, fy) = (x - left as f32, y - top as f32);
        let row = |y: usize| {
            let (a, b) = (
                self.values[y * self.width + left],
                self.values[y * self.width + right],
            );
            a + (b - a) * fx
        };
        let (a, b) = (row(top), row(below));
        a + (b - a) * fy
    }
}

/// Constants of SSIM for values up to 255 (Wang et al. 2004).
const C1: f64 = 6.5025;
const C2: f64 = 58.5225;
/// Side of a window and the step from one to the next.
const WINDOW: usize = 8;
const STEP: usize = 4;

/// Mean structural similarity over the 8 by 8 windows (every fourth pixel) that lie wholly where `counts` says so; none
/// where there is none. Both pictures have one size.
pub fn ssim(a: &Luma, b: &Luma, counts: impl Fn(usize, usize) -> bool) -> Option<f64> {
    let (mut sum, mut windows) = (0.0, 0u32);
    for top in (0..a.height.saturating_sub(WINDOW - 1)).step_by(STEP) {
        for left in (0..a.width.saturating_sub(WINDOW - 1)).step_by(STEP) {
            let corners = [
                (0, 0),
                (WINDOW - 1, 0),
                (0, WINDOW - 1),
                (WINDOW - 1, WINDOW - 1),
            ];
            if corners.iter().all(|(x, y)| counts(left + x, top + y)) {
                sum += window(a, b, left, top);
                windows += 1;
            }
        }
    }
    (windows > 0).then(|| sum / f64::from(windows))
}

fn window(a: &Luma, b: &Luma, left: usize, top: usize) -> f64 {
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for y in top..top + WINDOW {
        let row = y * a.width + left;
        let (a, b) = (&a.values[row..row + WINDOW], &b.values[row..row + WINDOW]);
        for (&x, &y) in a.iter().zip(b) {
            let (x, y) = (f64::from(x), f64::from(y));
            sa += x;
            sb += y;
            saa += x * x;
            sbb += y * y;
            sab += x * y;
        }
    }
    let n = (WINDOW * WINDOW) as f64;
    let (ma, mb) = (sa / n, sb / n);
    let (va, vb, cov) = (saa / n - ma * ma, sbb / n - mb * mb, sab / n - ma * mb);
    ((2.0 * ma * mb + C1) * (2.0 * cov + C2)) / ((ma * ma + mb * mb + C1) * (va + vb + C2))
}

/// Whether a point lies within a closed line.
pub fn inside(outline: &[[f32; 2]], x: f32, y: f32) -> bool {
    let mut within = false;
    let Some(&(mut a)) = outline.last() else {
        return false;
    };
    for &b in outline {
        if (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] {
            within = !within;
        }
        a = b;
    }
    within
}

/// Mean square of the Laplacian (4 neighbours) at distance `reach` over the pixels inside `outline` and outside of all
/// `holes`: how much fine detail there is. A reach of more than a pixel looks at detail of that size, which matters where
/// a small photo is shown large.
pub fn detail(luma: &Luma, outline: &[[f32; 2]], holes: &[Vec<[f32; 2]>], reach: usize) -> f64 {
    let bound = |k: usize, low: bool| {
        let values = outline.iter().map(|p| p[k]);
        if low {
            values.fold(f32::MAX, f32::min)
        } else {
            values.fold(f32::MIN, f32::max)
        }
    };
    let span = |k: usize, most: usize| {
        let from = (bound(k, true).max(0.0) as usize).max(reach);
        let to = (bound(k, false).max(0.0) as usize + 1).min(most.saturating_sub(reach));
        from..to
    };
    let (mut sum, mut count) = (0.0, 0u32);
    for y in span(1, luma.height) {
        for x in span(0, luma.width) {
            let p = (x as f32, y as f32);
            if !inside(outline, p.0, p.1) || holes.iter().any(|hole| inside(hole, p.0, p.1)) {
                continue;
            }
            let at = |x: usize, y: usize| f64::from(luma.values[y * luma.width + x]);
            let around = at(x - reach, y) + at(x + reach, y) + at(x, y - reach) + at(x, y + reach);
            sum += (around - 4.0 * at(x, y)).powi(2);
            count += 1;
        }
    }
    sum / f64::from(count.max(1))
}

/// How much a closed line shows as an edge: the mean change of luma across it, against that across the same line a
/// little further in and out. 1 where nothing is to be seen, more where there is a seam. `reach` in pixels.
pub fn seam(luma: &Luma, outline: &[[f32; 2]], reach: f32) -> f64 {
    let count = outline.len();
    let (mut on, mut beside) = (0.0f64, 0.0f64);
    for k in 0..count {
        let (a, b) = (outline[k], outline[(k + 1) % count]);
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        if length < 1e-3 {
            continue;
        }
        let normal = [(b[1] - a[1]) / length, (a[0] - b[0]) / length];
        let points = (length.ceil() as usize).max(1);
        for j in 0..points {
            let share = (j as f32 + 0.5) / points as f32;
            let p = [0, 1].map(|k| a[k] + (b[k] - a[k]) * share);
            let outside = |v: f32, most: usize| v < 8.0 || v > most as f32 - 8.0;
            if outside(p[0], luma.width) || outside(p[1], luma.height) {
                continue;
            }
            let across = |away: f32| {
                let at = |d: f32| luma.at(p[0] + normal[0] * d, p[1] + normal[1] * d);
                f64::from((at(away + reach) - at(away - reach)).abs())
            };
            on += across(0.0);
            beside += 0.5 * (across(3.0 * reach) + across(-3.0 * reach));
        }
    }
    if beside > 0.0 { on / beside } else { 1.0 }
}

/// A picture as the encoder takes it: planar 4:2:0, BT.709, limited range. For pictures that do not come from a scene.
pub fn i420(picture: &RgbImage) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let grey = |[r, g, b]: [f32; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let byte = |v: f32| (v + 0.5).clamp(0.0, 255.0) as u8;
    let mut bytes: Vec<u8> = picture
        .pixels()
        .map(|p| byte(16.0 + grey(p.0.map(f32::from)) * (219.0 / 255.0)))
        .collect();
    for (channel, weight) in [(2, 0.0722), (0, 0.2126)] {
        for y in 0..height / 2 {
            for x in 0..width / 2 {
                let mut mean = [0.0f32; 3];
                for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let pixel = picture.get_pixel((2 * x + dx) as u32, (2 * y + dy) as u32);
                    for (sum, &value) in mean.iter_mut().zip(&pixel.0) {
                        *sum += 0.25 * f32::from(value);
                    }
                }
                let scaled = (mean[channel] - grey(mean)) / (2.0 * (1.0 - weight));
                bytes.push(byte(128.0 + scaled * (224.0 / 255.0)));
            }
        }
    }
    bytes
}

/// The picture moved as a rigid body: what lay at `from` (two points) comes to lie at `to`, by Catmull-Rom.
pub fn moved(picture: &RgbImage, from: [[f32; 2]; 2], to: [[f32; 2]; 2]) -> RgbImage {
    // The inverse similarity as a complex number: from = from0 + (p - to0) * (from1 - from0) / (to1 - to0).
    let (f, t) = (
        [from[1][0] - from[0][0], from[1][1] - from[0][1]],
        [to[1][0] - to[0][0], to[1][1] - to[0][1]],
    );
    let size = (t[0] * t[0] + t[1] * t[1]).max(1e-6);
    let (a, b) = (
        (f[0] * t[0] + f[1] * t[1]) / size,
        (f[1] * t[0] - f[0] * t[1]) / size,
    );
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let d = [x as f32 - to[0][0], y as f32 - to[0][1]];
        cubic(
            picture,
            from[0][0] + a * d[0] - b * d[1],
            from[0][1] + b * d[0] + a * d[1],
        )
    })
}

fn cubic(picture: &RgbImage, x: f32, y: f32) -> Rgb<u8> {
    let weights = |t: f32| {
        let (t2, t3) = (t * t, t * t * t);
        [
            0.5 * (-t + 2.0 * t2 - t3),
            0.5 * (2.0 - 5.0 * t2 + 3.0 * t3),
            0.5 * (t + 4.0 * t2 - 3.0 * t3),
            0.5 * (t3 - t2),
        ]
    };
    let (wx, wy) = (weights(x - x.floor()), weights(y - y.floor()));
    let mut sum = [0.0f32; 3];
    for (j, wy) in wy.iter().enumerate() {
        for (i, wx) in wx.iter().enumerate() {
            let within = |v: f32, k: usize, most: u32| {
                (v.floor() + k as f32 - 1.0).clamp(0.0, most as f32 - 1.0) as u32
            };
            let pixel = picture.get_pixel(
                within(x, i, picture.width()),
                within(y, j, picture.height()),
            );
            for (sum, &value) in sum.iter_mut().zip(&pixel.0) {
                *sum += f32::from(value) * wx * wy;
            }
        }
    }
    Rgb(sum.map(|v| (v + 0.5).clamp(0.0, 255.0) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let v = 120.0 + 50.0 * (x as f32 * 0.7).sin() + 40.0 * (y as f32 * 0.5).cos();
            Rgb([v as u8; 3])
        })
    }

    #[test]
    fn equal_pictures_are_alike_and_noisy_ones_less() {
        let a = Luma::of(&texture(64, 48));
        let mut b = a.clone();
        let same = ssim(&a, &b, |_, _| true).unwrap();
        assert!((same - 1.0).abs() < 1e-9);
        for (k, value) in b.values.iter_mut().enumerate() {
            *value += if k % 2 == 0 { 12.0 } else { -12.0 };
        }
        let noisy = ssim(&a, &b, |_, _| true).unwrap();
        assert!((0.3..0.97).contains(&noisy), "{noisy}");
        assert!(ssim(&a, &b, |_, _| false).is_none());
    }

    #[test]
    fn a_seam_is_seen_and_none_where_there_is_none() {
        let square = [[20.0, 20.0], [60.0, 20.0], [60.0, 60.0], [20.0, 60.0]];
        // Slanting waves: along every side all their phases are met, so that no side lies on a crest.
        let mut picture = RgbImage::from_fn(80, 80, |x, y| {
            let (x, y) = (x as f32, y as f32);
            let v = 110.0 + 16.0 * (0.7 * x + 0.4 * y).sin() + 12.0 * (0.5 * y - 0.6 * x).cos();
            Rgb([v as u8; 3])
        });
        let smooth = seam(&Luma::of(&picture), &square, 1.0);
        assert!((0.8..1.2).contains(&smooth), "{smooth}");
        for y in 20..60 {
            for x in 20..60 {
                for value in &mut picture.get_pixel_mut(x, y).0 {
                    *value += 30;
                }
            }
        }
        let cut = seam(&Luma::of(&picture), &square, 1.0);
        assert!(cut > 1.4 * smooth, "{smooth} {cut}");
    }

    #[test]
    fn blurring_takes_detail_away_and_moving_does_not() {
        let picture = texture(96, 96);
        let outline = [[20.0, 20.0], [70.0, 20.0], [70.0, 70.0], [20.0, 70.0]];
        let hole = vec![[40.0, 40.0], [50.0, 40.0], [50.0, 50.0], [40.0, 50.0]];
        let of = |p: &RgbImage| detail(&Luma::of(p), &outline, std::slice::from_ref(&hole), 1);
        let blurred = image::imageops::blur(&picture, 1.5);
        assert!(of(&blurred) < 0.5 * of(&picture));
        let points = [[30.0, 30.0], [60.0, 30.0]];
        let by_two = points.map(|[x, y]| [x + 2.0, y + 1.0]);
        let shifted = moved(&picture, points, by_two);
        assert_eq!(shifted.get_pixel(42, 41), picture.get_pixel(40, 40));
        let ratio = of(&shifted) / of(&picture);
        assert!((0.9..1.1).contains(&ratio), "{ratio}");
    }

    #[test]
    fn planes_are_those_of_bt_709() {
        let bytes = i420(&RgbImage::from_pixel(4, 2, Rgb([255, 0, 0])));
        assert_eq!(
            (bytes.len(), bytes[0], bytes[8], bytes[10]),
            (12, 63, 102, 240)
        );
    }
}

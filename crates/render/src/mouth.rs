//! The inside of the mouth: cavity, teeth (the photo's own where it shows them), tongue, and the shadow of the lips.

use crate::contour::coverage;
use crate::frame::{Frame, chroma_of, luma_of};
use crate::geometry::{Vec2, curve_at, smoothstep, vec2};
use crate::mesh::{INNER_LOWER, INNER_UPPER};
use crate::plan::Pose;
use crate::rig::{Rig, Shape};
use crate::warp::Area;
use image::RgbImage;

/// Least gap of the photo's lips, in eye distances, that shows teeth.
const SHOWS_TEETH: f32 = 0.045;

/// Colours under full light; scaled to the photo's exposure.
const CAVITY: [f32; 3] = [52.0, 20.0, 22.0];
const TONGUE: [f32; 3] = [168.0, 84.0, 86.0];
const ENAMEL: [f32; 3] = [244.0, 232.0, 212.0];

/// Edges between upper teeth, from the middle outwards, in eye distances (a central incisor is 8.5 mm wide, eyes are
/// 63 mm apart).
const TEETH: [f32; 5] = [0.0, 0.132, 0.236, 0.348, 0.455];

/// Where the upper teeth end below the line of the closed lips, in eye distances.
const INCISAL_EDGE: f32 = 0.055;

/// What of the mouth's inside is known before any pose.
#[derive(Debug, Clone)]
pub(crate) struct Mouth {
    /// Brightness of the photo's skin against a well-lit one.
    exposure: f32,
    /// The still's mouth and the lips' inner edges in it, when it shows teeth.
    teeth: Option<PhotoTeeth>,
    /// Middle of the closed lips in the still, in pixels.
    seam: Vec2,
}

#[derive(Debug, Clone)]
struct PhotoTeeth {
    picture: RgbImage,
    left: i64,
    top: i64,
    line: MouthLine,
}

/// The lips' inner edges in a frame whose x runs along the mouth, in pixels.
#[derive(Debug, Clone)]
struct MouthLine {
    origin: Vec2,
    along: Vec2,
    upper: [Vec2; 11],
    lower: [Vec2; 11],
}

impl MouthLine {
    fn new(upper: &[Vec2; 11], lower: &[Vec2; 11], angle: f32) -> Self {
        let origin = (upper[0] + upper[10]) * 0.5;
        let along = vec2(angle.cos(), angle.sin());
        let mut line = Self {
            origin,
            along,
            upper: *upper,
            lower: *lower,
        };
        line.upper = upper.map(|p| line.local(p));
        line.lower = lower.map(|p| line.local(p));
        line
    }

    fn local(&self, p: Vec2) -> Vec2 {
        let d = p - self.origin;
        vec2(d.dot(self.along), d.dot(vec2(-self.along.y, self.along.x)))
    }

    /// Distance to the upper and to the lower lip, positive inside.
    fn depths(&self, q: Vec2) -> (f32, f32) {
        let above = q.y - curve_at(&self.upper, q.x);
        let below = curve_at(&self.lower, q.x) - q.y;
        (above, below)
    }

    /// Greatest distance of the lips.
    fn gap(&self) -> f32 {
        (1..10)
            .map(|k| self.lower[k].y - self.upper[k].y)
            .fold(0.0, f32::max)
    }

    /// 1 well inside, falling to 0 at the lips and corners: the pixels at the edge are half lip.
    fn inner(&self, q: Vec2, rim: f32) -> f32 {
        let (above, below) = self.depths(q);
        let end = (q.x - self.upper[0].x).min(self.upper[10].x - q.x);
        let width = self.upper[10].x - self.upper[0].x;
        smoothstep(0.0, rim, above.min(below)) * smoothstep(0.0, width * 0.08, end)
    }
}

impl Mouth {
    pub(crate) fn new(still: &RgbImage, rig: &Rig) -> Self {
        let upper = INNER_UPPER.map(|k| rig.rest[k]);
        let lower = INNER_LOWER.map(|k| rig.rest[k]);
        let line = upper[10] - upper[0];
        let angle = line.y.atan2(line.x);
        let shows = rig.photo_gap > SHOWS_TEETH;
        Self {
            exposure: exposure(still, rig),
            teeth: shows.then(|| photo_teeth(still, MouthLine::new(&upper, &lower, angle), rig)),
            seam: upper[5].lerp(lower[5], 0.3),
        }
    }

    /// Paints the inside between the lips of `shape`.
    pub(crate) fn paint(&self, frame: &mut Frame, rig: &Rig, shape: &Shape, pose: &Pose) {
        let line = MouthLine::new(&shape.upper, &shape.lower, shape.angle);
        // A closed mouth has no inside, and no dark line where it was.
        let shown = smoothstep(0.012, 0.04, line.gap() / rig.unit);
        if shown <= 0.0 {
            return;
        }
        let lower = shape.lower[1..10].iter().rev();
        let edge: Vec<Vec2> = shape.upper.iter().chain(lower).copied().collect();
        let area = Area::around(&edge, frame.width(), frame.height());
        let cover = coverage(&edge, area, 0.005 * rig.unit);
        let inside = Inside {
            mouth: self,
            line: &line,
            rig,
            shape,
            pose,
        };
        let mut colours = vec![[0.0; 4]; area.width * area.height];
        for (k, (colour, share)) in colours.iter_mut().zip(cover).enumerate() {
            if share > 0.0 {
                let (x, y) = (area.left + k % area.width, area.top + k / area.width);
                let p = vec2(x as f32, y as f32);
                let [r, g, b] = inside.colour(p, line.local(p));
                *colour = [r, g, b, share * shown];
            }
        }
        blend(frame, area, &colours);
    }
}

/// Everything that decides one pixel of the inside.
struct Inside<'a> {
    mouth: &'a Mouth,
    line: &'a MouthLine,
    rig: &'a Rig,
    shape: &'a Shape,
    pose: &'a Pose,
}

impl Inside<'_> {
    fn colour(&self, p: Vec2, q: Vec2) -> [f32; 3] {
        let unit = self.rig.unit;
        let exposure = self.mouth.exposure;
        let (above, below) = self.line.depths(q);
        // The lips shade what lies behind them, the upper one more; through a small gap the light falls as well.
        let reach = (0.3 * self.line.gap()).min(0.07 * unit).max(1.0);
        let edge = smoothstep(-0.3 * reach, reach, above.min(below));
        let top = smoothstep(0.0, 1.4 * reach, above);
        let shade = (0.62 + 0.38 * edge) * (0.72 + 0.28 * top);
        let mut colour = CAVITY.map(|c| c * exposure);
        let (tongue, share) = self.tongue(q);
        colour = mix(colour, tongue, share).map(|c| c * shade);
        // The photo's teeth have their shadows already.
        let (teeth, share, shade) = if let Some(photo) = &self.mouth.teeth {
            let (teeth, share) = photo.at(p - self.shape.skull_at_mouth, unit);
            (teeth, share, 0.86 + 0.14 * edge)
        } else {
            // Teeth stand in front of the rest and take less of the lips' shadow.
            let (teeth, share) = self.drawn_teeth(p);
            (teeth, share, 0.65 + 0.35 * shade)
        };
        // Lips that hardly part show a dark line and no teeth, and rounded ones keep the light out.
        let rounded = 1.0 - smoothstep(0.5, 0.8, self.pose.pucker);
        let lit = smoothstep(0.02, 0.06, self.line.gap() / unit) * rounded;
        mix(colour, teeth.map(|c| c * shade), share * lit)
    }

    /// The tongue lies behind the lower lip and lifts its tip for some sounds.
    fn tongue(&self, q: Vec2) -> ([f32; 3], f32) {
        let unit = self.rig.unit;
        let floor = curve_at(&self.line.lower, 0.0);
        let lift = self.pose.tongue * 0.10 * unit;
        let centre = vec2(0.0, floor + 0.02 * unit - lift);
        let (wide, high) = (0.24 * unit, (0.07 + 0.14 * self.pose.jaw) * unit);
        let d = vec2((q.x - centre.x) / wide, (q.y - centre.y) / high);
        let away = d.length();
        let seen = smoothstep(0.06, 0.25, self.pose.jaw).max(0.85 * self.pose.tongue);
        let share = (1.0 - smoothstep(0.55, 1.15, away)) * 0.85 * seen;
        let shade = 0.8 + 0.2 * smoothstep(0.6, -0.4, d.y) - 0.12 * (-(d.x * 7.0).powi(2)).exp();
        (TONGUE.map(|c| c * self.mouth.exposure * shade), share)
    }

    /// An upper row of teeth, fixed to the skull.
    fn drawn_teeth(&self, p: Vec2) -> ([f32; 3], f32) {
        let unit = self.rig.unit;
        let d = p - (self.mouth.seam + self.shape.skull_at_mouth);
        let down = vec2(-self.line.along.y, self.line.along.x);
        let (x, y) = (d.dot(self.line.along) / unit, d.dot(down) / unit);
        let aside = x.abs();
        let Some(tooth) = (1..TEETH.len()).find(|&k| aside < TEETH[k]) else {
            return (CAVITY, 0.0);
        };
        let (near, far) = (TEETH[tooth - 1], TEETH[tooth]);
        let within = (aside - near) / (far - near);
        // Each tooth is a little rounded at its edge, and the row rises to the sides.
        let round = (2.0 * within - 1.0).abs().powi(4) * 0.012;
        let edge =
            INCISAL_EDGE - 0.16 * aside * aside - round - if tooth == 2 { 0.006 } else { 0.0 };
        let share = 1.0 - smoothstep(-0.008, 0.006, y - edge);
        let gap = (aside - near).min(far - aside);
        let between = 0.80 + 0.20 * smoothstep(0.0, 0.010, gap);
        let turned = 1.0 - 0.5 * smoothstep(0.14, 0.46, aside);
        let gum = smoothstep(-0.20, -0.14, y);
        let shade = between * turned * (0.92 + 0.08 * smoothstep(-0.12, 0.0, y)) * gum;
        (ENAMEL.map(|c| c * self.mouth.exposure * shade), share * gum)
    }
}

impl PhotoTeeth {
    /// The photo's own inside of the mouth at a point of the still.
    fn at(&self, p: Vec2, unit: f32) -> ([f32; 3], f32) {
        let share = self.line.inner(self.line.local(p), 0.03 * unit);
        if share <= 0.0 {
            return (CAVITY, 0.0);
        }
        let (x, y) = (p.x - self.left as f32, p.y - self.top as f32);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let at = |dx: i64, dy: i64| {
            let x = (x.floor() as i64 + dx).clamp(0, i64::from(self.picture.width()) - 1);
            let y = (y.floor() as i64 + dy).clamp(0, i64::from(self.picture.height()) - 1);
            self.picture.get_pixel(x as u32, y as u32).0.map(f32::from)
        };
        let (a, b, c, d) = (at(0, 0), at(1, 0), at(0, 1), at(1, 1));
        (mix(mix(a, b, fx), mix(c, d, fx), fy), share)
    }
}

fn photo_teeth(still: &RgbImage, line: MouthLine, rig: &Rig) -> PhotoTeeth {
    let points: Vec<Vec2> = INNER_UPPER
        .iter()
        .chain(&INNER_LOWER)
        .map(|&k| rig.rest[k])
        .collect();
    let area = Area::around(&points, still.width() as usize, still.height() as usize);
    let (width, height) = (area.width.max(1) as u32, area.height.max(1) as u32);
    let picture =
        image::imageops::crop_imm(still, area.left as u32, area.top as u32, width, height)
            .to_image();
    PhotoTeeth {
        picture,
        left: area.left as i64,
        top: area.top as i64,
        line,
    }
}

/// Luma of the cheeks against that of well-lit skin of the same photo type: dark skin must not darken the teeth, so
/// the brighter tenth of the face counts.
fn exposure(still: &RgbImage, rig: &Rig) -> f32 {
    let mut lumas: Vec<f32> = rig.rest[..crate::mesh::POINTS]
        .iter()
        .filter(|p| p.x >= 0.0 && p.y >= 0.0)
        .filter_map(|p| still.get_pixel_checked(p.x as u32, p.y as u32))
        .map(|pixel| {
            let [r, g, b] = pixel.0.map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        })
        .collect();
    lumas.sort_by(f32::total_cmp);
    let bright = lumas.get(lumas.len() * 9 / 10).copied().unwrap_or(180.0);
    (bright / 205.0).clamp(0.55, 1.05)
}

fn mix(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|k| a[k] + (b[k] - a[k]) * share)
}

/// Lays colours over the frame; the fourth value is how much of a pixel they cover.
fn blend(frame: &mut Frame, area: Area, colours: &[[f32; 4]]) {
    let width = frame.width();
    let over = |below: u8, above: u8, share: f32| {
        (f32::from(below) + (f32::from(above) - f32::from(below)) * share + 0.5) as u8
    };
    let (luma, u, v) = frame.planes_mut();
    for y in 0..area.height {
        for x in 0..area.width {
            let [r, g, b, share] = colours[y * area.width + x];
            if share > 0.0 {
                let pixel = &mut luma[(area.top + y) * width + area.left + x];
                *pixel = over(*pixel, luma_of([r, g, b]), share);
            }
        }
    }
    for y in 0..area.height / 2 {
        for x in 0..area.width / 2 {
            let at = 2 * y * area.width + 2 * x;
            let four = [at, at + 1, at + area.width, at + area.width + 1].map(|k| colours[k]);
            let total: f32 = four.iter().map(|c| c[3]).sum();
            if total > 0.0 {
                let mean =
                    std::array::from_fn(|k| four.iter().map(|c| c[k] * c[3]).sum::<f32>() / total);
                let [cb, cr] = chroma_of(mean);
                let index = (area.top / 2 + y) * (width / 2) + area.left / 2 + x;
                u[index] = over(u[index], cb, total / 4.0);
                v[index] = over(v[index], cr, total / 4.0);
            }
        }
    }
}

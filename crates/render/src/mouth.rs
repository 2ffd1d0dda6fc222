//! The inside of the mouth: cavity, teeth, tongue, and the shadow of the lips; and the line where they meet.

use crate::contour::coverage;
use crate::frame::{Frame, chroma_of, darken, luma_of};
use crate::geometry::{Curve, Vec2, curve_at, smoothstep, vec2};
use crate::light::{Light, mix};
use crate::plan::Pose;
use crate::rig::{Rig, Shape};
use crate::teeth::Teeth;
use crate::warp::Area;
use image::RgbImage;

/// Colours under full light.
const CAVITY: [f32; 3] = [52.0, 20.0, 22.0];
const TONGUE: [f32; 3] = [172.0, 88.0, 88.0];

/// Lips closer than this, in eye distances, meet; apart by the second, they do not.
const MEET: [f32; 2] = [0.004, 0.035];

/// Lips closer than this, in eye distances, touch: nothing is painted between them.
const APART: f32 = 0.001;

/// The line where lips meet: half its width, how much light it takes, and the same for the lips' turning away beside it.
const SEAM: [f32; 2] = [0.010, 0.34];
const TURN: [f32; 2] = [0.036, 0.12];

/// What of the mouth's inside is known before any pose.
#[derive(Debug, Clone)]
pub(crate) struct Mouth {
    light: Light,
    teeth: Teeth,
    /// How much of a seam must be drawn: a photo with closed lips has its own.
    seam: f32,
}

/// The lips' inner edges in a frame whose x runs along the mouth, in pixels.
#[derive(Debug, Clone)]
pub(crate) struct MouthLine {
    pub origin: Vec2,
    pub along: Vec2,
    pub upper: [Vec2; 11],
    pub lower: [Vec2; 11],
    /// Both again, to be read for every pixel.
    edges: [Curve; 2],
}

impl MouthLine {
    /// Both rows go from corner to corner.
    pub(crate) fn new(upper: &[Vec2; 11], lower: &[Vec2; 11]) -> Self {
        let origin = (upper[0] + upper[10]) * 0.5;
        let line = upper[10] - upper[0];
        let along = line * (1.0 / line.length().max(1e-3));
        let [upper, lower] = [upper, lower].map(|edge| edge.map(|p| local(p, origin, along)));
        Self {
            origin,
            along,
            edges: [Curve::new(&upper), Curve::new(&lower)],
            upper,
            lower,
        }
    }

    pub(crate) fn down(&self) -> Vec2 {
        vec2(-self.along.y, self.along.x)
    }

    pub(crate) fn local(&self, p: Vec2) -> Vec2 {
        local(p, self.origin, self.along)
    }

    /// Distance to the upper and to the lower lip, positive inside.
    fn depths(&self, q: Vec2) -> (f32, f32) {
        let above = q.y - self.edges[0].at(q.x);
        let below = self.edges[1].at(q.x) - q.y;
        (above, below)
    }

    /// Greatest distance of the lips.
    fn gap(&self) -> f32 {
        (1..10).map(|k| self.gap_at(k)).fold(0.0, f32::max)
    }

    fn gap_at(&self, k: usize) -> f32 {
        self.lower[k].y - self.upper[k].y
    }

    /// Points round the opening, in the frame, only where the lips are further apart than `apart`: the smooth curve
    /// through points at which both touch would swing across itself and open there again.
    fn opening(&self, apart: f32) -> Vec<Vec2> {
        let open = |k: &usize| self.gap_at(*k) > apart;
        let (Some(first), Some(last)) = ((1..10).find(open), (1..10).rfind(open)) else {
            return Vec::new();
        };
        let upper = self.upper[first..=last].iter().copied();
        let lower = self.lower[first..=last].iter().rev().copied();
        std::iter::once(self.end(first, first - 1, first + 1))
            .chain(upper)
            .chain(std::iter::once(self.end(last, last + 1, last - 1)))
            .chain(lower)
            .map(|q| self.origin + self.along * q.x + self.down() * q.y)
            .collect()
    }

    /// Where the opening ends between its last column and the one beyond: in the mouth's corner, or, as a round opening
    /// does, where the square of its height goes to nothing.
    fn end(&self, last: usize, beyond: usize, before: usize) -> Vec2 {
        let middle = |k: usize| self.upper[k].lerp(self.lower[k], 0.5);
        if beyond == 0 || beyond == 10 {
            return middle(beyond);
        }
        let [own, next] = [last, before].map(|k| self.gap_at(k).max(0.0).powi(2));
        let step = (middle(before) - middle(last)).length();
        let gone = step * own / (next - own).max(1e-6);
        let way = (middle(beyond) - middle(last)).length().max(1e-3);
        middle(last).lerp(middle(beyond), (gone / way).clamp(0.1, 0.9))
    }
}

fn local(p: Vec2, origin: Vec2, along: Vec2) -> Vec2 {
    let d = p - origin;
    vec2(d.dot(along), d.dot(vec2(-along.y, along.x)))
}

impl Mouth {
    pub(crate) fn new(still: &RgbImage, rig: &Rig) -> Self {
        let light = Light::of(still, rig);
        Self {
            light,
            teeth: Teeth::new(still, rig, &light),
            seam: smoothstep(0.008, 0.035, rig.photo_gap),
        }
    }

    /// The same with teeth of this colour, where they have to be drawn.
    pub(crate) fn with_enamel(mut self, own: Option<[u8; 3]>) -> Self {
        if let Some(own) = own {
            self.teeth.tint(own);
        }
        self
    }

    /// Paints what lies between the lips of `shape`.
    ///
    /// `unit` is the distance of the eyes in the frame.
    pub(crate) fn paint(&self, frame: &mut Frame, unit: f32, shape: &Shape, pose: &Pose) {
        let line = MouthLine::new(&shape.upper, &shape.lower);
        self.draw_seam(frame, unit, &line);
        // A closed mouth has no inside, and no dark line where it was.
        let shown = smoothstep(0.012, 0.04, line.gap() / unit);
        if shown <= 0.0 {
            return;
        }
        let edge = line.opening(APART * unit);
        let area = Area::around(&edge, frame.width(), frame.height());
        let cover = coverage(&edge, area, 0.005 * unit);
        let inside = Inside {
            mouth: self,
            line: &line,
            unit,
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

    /// Darkens the line where the lips meet, column by column: it goes on from the corners of an open mouth, and is all
    /// of a closed one.
    fn draw_seam(&self, frame: &mut Frame, unit: f32, line: &MouthLine) {
        if self.seam <= 0.0 {
            return;
        }
        let middle: [Vec2; 11] = std::array::from_fn(|k| line.upper[k].lerp(line.lower[k], 0.5));
        let meet: [Vec2; 11] = std::array::from_fn(|k| {
            let gap = (line.lower[k].y - line.upper[k].y) / unit;
            vec2(middle[k].x, 1.0 - smoothstep(MEET[0], MEET[1], gap))
        });
        if meet.iter().all(|m| m.y <= 0.0) {
            return;
        }
        let (left, right) = (middle[0].x, middle[10].x);
        let reach = 2.2 * TURN[0] * unit;
        let box_of =
            |by: f32| middle.map(|q| line.origin + line.along * q.x + line.down() * (q.y + by));
        let corners: Vec<Vec2> = box_of(-reach).into_iter().chain(box_of(reach)).collect();
        let area = Area::around(&corners, frame.width(), frame.height());
        let width = frame.width();
        let (luma, _, _) = frame.planes_mut();
        for y in area.top..area.top + area.height {
            for x in area.left..area.left + area.width {
                let q = line.local(vec2(x as f32, y as f32));
                if q.x <= left || q.x >= right {
                    continue;
                }
                let away = q.y - curve_at(&middle, q.x);
                if away.abs() > reach {
                    continue;
                }
                let end = (q.x - left).min(right - q.x) / (right - left);
                let strength =
                    self.seam * curve_at(&meet, q.x).clamp(0.0, 1.0) * smoothstep(0.0, 0.10, end);
                let take = |[wide, share]: [f32; 2]| {
                    share * (-(away / (wide * unit).max(0.8)).powi(2)).exp()
                };
                let pixel = &mut luma[y * width + x];
                *pixel = darken(*pixel, strength * (take(SEAM) + take(TURN)));
            }
        }
    }
}

/// Everything that decides one pixel of the inside.
struct Inside<'a> {
    mouth: &'a Mouth,
    line: &'a MouthLine,
    unit: f32,
    shape: &'a Shape,
    pose: &'a Pose,
}

impl Inside<'_> {
    fn colour(&self, p: Vec2, q: Vec2) -> [f32; 3] {
        let unit = self.unit;
        let light = &self.mouth.light;
        let (above, below) = self.line.depths(q);
        // The lips shade what lies behind them, the upper one more; through a small gap the light falls as well.
        let reach = (0.3 * self.line.gap()).min(0.07 * unit).max(1.0);
        let edge = smoothstep(-0.3 * reach, reach, above.min(below));
        let top = smoothstep(0.0, 1.4 * reach, above);
        let shade = (0.62 + 0.38 * edge) * (0.72 + 0.28 * top);
        let rest = self.shape.skull_at_mouth.still(p);
        let mut colour = light.on(CAVITY);
        let (tongue, share) = self.tongue(q);
        colour = mix(colour, tongue, share);
        // Rounded lips keep the light out. A tongue that is put out lies on the lower teeth.
        let rounded = 1.0 - smoothstep(0.3, 0.7, self.pose.pucker);
        let (teeth, share) = self.mouth.teeth.lower(rest, self.pose.jaw);
        let bare = share * rounded * (1.0 - 0.9 * self.pose.tongue);
        colour = mix(colour, teeth, bare).map(|c| c * shade);
        // Teeth stand in front of the rest and take less of the lips' shadow; a photo's own have their shadows already.
        let shade = if self.mouth.teeth.are_own() {
            0.84 + 0.16 * edge
        } else {
            0.78 + 0.22 * shade
        };
        let (teeth, share) = self.mouth.teeth.upper(rest);
        // Lips that hardly part show a dark line and no teeth, unless the lower one is drawn up to them.
        let bitten = smoothstep(0.1, 0.3, -self.pose.lower);
        let lit = smoothstep(0.02, 0.06, self.line.gap() / unit).max(bitten) * rounded;
        mix(colour, teeth.map(|c| c * shade), share * lit)
    }

    /// The tongue lies behind the lower lip and lifts its tip for some sounds.
    fn tongue(&self, q: Vec2) -> ([f32; 3], f32) {
        let unit = self.unit;
        let floor = self.line.edges[1].at(0.0);
        let lift = self.pose.tongue * 0.10 * unit;
        let centre = vec2(0.0, floor + 0.02 * unit - lift);
        let (wide, high) = (0.24 * unit, (0.07 + 0.14 * self.pose.jaw) * unit);
        let d = vec2((q.x - centre.x) / wide, (q.y - centre.y) / high);
        let away = d.length();
        let seen = smoothstep(0.06, 0.25, self.pose.jaw).max(0.85 * self.pose.tongue);
        let share = (1.0 - smoothstep(0.55, 1.15, away)) * 0.85 * seen;
        let shade = 0.8 + 0.2 * smoothstep(0.6, -0.4, d.y) - 0.12 * (-(d.x * 7.0).powi(2)).exp();
        (self.mouth.light.on(TONGUE).map(|c| c * shade), share)
    }
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

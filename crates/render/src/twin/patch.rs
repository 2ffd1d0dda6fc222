//! Pixels about a mouth, and how they are laid over a frame.

use crate::frame::Frame;
use crate::geometry::{Vec2, smoothstep, vec2};
use crate::mesh::{INNER_LOWER, INNER_UPPER, TRIANGLES};
use crate::raster::{ONE, Raster};
use crate::rig::Rig;
use crate::twin::light::{Matching, Shift};
use crate::warp::{Area, Canvas, FAR, Field, half};

/// Half sides of the ellipse that is laid over, in eye distances: to the sides, where it ends beyond the folds that a
/// smile draws from the nose, above the lips, and below them.
const REACH: [f32; 3] = [0.88, 0.46, 0.60];
/// Where, from its middle to its edge, it begins to fade.
const FADES: f32 = 0.66;

/// A picture's pixels about the mouth.
#[derive(Debug)]
pub(super) struct Source {
    /// The mesh in pixels of the picture.
    points: Vec<Vec2>,
    luma: Raster<1>,
    chroma: Raster<2>,
    part: Area,
    stand: Stand,
}

/// Where the mouth is in a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stand {
    /// Middle of the lips.
    pub middle: Vec2,
    /// Direction along the eyes, of length 1.
    pub along: Vec2,
    /// Distance of the eyes in pixels.
    pub unit: f32,
}

impl Stand {
    /// Where a rig has its mouth.
    pub(super) fn of(rig: &Rig) -> Self {
        Self {
            middle: rig.to_frame(rig.lips()),
            along: rig.along(),
            unit: rig.unit,
        }
    }

    /// A place of the picture from the middle of the lips, in eye distances.
    fn local(&self, p: Vec2) -> Vec2 {
        let d = (p - self.middle) * (1.0 / self.unit.max(1e-3));
        vec2(d.dot(self.along), d.dot(vec2(-self.along.y, self.along.x)))
    }

    fn corners(&self) -> [Vec2; 4] {
        let [side, above, below] = REACH;
        let corner = |x: f32, y: f32| {
            let down = vec2(-self.along.y, self.along.x);
            self.middle + (self.along * x + down * y) * self.unit
        };
        [
            corner(-side, -above),
            corner(side, -above),
            corner(-side, below),
            corner(side, below),
        ]
    }

    /// How opaque a place of the picture is.
    fn opacity(&self, p: Vec2) -> f32 {
        let d = self.local(p);
        let [side, above, below] = REACH;
        let high = if d.y < 0.0 { above } else { below };
        let away = (d.x / side).hypot(d.y / high);
        1.0 - smoothstep(FADES, 1.0, away)
    }
}

impl Source {
    /// `bounds` is what of the picture may be looked at.
    pub(super) fn new(picture: &Frame, points: Vec<Vec2>, stand: Stand, bounds: Area) -> Self {
        let area = Area::around(&stand.corners(), picture.width(), picture.height());
        let part = area.meet(bounds);
        let (luma, blue, red) = picture.planes();
        Self {
            points,
            luma: Raster::new([luma], picture.width(), bounds, part),
            chroma: Raster::new([blue, red], picture.width() / 2, bounds.half(), part.half()),
            part,
            stand,
        }
    }

    /// The triangles of the mesh that are seen, as the face's `points` have them and as the picture has them.
    pub(super) fn skin(&self, points: &[Vec2]) -> impl Iterator<Item = ([Vec2; 3], [Vec2; 3])> {
        TRIANGLES
            .iter()
            .map(|triangle| triangle.map(usize::from))
            .filter(|triangle| {
                let seen = |k: &usize| self.stand.opacity(self.points[*k]) > 0.0;
                triangle.iter().any(seen)
            })
            .map(|t| (t.map(|k| points[k]), t.map(|k| self.points[k])))
    }

    /// The inside of the mouth between the lips, as two edges of inner lips have it and as the picture has it.
    pub(super) fn inside(
        &self,
        upper: &[Vec2; 11],
        lower: &[Vec2; 11],
    ) -> Vec<([Vec2; 3], [Vec2; 3])> {
        let from = [INNER_UPPER, INNER_LOWER].map(|edge| edge.map(|k| self.points[k]));
        let mut triangles = Vec::with_capacity(20);
        for k in 0..10 {
            let quad = |upper: &[Vec2; 11], lower: &[Vec2; 11]| {
                [upper[k], upper[k + 1], lower[k + 1], lower[k]]
            };
            let (to, from) = (quad(upper, lower), quad(&from[0], &from[1]));
            for corners in [[0, 1, 2], [0, 2, 3]] {
                triangles.push((corners.map(|c| to[c]), corners.map(|c| from[c])));
            }
        }
        triangles
    }

    /// Brings the pixels to where the frame has them, by triangles of target and source.
    pub(super) fn patch(
        &self,
        frame: &Frame,
        triangles: &[([Vec2; 3], [Vec2; 3])],
        bounds: Area,
    ) -> Patch {
        let corners = corners(triangles.iter().flat_map(|(to, _)| to));
        let canvas = Canvas::new(frame, &corners, bounds);
        let pieces = canvas.pieces(triangles);
        let mut patch = Patch {
            over: frame.clone(),
            area: canvas.area(),
            alpha: vec![0.0; canvas.area().width * canvas.area().height],
        };
        let mut field = Field::default();
        for band in canvas.bands() {
            canvas.clear(&mut field, band);
            canvas.mesh(&mut field, &pieces);
            for (pair, start, rows) in canvas.rows(&field) {
                self.show(&mut patch, pair, start, rows);
            }
        }
        patch
    }

    /// Draws two rows, whose places these are, and notes how opaque they are.
    fn show(&self, patch: &mut Patch, pair: usize, start: usize, rows: [[&[i32]; 2]; 2]) {
        let area = patch.area;
        let stride = patch.over.width();
        let off = [
            (area.left as i32 - self.part.left as i32) * ONE,
            (area.top as i32 - self.part.top as i32) * ONE,
        ];
        let corner = vec2(area.left as f32, area.top as f32);
        let (luma, blue, red) = patch.over.planes_mut();
        for (row, [xs, ys]) in rows.iter().enumerate() {
            let y = 2 * pair + row;
            for (k, (&px, &py)) in xs.iter().zip(*ys).enumerate() {
                if px == FAR {
                    continue;
                }
                let x = start + k;
                let at = corner + vec2(px as f32, py as f32) * (1.0 / ONE as f32);
                patch.alpha[y * area.width + x] = self.stand.opacity(at);
                let [value] = self.luma.sample([px + off[0], py + off[1]]);
                luma[(area.top + y) * stride + area.left + x] = value;
            }
        }
        let [[above_x, above_y], [below_x, below_y]] = rows;
        for k in 0..above_x.len() / 2 {
            let four = [
                (above_x[2 * k], above_y[2 * k]),
                (above_x[2 * k + 1], above_y[2 * k + 1]),
                (below_x[2 * k], below_y[2 * k]),
                (below_x[2 * k + 1], below_y[2 * k + 1]),
            ];
            if four.iter().any(|(x, _)| *x == FAR) {
                continue;
            }
            let place = mean_place(four);
            let [u, v] = self
                .chroma
                .sample([half(place[0] + off[0]), half(place[1] + off[1])]);
            let at = (area.top / 2 + pair) * (stride / 2) + area.left / 2 + start / 2 + k;
            (blue[at], red[at]) = (u, v);
        }
    }
}

/// The middle of four places; where they lie apart, as at lips that meet, the first.
fn mean_place(four: [(i32, i32); 4]) -> [i32; 2] {
    let (x, y) = four[0];
    let apart = four
        .iter()
        .any(|p| p.0.abs_diff(x).max(p.1.abs_diff(y)) > 4 * ONE as u32);
    if apart {
        return [x, y];
    }
    let mean = |of: fn(&(i32, i32)) -> i32| {
        let sum: i64 = four.iter().map(|p| i64::from(of(p))).sum();
        (sum / 4) as i32
    };
    [mean(|p| p.0), mean(|p| p.1)]
}

fn corners<'a>(points: impl Iterator<Item = &'a Vec2>) -> [Vec2; 4] {
    let [left, top, right, bottom] = points.fold(
        [f32::MAX, f32::MAX, f32::MIN, f32::MIN],
        |[left, top, right, bottom], p| {
            [left.min(p.x), top.min(p.y), right.max(p.x), bottom.max(p.y)]
        },
    );
    [
        vec2(left, top),
        vec2(right, top),
        vec2(right, bottom),
        vec2(left, bottom),
    ]
}

/// What is laid over a frame.
pub(super) struct Patch {
    pub over: Frame,
    area: Area,
    alpha: Vec<f32>,
}

impl Patch {
    /// The frame's light against the patch's, where the patch fades: there both show the same skin. `middle` is the mouth's.
    pub(super) fn light(&self, frame: &Frame, middle: Vec2, unit: f32) -> Shift {
        let mut matching = Matching::new(self.area, middle, unit);
        let (own, over) = (frame.planes(), self.over.planes());
        self.each(frame.width(), |place| {
            if place.alpha <= 0.02 || place.alpha >= 0.75 {
                return;
            }
            let apart = |a: &[u8], b: &[u8], at: usize| f32::from(a[at]) - f32::from(b[at]);
            matching.add(0, place.p, apart(own.0, over.0, place.luma));
            if let Some(at) = place.chroma {
                matching.add(1, place.p, apart(own.1, over.1, at));
                matching.add(2, place.p, apart(own.2, over.2, at));
            }
        });
        matching.solve()
    }

    /// Lays the patch over the frame, in that light, as far as `share` says.
    pub(super) fn lay(&self, frame: &mut Frame, light: &Shift, share: f32) {
        let width = frame.width();
        let over = self.over.planes();
        let (luma, blue, red) = frame.planes_mut();
        let mix = |below: &mut u8, above: u8, shift: f32, alpha: f32| {
            let above = (f32::from(above) + shift).clamp(16.0, 240.0);
            let own = f32::from(*below);
            *below = (own + (above - own) * alpha + 0.5) as u8;
        };
        self.each(width, |place| {
            if place.alpha <= 0.0 {
                return;
            }
            let (p, alpha, at) = (place.p, place.alpha * share, place.luma);
            let [shift, blue_shift, red_shift] = light.at(p);
            mix(&mut luma[at], over.0[at], shift, alpha);
            if let Some(at) = place.chroma {
                mix(&mut blue[at], over.1[at], blue_shift, alpha);
                mix(&mut red[at], over.2[at], red_shift, alpha);
            }
        });
    }

    /// Calls `f` with every pixel of the patch. One in four has chroma.
    fn each(&self, width: usize, mut f: impl FnMut(Place)) {
        let Area { left, top, .. } = self.area;
        for (k, &alpha) in self.alpha.iter().enumerate() {
            let (x, y) = (left + k % self.area.width, top + k / self.area.width);
            let with_chroma = x.is_multiple_of(2) && y.is_multiple_of(2);
            f(Place {
                p: vec2(x as f32, y as f32),
                luma: y * width + x,
                chroma: with_chroma.then_some(y / 2 * (width / 2) + x / 2),
                alpha,
            });
        }
    }
}

/// A pixel of a patch: its indices in the planes and how opaque it is.
struct Place {
    p: Vec2,
    luma: usize,
    chroma: Option<usize>,
    alpha: f32,
}

//! Clothes: pieces of cloth lying on the body, as heights over it in the view from the front.

mod pieces;

use rayon::prelude::*;

use self::pieces::{Cloth, Piece, Weave, pieces};
use crate::attributes::Attributes;
use crate::backdrop::Picture;
use crate::base::{HeadBase, Part};
use crate::light::{Blockers, Harmonics, KEY, NO_WRAP, gather};
use crate::raster::{FAR, depth_only};
use crate::strands::Layer;
use crate::vector::{V3, clouds, lerp, noise, smooth, v3};
use crate::view::View;

/// The body as heights: what cloth lies on.
#[derive(Debug)]
struct Relief {
    /// Of what is drawn over it.
    width: usize,
    height: usize,
    /// Depth of the smoothed body, and its coverage, blurred; coarser than what is drawn.
    body: Picture,
}

/// Clothes are drawn at this many times the frame's size, and the body below them at this share of that.
const FINE: usize = 2;
const COARSE: usize = 4;

fn relief(base: &HeadBase, places: &[V3], view: &View, width: usize, height: usize) -> Relief {
    let coarse = view.scaled(1.0 / COARSE as f32);
    let (w, h) = (width.div_ceil(COARSE), height.div_ceil(COARSE));
    let mut depth = vec![FAR; w * h];
    for (face, part) in base.faces.iter().zip(&base.parts) {
        let rest_head = face.iter().any(|&k| base.places[k as usize].y > 6.25);
        if *part != Part::Skin || rest_head {
            continue;
        }
        let [a, b, c, d] = face.map(|k| coarse.project(places[k as usize]));
        depth_only(&mut depth, w, h, [a, b, c]);
        depth_only(&mut depth, w, h, [a, c, d]);
    }
    let heights = |z: f32| if z > FAR { v3(z, 1.0, 0.0) } else { V3::ZERO };
    let mut body = Picture {
        width: w,
        height: h,
        pixels: depth.into_iter().map(heights).collect(),
    };
    body.blur(coarse.scale * 0.055);
    Relief {
        width,
        height,
        body,
    }
}

impl Relief {
    fn at(&self, x: usize, y: usize) -> (f32, f32) {
        let share =
            |v: usize, side: usize| (v as f32 + 0.5) / (side.div_ceil(COARSE) * COARSE) as f32;
        let p = self.body.at(share(x, self.width), share(y, self.height));
        (p.x / p.y.max(1e-3), p.y)
    }
}

/// What clothes are made of, beside the body.
struct Tailor<'a> {
    a: &'a Attributes,
    relief: Relief,
    view: View,
    reach: Reach,
    harmonics: Harmonics,
}

/// Rows of the frame that are made in one go.
const BAND: usize = 16;

/// Clothes over the body: a layer that stands still.
pub(crate) fn draw(
    base: &HeadBase,
    places: &[V3],
    a: &Attributes,
    view: &View,
    width: usize,
    height: usize,
    blockers: &Blockers<'_>,
) -> Layer {
    let view = view.scaled(FINE as f32);
    let relief = relief(base, places, &view, width * FINE, height * FINE);
    let tailor = Tailor {
        a,
        reach: reaching(&relief, &view, blockers),
        relief,
        view,
        harmonics: Harmonics::new(),
    };
    let mut layer = Layer::new(width, height);
    layer
        .pixels
        .par_chunks_mut(width * BAND)
        .zip(layer.depth.par_chunks_mut(width * BAND))
        .enumerate()
        .for_each(|(n, (pixels, depth))| tailor.band(n * BAND * FINE, pixels, depth));
    layer
}

impl Tailor<'_> {
    /// Makes some rows of the layer from this fine row on.
    fn band(&self, first: usize, pixels: &mut [[f32; 4]], depth: &mut [f32]) {
        let (w, h) = (self.relief.width, self.relief.height);
        let rows = pixels.len() / (w / FINE) * FINE;
        // Slopes need what lies above and below.
        let top = first.saturating_sub(STEP);
        let bottom = (first + rows + STEP).min(h);
        let mut found = Vec::new();
        let surfaces: Vec<Option<Surface>> = (top * w..bottom * w)
            .map(|k| self.surface(k % w, k / w, &mut found))
            .collect();
        if surfaces.iter().all(Option::is_none) {
            return;
        }
        let share = 1.0 / (FINE * FINE) as f32;
        for y in first..first + rows {
            for x in 0..w {
                let (c, z) = self.pixel(&surfaces, top, x, y);
                let k = (y - first) / FINE * (w / FINE) + x / FINE;
                for (sum, c) in pixels[k].iter_mut().zip(c) {
                    *sum += c * share;
                }
                depth[k] += z * c[3] * share;
            }
        }
    }
}

/// Share of the light that head and hair leave, on a coarse grid.
struct Reach {
    picture: Picture,
}

const GRID: usize = 48;

fn reaching(relief: &Relief, view: &View, blockers: &Blockers<'_>) -> Reach {
    let mut points = Vec::new();
    for j in 0..GRID {
        for i in 0..GRID {
            let x = (i * (relief.width - 1)) / (GRID - 1);
            let y = (j * (relief.height - 1)) / (GRID - 1);
            let (z, cover) = relief.at(x, y);
            let z = if cover > 0.05 { z } else { 0.0 };
            points.push((
                view.place(x as f32, y as f32, z + 0.12),
                v3(0.0, 0.25, 1.0).unit(),
            ));
        }
    }
    let harmonics = Harmonics::new();
    let lit = gather(&points, NO_WRAP, blockers, 0.05);
    let pixels = lit
        .iter()
        .zip(&points)
        .map(|(light, (_, n))| {
            v3(
                (light.diffuse.mean() / harmonics.at(*n).mean()).clamp(0.1, 1.1),
                light.key,
                0.0,
            )
        })
        .collect();
    let mut picture = Picture {
        width: GRID,
        height: GRID,
        pixels,
    };
    picture.blur(1.0);
    Reach { picture }
}

/// What is seen of clothes at a place.
#[derive(Debug, Clone, Copy)]
struct Surface {
    height: f32,
    cloth: Cloth,
    /// Darkness at the foot of what lies above.
    shade: f32,
    /// Opacity.
    cover: f32,
}

/// Pixels between the heights that slopes are taken from.
const STEP: usize = 2;

impl Tailor<'_> {
    fn surface(&self, x: usize, y: usize, found: &mut Vec<Piece>) -> Option<Surface> {
        let a = self.a;
        let (z, cover) = self.relief.at(x, y);
        if cover < 0.02 {
            return None;
        }
        let p = self.view.place(x as f32 + 0.5, y as f32 + 0.5, z);
        found.clear();
        pieces(a, p.x, p.y, found);
        let (mut height, mut level) = (z, 0.0);
        let mut top: Option<Cloth> = None;
        let mut edge = 0.0;
        let mut shade = 1.0;
        for piece in found.iter() {
            // Counted whether it lies here or not, so that edges of what lies below do not show through.
            let below = if piece.over { 0.0 } else { level };
            let top_level = below + piece.thick;
            // Buttons lie on what is there, nothing on them.
            if piece.cloth.weave != Weave::Hard {
                level = top_level;
            }
            // The pixel's share that lies inside.
            let share = (piece.inside * self.view.scale + 0.5).clamp(0.0, 1.0);
            if share > 0.0 {
                edge += (1.0 - edge) * share;
                height = lerp(
                    height,
                    z + top_level,
                    smooth(0.0, piece.bevel, piece.inside),
                );
                let mut cloth = piece.cloth;
                if let Some(below) = top {
                    cloth.colour = below.colour.mix(cloth.colour, share);
                }
                top = Some(cloth);
                // A stitched or folded edge.
                shade = lerp(shade, 1.0 - 0.16 * smooth(0.018, 0.0, piece.inside), share);
            } else if piece.inside > -0.09 {
                let near = smooth(-0.09, 0.0, piece.inside);
                shade *= 1.0 - 0.42 * near * near * (piece.thick / 0.05).min(1.2);
            }
        }
        let cloth = top?;
        // Soft folds that hang from the shoulders and gather under the arms.
        let q = v3(
            p.x * 1.5 + 0.25 * p.y * (p.x * 1.2).tanh(),
            p.y * 0.55,
            3.0 + (a.seed % 1000) as f32 * 0.37,
        );
        let stiff = match cloth.weave {
            Weave::Hard => 0.0,
            Weave::Wool => 0.45,
            Weave::Rib => 0.4,
            Weave::Silk => 1.15,
            _ => 1.0,
        };
        let ridge = 1.0 - (clouds(q * 1.6, 3) * 2.2).abs().min(1.0);
        let folds = (0.028 * ridge * ridge + 0.035 * clouds(q, 2)) * stiff * smooth(5.7, 4.9, p.y);
        Some(Surface {
            height: height + folds,
            cloth,
            shade,
            cover: smooth(0.10, 0.22, cover) * edge,
        })
    }

    fn pixel(
        &self,
        surfaces: &[Option<Surface>],
        top: usize,
        x: usize,
        y: usize,
    ) -> ([f32; 4], f32) {
        let (w, h) = (self.relief.width, self.relief.height);
        let (view, harmonics) = (&self.view, &self.harmonics);
        let Some(surface) = surfaces[(y - top) * w + x] else {
            return ([0.0; 4], 0.0);
        };
        let Surface {
            height: z,
            cloth,
            shade,
            cover,
        } = surface;
        let at = |x: usize, y: usize| {
            let near = surfaces[(y.min(h - 1) - top) * w + x.min(w - 1)];
            near.map_or(z, |near| near.height)
        };
        let px = 1.0 / view.scale;
        let run = 2.0 * STEP as f32 * px;
        let slope_x = (at(x + STEP, y) - at(x.saturating_sub(STEP), y)) / run;
        let slope_y = (at(x, y.saturating_sub(STEP)) - at(x, y + STEP)) / run;
        let p = view.place(x as f32 + 0.5, y as f32 + 0.5, z);
        let (bump, albedo, gloss) = close_up(cloth, p);
        let normal = v3(-slope_x * 0.9 + bump.x, -slope_y * 0.9 + bump.y, 1.0).unit();
        let open = self
            .reach
            .picture
            .at(x as f32 / w as f32, y as f32 / h as f32);
        let light = harmonics.at(normal) * open.x;
        let towards = view.towards(p);
        let half = (KEY.unit() + towards).unit();
        let shine = normal
            .dot(half)
            .max(0.0)
            .powi(if gloss > 0.5 { 28 } else { 9 })
            * gloss
            * open.y;
        let edge = (1.0 - normal.z).powi(2) * 0.10;
        let c = albedo.times(light) * shade
            + v3(1.0, 0.96, 0.9) * (shine * 0.16 * shade)
            + light * (edge * 0.25 * shade);
        ([c.x * cover, c.y * cover, c.z * cover, cover], z + 0.02)
    }
}

/// The weave: how it tilts the surface and changes its colour.
fn close_up(cloth: Cloth, p: V3) -> (V3, V3, f32) {
    let c = cloth.colour;
    let grain = noise(v3(p.x * 120.0, p.y * 120.0, 1.0));
    match cloth.weave {
        Weave::Fine => (
            v3(grain, noise(v3(p.x * 120.0, p.y * 120.0, 5.0)), 0.0) * 0.03,
            c * (1.0 + 0.03 * grain),
            0.10,
        ),
        Weave::Knit => {
            // Columns of stitches, each a V.
            let (u, v) = (p.x * 26.0, p.y * 34.0);
            let column = (u * std::f32::consts::PI).sin();
            let stitch = ((v + (u - u.floor() - 0.5).abs() * 1.2) * std::f32::consts::TAU).sin();
            (
                v3(column * 0.16, stitch * 0.12, 0.0),
                c * (0.94 + 0.07 * stitch * column.abs()),
                0.03,
            )
        }
        Weave::Rib => {
            let rib = (p.x * 75.0 + lerp(0.0, 0.3, p.y)).sin();
            (v3(rib * 0.14, 0.0, 0.0), c * (0.95 + 0.06 * rib), 0.04)
        }
        Weave::Wool => {
            let twill = ((p.x + p.y) * 190.0).sin() * 0.5 + grain * 0.7;
            (
                v3(twill, -twill, 0.0) * 0.025,
                c * (1.0 + 0.07 * twill) + v3(0.006, 0.006, 0.007),
                0.06,
            )
        }
        Weave::Silk => (v3(grain, grain, 0.0) * 0.01, c, 0.8),
        Weave::Denim => (
            v3(grain, -grain, 0.0) * 0.05,
            c * (1.0 + 0.06 * grain),
            0.04,
        ),
        Weave::Hard => (V3::ZERO, c, 0.9),
    }
}

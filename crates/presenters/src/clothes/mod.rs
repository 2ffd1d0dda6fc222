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
    width: usize,
    height: usize,
    /// Depth of the smoothed body, and its coverage, blurred.
    body: Picture,
}

fn relief(base: &HeadBase, places: &[V3], view: &View, width: usize, height: usize) -> Relief {
    let mut depth = vec![FAR; width * height];
    for (face, part) in base.faces.iter().zip(&base.parts) {
        let rest_head = face.iter().any(|&k| base.places[k as usize].y > 6.25);
        if *part != Part::Skin || rest_head {
            continue;
        }
        let [a, b, c, d] = face.map(|k| view.project(places[k as usize]));
        depth_only(&mut depth, width, height, [a, b, c]);
        depth_only(&mut depth, width, height, [a, c, d]);
    }
    let mut body = Picture {
        width,
        height,
        pixels: Vec::with_capacity(width * height),
    };
    for z in depth {
        body.pixels
            .push(if z > FAR { v3(z, 1.0, 0.0) } else { V3::ZERO });
    }
    body.blur(view.scale * 0.055);
    Relief {
        width,
        height,
        body,
    }
}

impl Relief {
    fn at(&self, k: usize) -> (f32, f32) {
        let p = self.body.pixels[k];
        (p.x / p.y.max(1e-3), p.y)
    }
}

/// Clothes over the body: a layer that stands still. Drawn at twice the view's size.
pub(crate) fn draw(
    base: &HeadBase,
    places: &[V3],
    a: &Attributes,
    view: &View,
    width: usize,
    height: usize,
    blockers: &Blockers<'_>,
) -> Layer {
    let scaled = view.scaled(2.0);
    let (w2, h2) = (width * 2, height * 2);
    let relief = relief(base, places, &scaled, w2, h2);
    let reach = reaching(&relief, &scaled, blockers);
    let harmonics = Harmonics::new();
    let heights: Vec<f32> = (0..w2 * h2)
        .into_par_iter()
        .map_init(Vec::new, |found, k| {
            surface(a, &relief, &scaled, k, found).map_or(-9.0, |s| s.0)
        })
        .collect();
    let rows: Vec<Vec<([f32; 4], f32)>> = (0..h2)
        .into_par_iter()
        .map_init(Vec::new, |found, y| {
            (0..w2)
                .map(|x| {
                    pixel(
                        a, &relief, &scaled, &heights, &reach, &harmonics, x, y, found,
                    )
                })
                .collect()
        })
        .collect();
    let mut layer = Layer::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut deep) = ([0.0; 4], 0.0);
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (c, z) = rows[y * 2 + dy][x * 2 + dx];
                for q in 0..4 {
                    sum[q] += c[q] * 0.25;
                }
                deep += z * c[3] * 0.25;
            }
            layer.pixels[y * width + x] = sum;
            layer.depth[y * width + x] = deep;
        }
    }
    layer
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
            let (z, cover) = relief.at(y * relief.width + x);
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

/// Height, the topmost cloth, and the darkness at the foot of what lies above.
fn surface(
    a: &Attributes,
    relief: &Relief,
    view: &View,
    k: usize,
    found: &mut Vec<Piece>,
) -> Option<(f32, Cloth, f32, f32)> {
    let (z, cover) = relief.at(k);
    if cover < 0.02 {
        return None;
    }
    let p = view.place(
        (k % relief.width) as f32 + 0.5,
        (k / relief.width) as f32 + 0.5,
        z,
    );
    found.clear();
    pieces(a, p.x, p.y, found);
    let (mut height, mut level) = (z, 0.0);
    let mut top: Option<(Cloth, f32)> = None;
    let mut shade = 1.0;
    for piece in found.iter() {
        if piece.inside > 0.0 {
            level = if piece.over {
                piece.thick
            } else {
                level + piece.thick
            };
            height = lerp(
                height,
                z + level,
                smooth(0.0, piece.bevel, piece.inside).sqrt(),
            );
            top = Some((piece.cloth, piece.inside));
            shade = 1.0;
            // A stitched or folded edge.
            shade *= 1.0 - 0.16 * smooth(0.018, 0.0, piece.inside);
        } else if piece.inside > -0.09 {
            let near = smooth(-0.09, 0.0, piece.inside);
            shade *= 1.0 - 0.5 * near * near * (piece.thick / 0.05).min(1.2);
        }
    }
    let (cloth, _) = top?;
    // Soft folds that hang from the shoulders and gather under the arms.
    let q = v3(
        p.x * 1.5 + 0.25 * p.y * p.x.signum(),
        p.y * 0.55,
        3.0 + a.seed as f32 * 0.37,
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
    Some((height + folds, cloth, shade, cover))
}

#[expect(clippy::too_many_arguments, reason = "one pixel of one layer")]
fn pixel(
    a: &Attributes,
    relief: &Relief,
    view: &View,
    heights: &[f32],
    reach: &Reach,
    harmonics: &Harmonics,
    x: usize,
    y: usize,
    found: &mut Vec<Piece>,
) -> ([f32; 4], f32) {
    let (w, h) = (relief.width, relief.height);
    let k = y * w + x;
    let Some((z, cloth, shade, cover)) = surface(a, relief, view, k, found) else {
        return ([0.0; 4], 0.0);
    };
    let cover = smooth(0.10, 0.22, cover);
    let at = |x: usize, y: usize| {
        let v = heights[y.min(h - 1) * w + x.min(w - 1)];
        if v > -8.0 { v } else { z }
    };
    let step = 2;
    let px = 1.0 / view.scale;
    let slope_x = (at(x + step, y) - at(x.saturating_sub(step), y)) / (2.0 * step as f32 * px);
    let slope_y = (at(x, y.saturating_sub(step)) - at(x, y + step)) / (2.0 * step as f32 * px);
    let p = view.place(x as f32 + 0.5, y as f32 + 0.5, z);
    let (bump, albedo, gloss) = close_up(cloth, p);
    let normal = v3(-slope_x * 0.9 + bump.x, -slope_y * 0.9 + bump.y, 1.0).unit();
    let open = reach.picture.at(x as f32 / w as f32, y as f32 / h as f32);
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
            let stitch = ((v + (u.fract() - 0.5).abs() * 1.2) * std::f32::consts::TAU).sin();
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

//! Placing a presenter in a frame: hair becomes layers, and the head is rid of what no pose will show.

use crate::attributes::{Attributes, HairStyle};
use crate::expression::{Expression, head_share};
use crate::hair::Strand;
use crate::head::Head;
use crate::moving::{CELL, FINE};
use crate::plate::Area;
use crate::raster::{FAR, depth_only};
use crate::skin::linear;
use crate::strands::{self, Dye, Layer, Thickness};
use crate::vector::{smooth, v3};
use crate::view::View;

/// Edges of faces that are no longer than this, in pixels, are left out.
pub(crate) const FACE: f32 = 8.0;

/// How far things move at most, in pixels.
pub(crate) fn room(height: usize) -> usize {
    height / 24
}

pub(crate) fn depth_at_rest(
    head: &Head,
    rest: &Expression,
    view: &View,
    width: usize,
    height: usize,
) -> Vec<f32> {
    let mut depth = vec![FAR; width * height];
    let posed = head.pose(rest);
    for face in &head.faces {
        let [a, b, c, d] = face.map(|k| view.project(posed.places[k as usize]));
        depth_only(&mut depth, width, height, [a, b, c]);
        depth_only(&mut depth, width, height, [a, c, d]);
    }
    depth
}

/// Hair behind the head and hair before it, each drawn finer than the frame.
pub(crate) fn hair_layers(
    a: &Attributes,
    strands: &[Strand],
    head: &[f32],
    clothes: &Layer,
    view: &View,
    [width, height]: [usize; 2],
) -> [Layer; 2] {
    let thickness = Thickness::new(strands);
    let short = matches!(a.hair.style, HairStyle::Buzz | HairStyle::Afro);
    let dye = Dye {
        colour: linear(a.hair.colour) + v3(0.004, 0.003, 0.003),
        width: if short { 0.0048 } else { 0.0066 },
        gloss: if short { 0.45 } else { 0.9 },
        opaque: 1.6,
    };
    let view = view.scaled(FINE as f32);
    let mut layers = [(); 2].map(|()| {
        let frame = [width * FINE, height * FINE];
        Layer::about(strands, &view, frame, room(height) * FINE)
    });
    let [back, front] = &mut layers;
    // What lies in the shade of other hair at rest comes into the light when the head turns.
    let open = Dye {
        opaque: dye.opaque * 2.0,
        ..dye
    };
    strands::draw(back, strands, &thickness, &open, &view, |_, _, z| {
        smooth(0.36, 0.24, z)
    });
    strands::draw(front, strands, &thickness, &dye, &view, |x, y, z| {
        let (x, y) = (x / FINE as f32, y / FINE as f32);
        if x < 0.0 || y < 0.0 || x >= width as f32 || y >= height as f32 {
            return 1.0;
        }
        let k = y as usize * width + x as usize;
        let cover = clothes.pixels[k][3];
        let cloth = if cover > 0.5 {
            clothes.depth[k] / cover
        } else {
            FAR
        };
        // Hair a little behind the face comes forth when the head turns.
        smooth(0.30, 0.20, head[k] - z) * smooth(0.06, 0.0, cloth - z)
    });
    layers
}

/// What head and hair cover, with room for their movement; whole cells as far as the frame goes.
pub(crate) fn area(depth: &[f32], layers: &[Layer; 2], width: usize, height: usize) -> Area {
    let (mut left, mut top, mut right, mut bottom) = (width, height, 0, 0);
    let mut add = |x: usize, y: usize| {
        left = left.min(x);
        right = right.max(x + 1);
        top = top.min(y);
        bottom = bottom.max(y + 1);
    };
    for (k, &z) in depth.iter().enumerate() {
        if z > FAR {
            add(k % width, k / width);
        }
    }
    for layer in layers {
        for (k, pixel) in layer.pixels.iter().enumerate() {
            if pixel[3] > 0.004 {
                let at = |from: isize, at: usize, side: usize| {
                    ((from + at as isize).max(0) as usize / FINE).min(side - 1)
                };
                let x = at(layer.left, k % layer.width, width);
                add(x, at(layer.top, k / layer.width, height));
            }
        }
    }
    let room = room(height);
    let down = |v: usize| v / CELL * CELL;
    let left = down(left.saturating_sub(room));
    let top = down(top.saturating_sub(room));
    let right = (down(right + room) + CELL).min(width);
    let bottom = (down(bottom + room) + CELL).min(height);
    Area {
        left,
        top,
        width: right.saturating_sub(left).max(2),
        height: bottom.saturating_sub(top).max(2),
    }
}

/// Forgets faces that clothes or hair hide in every pose.
pub(crate) fn hide(head: &mut Head, rest: &Expression, view: &View, clothes: &Layer, hair: &Layer) {
    let posed = head.pose(rest);
    let hidden: Vec<bool> = posed
        .places
        .iter()
        .map(|&p| {
            let at = view.project(p);
            // Twice as far as it moves against what lies on it; what stands still is hidden for good.
            let share = head_share(p);
            let reach = 2.0 + 0.16 * share.sqrt() * view.scale;
            let fine = FINE as f32;
            clothes.hides(at.x, at.y, reach, 1.0)
                || hair.hides(at.x * fine, at.y * fine, reach * fine, 0.995)
        })
        .collect();
    let keep: Vec<bool> = head
        .faces
        .iter()
        .map(|face| !face.iter().all(|&k| hidden[k as usize]))
        .collect();
    head.retain(&keep);
}

/// Side of the regions that faces are drawn by, in pixels.
const TILE: usize = 96;

/// Lets the faces of a region of the picture follow each other.
pub(crate) fn sort_faces(head: &mut Head, rest: &Expression, view: &View, width: usize) {
    let places = head.pose(rest).places;
    let columns = width / TILE + 1;
    head.sort_by_place(&places, |p| {
        let at = view.project(p);
        let tile = |v: f32| v.max(0.0) as usize / TILE;
        tile(at.y) * columns + tile(at.x).min(columns - 1)
    });
}

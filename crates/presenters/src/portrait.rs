//! A presenter placed in a frame: layers that stand still or move as one are drawn once, the face for every pose.
//!
//! From back to front: backdrop, hair behind the head, head, clothes, hair before the head. Both layers of hair are
//! carried along with the head by their depth, so that they shift against it as it turns.

use std::sync::{Mutex, PoisonError};

use image::RgbImage;
use rayon::prelude::*;

use crate::attributes::{Attributes, Background, BackgroundKind, HairStyle};
use crate::backdrop;
use crate::base::HeadBase;
use crate::bristles::Bristles;
use crate::clothes;
use crate::expression::{Expression, head_share};
use crate::hair::{self, Strand};
use crate::head::Head;
use crate::light::Blockers;
use crate::paint::{self, Canvas, Colours};
use crate::raster::FAR;
use crate::scalp;
use crate::skin::linear;
use crate::strands::{self, Dye, Layer, Thickness};
use crate::vector::{V3, lerp, v3};
use crate::view::View;

/// A part of a frame, in whole and even pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// What is seen behind a presenter.
#[derive(Debug, Clone, Copy)]
pub enum Ground<'a> {
    /// The presenter's own backdrop.
    Own,
    Colour([u8; 3]),
    /// A picture that fills the frame; what lies outside is cut.
    Picture(&'a RgbImage),
    /// Nothing: what is drawn has opacity.
    Nothing,
}

/// Cells of the field by which hair is carried, in pixels.
const CELL: usize = 16;
/// The head is drawn at this many times the frame's size.
const FINE: usize = 2;

/// A presenter at a size. May be drawn by several threads at once.
#[derive(Debug)]
pub struct Portrait {
    width: usize,
    height: usize,
    view: View,
    head: Head,
    bristles: Bristles,
    colours: Colours,
    smile: f32,
    area: Area,
    backdrop: Vec<V3>,
    back: Moving,
    front: Moving,
    clothes: Layer,
    tones: Tones,
    still: RgbImage,
    still_alpha: Vec<u8>,
    /// Opacity of the backdrop.
    solid: f32,
    /// Memory of threads that have drawn.
    spare: Mutex<Vec<Scratch>>,
}

/// A layer that the head carries along.
#[derive(Debug)]
struct Moving {
    layer: Layer,
    /// By node of the field: the place there, and its share in the head's movement.
    nodes: Vec<(V3, f32)>,
    columns: usize,
}

/// Of a pixel, one of the fine ones.
const SHARE: f32 = 1.0 / (FINE * FINE) as f32;

/// Memory of one thread.
#[derive(Debug, Default)]
struct Scratch {
    canvas: Canvas,
    fields: [Vec<[f32; 2]>; 2],
    rgb: Vec<u8>,
    alpha: Vec<u8>,
}

impl Portrait {
    /// Places the presenter in a frame of this size (in pixels), before the ground.
    pub fn new(
        base: &HeadBase,
        a: &Attributes,
        width: usize,
        height: usize,
        ground: Ground<'_>,
    ) -> Self {
        let back = hair::receding(a);
        let mut head = Head::new(base, a, 2, |p| scalp::share(p, a.hair.style, back));
        let rest = Expression {
            smile: a.smile,
            ..Expression::default()
        };
        let strands = hair::grow(base, head.base_places(), a);
        let posed = head.pose(&rest);
        let blockers = Blockers {
            triangles: head.triangles(&posed),
            strands: strands.iter().map(|s| s.points.as_slice()).collect(),
            density: 0.06,
        };
        head.light(&rest, &blockers);
        let view = View::framing(width, height);
        let clothes = clothes::draw(base, head.base_places(), a, &view, width, height, &blockers);
        drop(blockers);
        let backdrop = ground_pixels(a, ground, width, height);
        let bristles = Bristles::new(base, &head, a);
        let colours = Colours {
            iris: linear(a.eyes),
            teeth: paint::tooth_colour(a.age),
            seed: (a.seed % 1000) as f32,
        };
        let mut canvas = Canvas::default();
        canvas.buffer.clear(width * FINE, height * FINE);
        canvas.head(&head, &rest, &colours, &view.scaled(FINE as f32));
        let [back, front] = hair_layers(a, &strands, &canvas, &clothes, &view, width, height);
        let area = area(&canvas, &[&back, &front], width, height);
        let mut portrait = Self {
            width,
            height,
            view,
            head,
            bristles,
            colours,
            smile: a.smile,
            area: Area {
                left: 0,
                top: 0,
                width,
                height,
            },
            backdrop,
            back: Moving::new(back, &view, -0.2),
            front: Moving::new(front, &view, 0.5),
            clothes,
            tones: Tones::new(),
            still: RgbImage::new(0, 0),
            still_alpha: Vec::new(),
            solid: if matches!(ground, Ground::Nothing) {
                0.0
            } else {
                1.0
            },
            spare: Mutex::default(),
        };
        let (whole, alpha) = portrait.draw(&Expression::default(), |rgb, alpha| {
            (rgb.to_vec(), alpha.to_vec())
        });
        if let Some(still) = RgbImage::from_raw(width as u32, height as u32, whole) {
            portrait.still = still;
        }
        portrait.still_alpha = alpha;
        portrait.area = area;
        // What was needed for the whole frame is more than a pose needs.
        portrait.spare = Mutex::default();
        portrait
    }

    /// The presenter at rest.
    pub fn still(&self) -> &RgbImage {
        &self.still
    }

    /// Opacity of [`Self::still`], pixel by pixel.
    pub fn still_alpha(&self) -> &[u8] {
        &self.still_alpha
    }

    /// All that ever moves.
    pub fn area(&self) -> Area {
        self.area
    }

    /// Draws the moving area in a pose; `then` gets its pixels, row by row: red, green and blue, and their opacity.
    pub fn draw<T>(&self, pose: &Expression, then: impl FnOnce(&[u8], &[u8]) -> T) -> T {
        let mut scratch = self
            .spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .unwrap_or_default();
        let smile = (self.smile + pose.smile).min(1.0);
        let e = Expression { smile, ..*pose };
        let area = self.area;
        let view = self
            .view
            .moved(area.left as f32, area.top as f32)
            .scaled(FINE as f32);
        let canvas = &mut scratch.canvas;
        canvas.buffer.clear(area.width * FINE, area.height * FINE);
        canvas.head(&self.head, &e, &self.colours, &view);
        self.bristles
            .draw(&mut canvas.buffer, &canvas.posed, &e, &view);
        let [back, front] = &mut scratch.fields;
        self.back.field(&e, &self.view, back);
        self.front.field(&e, &self.view, front);
        self.compose(&mut scratch);
        let result = then(&scratch.rgb, &scratch.alpha);
        self.spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(scratch);
        result
    }

    fn compose(&self, scratch: &mut Scratch) {
        let Area {
            left,
            top,
            width,
            height,
        } = self.area;
        scratch.rgb.resize(width * height * 3, 0);
        scratch.alpha.resize(width * height, 0);
        let buffer = &scratch.canvas.buffer;
        let [back, front] = &scratch.fields;
        for y in 0..height {
            for x in 0..width {
                let (px, py) = (left + x, top + y);
                let at = py * self.width + px;
                let mut c = self.backdrop[at] * self.solid;
                let mut open = 1.0 - self.solid;
                let (mut head, mut covered) = (V3::ZERO, 0.0);
                for dy in 0..FINE {
                    for dx in 0..FINE {
                        let k = (y * FINE + dy) * buffer.width + x * FINE + dx;
                        if buffer.depth[k] > FAR {
                            head += V3::from(buffer.colour[k]);
                            covered += 1.0;
                        }
                    }
                }
                let clothes = self.clothes.pixels[at];
                let bare = 1.0 - clothes[3];
                if bare > 0.0 {
                    if covered * SHARE < 1.0 {
                        let hair = self.back.sample(back, px, py);
                        c = over(c, hair);
                        open *= 1.0 - hair[3];
                    }
                    c = c * (1.0 - covered * SHARE) + head * SHARE;
                    open *= 1.0 - covered * SHARE;
                }
                c = over(c, clothes);
                let hair = self.front.sample(front, px, py);
                c = over(c, hair);
                open *= bare * (1.0 - hair[3]);
                let seen = 1.0 - open;
                // Where something shines through, the colour is that of what is there.
                if open > 0.0 {
                    c = c * (1.0 / seen.max(1e-3));
                }
                scratch.alpha[y * width + x] = (seen * 255.0 + 0.5) as u8;
                let rgb = self.tones.bytes(c);
                scratch.rgb[(y * width + x) * 3..][..3].copy_from_slice(&rgb);
            }
        }
    }

    /// Height and width of the frame.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }
}

/// What is behind, in light that the tone curve makes the ground's own colours of.
fn ground_pixels(a: &Attributes, ground: Ground<'_>, width: usize, height: usize) -> Vec<V3> {
    let plain = |colour| Background {
        kind: BackgroundKind::Plain,
        colour,
    };
    match ground {
        Ground::Own => backdrop::draw(a.background, a.seed, width, height).pixels,
        Ground::Colour(colour) => backdrop::draw(plain(colour), 0, width, height).pixels,
        Ground::Nothing => backdrop::draw(plain([0; 3]), 0, width, height).pixels,
        Ground::Picture(picture) => {
            let tones: Vec<f32> = (0..=255).map(|v| paint::before_tones([v; 3]).x).collect();
            let [w, h] = [picture.width(), picture.height()].map(|v| v as f32);
            let scale = (w / width as f32).min(h / height as f32);
            let source = backdrop::Picture {
                width: picture.width() as usize,
                height: picture.height() as usize,
                pixels: picture
                    .pixels()
                    .map(|p| {
                        v3(
                            tones[usize::from(p.0[0])],
                            tones[usize::from(p.0[1])],
                            tones[usize::from(p.0[2])],
                        )
                    })
                    .collect(),
            };
            let (cut_x, cut_y) = (scale * width as f32 / w, scale * height as f32 / h);
            backdrop::Picture::new(width, height, |u, v| {
                let u = u * height as f32 / width as f32 * cut_x + 0.5;
                source.at(u, (v - 0.5) * cut_y + 0.5)
            })
            .pixels
        }
    }
}

fn over(below: V3, above: [f32; 4]) -> V3 {
    below * (1.0 - above[3]) + v3(above[0], above[1], above[2])
}

fn hair_layers(
    a: &Attributes,
    strands: &[Strand],
    canvas: &Canvas,
    clothes: &Layer,
    view: &View,
    width: usize,
    height: usize,
) -> [Layer; 2] {
    let thickness = Thickness::new(strands);
    let fine = matches!(a.hair.style, HairStyle::Buzz | HairStyle::Afro);
    let dye = Dye {
        colour: linear(a.hair.colour) + v3(0.004, 0.003, 0.003),
        width: if fine { 0.0058 } else { 0.0078 },
        gloss: if fine { 0.45 } else { 0.9 },
        opaque: 1.6,
    };
    let mut layers = [Layer::new(width, height), Layer::new(width, height)];
    let [back, front] = &mut layers;
    strands::draw(back, strands, &thickness, &dye, view, |_, _, z| z > 0.3);
    let buffer = &canvas.buffer;
    strands::draw(front, strands, &thickness, &dye, view, |x, y, z| {
        if x < 0.0 || y < 0.0 || x >= width as f32 || y >= height as f32 {
            return false;
        }
        let head =
            buffer.depth[(y * FINE as f32) as usize * buffer.width + (x * FINE as f32) as usize];
        let k = y as usize * width + x as usize;
        let cover = clothes.pixels[k][3];
        let cloth = if cover > 0.5 {
            clothes.depth[k] / cover
        } else {
            FAR
        };
        head.max(cloth) > z + 0.03
    });
    layers
}

/// What head and hair cover, with room for their movement.
fn area(canvas: &Canvas, layers: &[&Layer], width: usize, height: usize) -> Area {
    let (mut left, mut top, mut right, mut bottom) = (width, height, 0, 0);
    let mut add = |x: usize, y: usize| {
        left = left.min(x);
        right = right.max(x + 1);
        top = top.min(y);
        bottom = bottom.max(y + 1);
    };
    for y in 0..height {
        for x in 0..width {
            let k = y * width + x;
            let head = canvas.buffer.depth[y * FINE * canvas.buffer.width + x * FINE] > FAR;
            if head || layers.iter().any(|l| l.pixels[k][3] > 0.004) {
                add(x, y);
            }
        }
    }
    let room = height / 24;
    let even = |v: usize| v & !1;
    let left = even(left.saturating_sub(room));
    let top = even(top.saturating_sub(room));
    let right = even((right + room + 1).min(width));
    let bottom = even((bottom + room + 1).min(height));
    Area {
        left,
        top,
        width: right.saturating_sub(left).max(2),
        height: bottom.saturating_sub(top).max(2),
    }
}

impl Moving {
    fn new(layer: Layer, view: &View, depth: f32) -> Self {
        let columns = layer.width / CELL + 2;
        let rows = layer.height / CELL + 2;
        let depths: Vec<f32> = (0..columns * rows)
            .into_par_iter()
            .map(|node| node_depth(&layer, node % columns * CELL, node / columns * CELL, depth))
            .collect();
        let nodes = depths
            .iter()
            .enumerate()
            .map(|(node, &z)| {
                let place = view.place(
                    (node % columns * CELL) as f32,
                    (node / columns * CELL) as f32,
                    z,
                );
                (place, head_share(place))
            })
            .collect();
        Self {
            layer,
            nodes,
            columns,
        }
    }

    /// Where each node of the layer goes, in pixels.
    fn field(&self, e: &Expression, view: &View, field: &mut Vec<[f32; 2]>) {
        field.clear();
        field.extend(self.nodes.iter().map(|&(place, share)| {
            let (from, to) = (view.project(place), view.project(e.carry(place, share)));
            [to.x - from.x, to.y - from.y]
        }));
    }

    fn shift(&self, field: &[[f32; 2]], x: f32, y: f32) -> [f32; 2] {
        let (cx, cy) = (x / CELL as f32, y / CELL as f32);
        let (ix, iy) = (cx as usize, cy as usize);
        let (fx, fy) = (cx - ix as f32, cy - iy as f32);
        let k = iy * self.columns + ix;
        let [a, b, c, d] = [k, k + 1, k + self.columns, k + self.columns + 1].map(|k| field[k]);
        std::array::from_fn(|q| lerp(lerp(a[q], b[q], fx), lerp(c[q], d[q], fx), fy))
    }

    /// What the moved layer shows at a pixel.
    fn sample(&self, field: &[[f32; 2]], x: usize, y: usize) -> [f32; 4] {
        let (width, height) = (self.layer.width, self.layer.height);
        let [dx, dy] = self.shift(field, x as f32, y as f32);
        let (sx, sy) = (x as f32 - dx, y as f32 - dy);
        if sx < 0.0 || sy < 0.0 || sx >= (width - 1) as f32 || sy >= (height - 1) as f32 {
            let k = (sy.clamp(0.0, (height - 1) as f32)) as usize * width
                + sx.clamp(0.0, (width - 1) as f32) as usize;
            return self.layer.pixels[k];
        }
        let (ix, iy) = (sx as usize, sy as usize);
        let k = iy * width + ix;
        let [a, b, c, d] = [k, k + 1, k + width, k + width + 1].map(|k| self.layer.pixels[k]);
        if a[3] + b[3] + c[3] + d[3] == 0.0 {
            return [0.0; 4];
        }
        let (fx, fy) = (sx - ix as f32, sy - iy as f32);
        std::array::from_fn(|q| lerp(lerp(a[q], b[q], fx), lerp(c[q], d[q], fx), fy))
    }
}

/// Mean depth of what a layer shows about a pixel.
fn node_depth(layer: &Layer, x: usize, y: usize, otherwise: f32) -> f32 {
    let reach = CELL * 2;
    let (mut sum, mut weight) = (otherwise * 2.0, 2.0);
    for y in (y.saturating_sub(reach)..(y + reach).min(layer.height)).step_by(3) {
        for x in (x.saturating_sub(reach)..(x + reach).min(layer.width)).step_by(3) {
            let k = y * layer.width + x;
            sum += layer.depth[k];
            weight += layer.pixels[k][3];
        }
    }
    sum / weight
}

/// Linear light to bytes by table.
#[derive(Debug)]
struct Tones(Vec<u8>);

/// Steps of the table, and the light that its end stands for.
const STEPS: usize = 8192;
const MOST: f32 = 4.0;

impl Tones {
    fn new() -> Self {
        // By the square root, as the eye and sRGB have it: dark tones need finer steps.
        let at = |k: usize| (k as f32 / (STEPS - 1) as f32).powi(2) * MOST;
        Self((0..STEPS).map(|k| paint::to_srgb([at(k); 3])[0]).collect())
    }

    fn bytes(&self, c: V3) -> [u8; 3] {
        c.to_array().map(|v| {
            let k = (v.clamp(0.0, MOST) / MOST).sqrt() * (STEPS - 1) as f32 + 0.5;
            self.0[(k as usize).min(STEPS - 1)]
        })
    }
}

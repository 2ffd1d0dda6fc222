//! A presenter placed in a frame: layers that stand still or move as one are drawn once, the face for every pose.
//!
//! From back to front: backdrop, hair behind the head, head, clothes, hair before the head. Both layers of hair are
//! carried along with the head by their depth, so that they shift against it as it turns.

use std::sync::{Mutex, PoisonError};

use image::RgbImage;

use crate::attributes::Attributes;
use crate::base::HeadBase;
use crate::bristles::Bristles;
use crate::clothes;
use crate::expression::Expression;
use crate::ground::{self, Ground};
use crate::hair;
use crate::head::Head;
use crate::light::Blockers;
use crate::moving::{CELL, Moving, Shift};
use crate::paint::{Canvas, Paint};
use crate::placing;
use crate::plate::{Area, Cover, Plate, over};
use crate::raster::{FAR, HIDDEN};
use crate::scalp;
use crate::tones::Tones;
use crate::vector::v3;
use crate::view::View;

/// A presenter at a size. May be drawn by several threads at once.
#[derive(Debug)]
pub struct Portrait {
    width: usize,
    height: usize,
    view: View,
    head: Head,
    bristles: Bristles,
    paint: Paint,
    smile: f32,
    plate: Plate,
    back: Moving,
    front: Moving,
    tones: Tones,
    still: RgbImage,
    still_alpha: Vec<u8>,
    /// Memory of threads that have drawn.
    spare: Mutex<Vec<Scratch>>,
}

/// Nothing is seen through what is at least so opaque.
const OPAQUE: f32 = 0.998;

/// Memory of one thread.
#[derive(Debug, Default)]
struct Scratch {
    canvas: Canvas,
    fields: [Vec<Shift>; 2],
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
        let view = View::framing(width, height);
        let finest = placing::FACE / view.scale;
        let mut head = Head::new(base, a, finest, |p| scalp::share(p, a.hair.style, back));
        let rest = Expression {
            smile: a.smile,
            ..Expression::default()
        };
        let strands = hair::grow(base, head.base_places(), a);
        let blockers = Blockers {
            triangles: head.triangles(&rest),
            strands: strands.iter().map(|s| s.points.as_slice()).collect(),
            density: 0.06,
        };
        head.light(&rest, &blockers);
        let clothes = clothes::draw(base, head.base_places(), a, &view, width, height, &blockers);
        drop(blockers);
        let depth = placing::depth_at_rest(&head, &rest, &view, width, height);
        let layers = placing::hair_layers(a, &strands, &depth, &clothes, &view, [width, height]);
        drop(strands);
        let area = placing::area(&depth, &layers, width, height);
        placing::hide(&mut head, &rest, &view, &clothes, &layers[1]);
        placing::sort_faces(&mut head, &rest, &view, width);
        let tones = Tones::new();
        let whole = Area {
            left: 0,
            top: 0,
            width,
            height,
        };
        let plate = Plate::new(
            ground::pixels(a, ground, width, height),
            clothes,
            matches!(ground, Ground::Nothing),
            &tones,
            whole,
        );
        let [back, front] = layers;
        let room = placing::room(height);
        let mut portrait = Self {
            width,
            height,
            view,
            bristles: Bristles::new(base, &head, a),
            paint: Paint::new(&head, a, &view),
            head,
            smile: a.smile,
            plate,
            back: Moving::new(&back, &view, [width, height], -0.2, room),
            front: Moving::new(&front, &view, [width, height], 0.5, room),
            tones,
            still: RgbImage::new(0, 0),
            still_alpha: Vec::new(),
            spare: Mutex::default(),
        };
        let (whole, alpha) = portrait.draw(&Expression::default(), |rgb, alpha| {
            (rgb.to_vec(), alpha.to_vec())
        });
        if let Some(still) = RgbImage::from_raw(width as u32, height as u32, whole) {
            portrait.still = still;
        }
        portrait.still_alpha = alpha;
        portrait.plate = portrait.plate.cut(area);
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

    /// The whole frame in a pose.
    pub fn picture(&self, pose: &Expression) -> RgbImage {
        let mut picture = self.still.clone();
        let Area {
            left, top, width, ..
        } = self.area();
        self.draw(pose, |rgb, _| {
            for (row, pixels) in rgb.chunks_exact(width * 3).enumerate() {
                let start = ((top + row) * self.width + left) * 3;
                picture.as_mut()[start..start + pixels.len()].copy_from_slice(pixels);
            }
        });
        picture
    }

    /// All that ever moves.
    pub fn area(&self) -> Area {
        self.plate.area
    }

    /// Height and width of the frame.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
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
        let canvas = &mut scratch.canvas;
        let size = [self.width, self.height];
        canvas.head(&self.head, &e, &self.paint, &self.view, size, |x, y| {
            self.plate.hides(x, y)
        });
        let view = self.view.moved(canvas.left as f32, canvas.top as f32);
        self.bristles
            .draw(&mut canvas.buffer, &canvas.posed, &e, &view);
        let carriers = e.carriers();
        let [back, front] = &mut scratch.fields;
        self.back.field(&carriers, &self.view, back);
        self.front.field(&carriers, &self.view, front);
        self.compose(&mut scratch);
        let result = then(&scratch.rgb, &scratch.alpha);
        self.spare
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(scratch);
        result
    }

    /// Puts what moves on the plate.
    fn compose(&self, scratch: &mut Scratch) {
        let area = self.plate.area;
        scratch.rgb.clear();
        scratch.rgb.extend_from_slice(&self.plate.rgb);
        scratch.alpha.clear();
        scratch.alpha.extend_from_slice(&self.plate.alpha);
        for row in area.top / CELL..(area.top + area.height).div_ceil(CELL) {
            for column in area.left / CELL..(area.left + area.width).div_ceil(CELL) {
                self.compose_cell(scratch, column, row);
            }
        }
    }

    fn compose_cell(&self, scratch: &mut Scratch, column: usize, row: usize) {
        let Plate { area, solid, .. } = self.plate;
        let (left, top) = ((column * CELL).max(area.left), (row * CELL).max(area.top));
        let right = (column * CELL + CELL).min(area.left + area.width);
        let bottom = (row * CELL + CELL).min(area.top + area.height);
        let canvas = &scratch.canvas;
        let buffer = &canvas.buffer;
        let with_head = left < canvas.left + buffer.width
            && right > canvas.left
            && top < canvas.top + buffer.height
            && bottom > canvas.top;
        let with_back = self.back.is_busy(column, row);
        let with_front = self.front.is_busy(column, row);
        if !(with_head || with_back || with_front) {
            return;
        }
        let [back, front] = &scratch.fields;
        let back = self.back.shifts(back, column, row);
        let front = self.front.shifts(front, column, row);
        let nothing = [0.0_f32; 4];
        for y in top..bottom {
            let fy = (y - row * CELL) as f32 * (1.0 / CELL as f32);
            for x in left..right {
                let fx = (x - column * CELL) as f32 * (1.0 / CELL as f32);
                let at = (y - area.top) * area.width + x - area.left;
                let (bx, by) = (x.wrapping_sub(canvas.left), y.wrapping_sub(canvas.top));
                let (mut head, mut depth) = (nothing, FAR);
                if bx < buffer.width && by < buffer.height {
                    let k = by * buffer.width + bx;
                    head = buffer.colour[k];
                    if buffer.depth[k] < HIDDEN {
                        depth = buffer.depth[k];
                    }
                }
                let front = if with_front {
                    self.front.sample(&front, [x, y], fx, fy, depth)
                } else {
                    nothing
                };
                if front[3] >= OPAQUE {
                    let rgb = self.tones.bytes(v3(front[0], front[1], front[2]));
                    scratch.alpha[at] = 255;
                    scratch.rgb[at * 3..at * 3 + 3].copy_from_slice(&rgb);
                    continue;
                }
                let cover = self.plate.cover[at];
                if cover == Cover::All {
                    head = nothing;
                }
                let back = if with_back && cover != Cover::All && head[3] < 1.0 {
                    self.back.sample(&back, [x, y], fx, fy, FAR)
                } else {
                    nothing
                };
                if front[3] + head[3] + back[3] <= 0.0 {
                    continue;
                }
                let mut c = v3(head[0], head[1], head[2]);
                let mut open = 1.0 - head[3];
                if head[3] < 1.0 {
                    c = over(over(self.plate.backdrop[at] * solid, back), head);
                    open *= (1.0 - solid) * (1.0 - back[3]);
                }
                if cover != Cover::Nothing {
                    let clothes = self.plate.clothes[at];
                    c = over(c, clothes);
                    open *= 1.0 - clothes[3];
                }
                c = over(c, front);
                open *= 1.0 - front[3];
                let (rgb, alpha) = self.tones.bytes_and_alpha(c, open);
                scratch.alpha[at] = alpha;
                scratch.rgb[at * 3..at * 3 + 3].copy_from_slice(&rgb);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dummy;

    const SIZE: (usize, usize) = (256, 144);

    fn portrait(base: &HeadBase, prompt: &str, ground: Ground<'_>) -> Portrait {
        let a = crate::prompt::read(prompt, None).attributes;
        Portrait::new(base, &a, SIZE.0, SIZE.1, ground)
    }

    fn speaking() -> Expression {
        Expression {
            jaw: 0.8,
            turn: [0.05, 0.12, 0.03],
            lean: 0.03,
            ..Expression::default()
        }
    }

    /// Pixels and opacity in a pose.
    fn drawn(portrait: &Portrait, pose: &Expression) -> (Vec<u8>, Vec<u8>) {
        portrait.draw(pose, |rgb, alpha| (rgb.to_vec(), alpha.to_vec()))
    }

    /// The moving area of the picture at rest.
    fn cut(portrait: &Portrait) -> Vec<u8> {
        let area = portrait.area();
        let rows = portrait.still().as_raw().chunks_exact(SIZE.0 * 3);
        rows.skip(area.top)
            .take(area.height)
            .flat_map(|row| row[area.left * 3..(area.left + area.width) * 3].to_vec())
            .collect()
    }

    #[test]
    fn equal_attributes_and_poses_give_equal_pixels_on_any_number_of_threads() {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let prompt = "A man with wavy long hair, a full beard and glasses in an office";
                let portrait = portrait(&dummy::head(), prompt, Ground::Own);
                // Memory that another pose has used must not show.
                drawn(&portrait, &speaking());
                drawn(&portrait, &Expression::default());
                (portrait.still().clone(), drawn(&portrait, &speaking()))
            })
        };
        let (one, many) = (on(1), on(5));
        assert!(one.0 == many.0, "the stills differ");
        assert!(one.1 == many.1, "the poses differ");
    }

    #[test]
    fn only_what_moves_is_drawn_again() {
        let base = dummy::head();
        let portrait = portrait(
            &base,
            "A bald man in a sweater",
            Ground::Colour([90, 120, 60]),
        );
        let area = portrait.area();
        assert!(area.left + area.width <= SIZE.0 && area.top + area.height <= SIZE.1);
        let rest = drawn(&portrait, &Expression::default()).0;
        assert!(
            rest == cut(&portrait),
            "at rest, the area is that of the still"
        );
        let spoken = drawn(&portrait, &speaking()).0;
        let moved = rest.iter().zip(&spoken).filter(|(a, b)| a != b).count();
        assert!(moved > rest.len() / 50, "{moved} of {} bytes", rest.len());
        // Away from the head, the ground is the colour that was asked for.
        assert_eq!(portrait.still().get_pixel(2, 2).0, [90, 120, 60]);
    }

    #[test]
    fn before_nothing_only_the_presenter_is_solid() {
        let base = dummy::head();
        let portrait = portrait(&base, "A woman with a short bob", Ground::Nothing);
        let alpha = |x: usize, y: usize| portrait.still_alpha()[y * SIZE.0 + x];
        assert_eq!(alpha(2, 2), 0);
        assert_eq!(alpha(SIZE.0 / 2, SIZE.1 / 2), 255, "the face");
        assert_eq!(alpha(SIZE.0 / 2, SIZE.1 - 2), 255, "the clothes");
        assert!(
            portrait.still_alpha().iter().any(|a| (1..255).contains(a)),
            "edges are soft"
        );
    }
}

//! The posed head into pixels: one look at every pixel's middle, and several where something ends.

use crate::attributes::Attributes;
use crate::base::Part;
use crate::edges::Edges;
use crate::expression::Expression;
use crate::eye;
use crate::head::{Head, Posed};
use crate::light::{KEY, RIM};
use crate::pores::{Pores, unrolled};
use crate::raster::{Buffer, Flat, doubled_area};
use crate::skin::linear;
use crate::vector::{V3, bell, smooth, v3};
use crate::view::View;

/// What painting needs beside the head, once it has all the vertices it will have.
#[derive(Debug)]
pub(crate) struct Paint {
    iris: V3,
    teeth: V3,
    seed: f32,
    pores: Pores,
    coats: Vec<Coat>,
}

/// What a vertex needs to be painted, in any pose.
#[derive(Debug, Clone, Copy)]
struct Coat {
    /// On the unrolled skin.
    at: [f32; 2],
    /// How much it belongs to the inside of the mouth, and how near to its opening.
    inner: f32,
    deep: f32,
}

/// A painted vertex.
#[derive(Debug, Clone, Copy, Default)]
struct Corner {
    /// In the buffer's pixels.
    pixel: V3,
    values: Values,
}

/// What is spread over triangles: the light that comes out of the skin or falls on an eye, the light that is mirrored,
/// how clearly the relief of the skin is seen, and the place on the unrolled skin. In one row, as they are all treated
/// alike.
type Values = [f32; 12];

const MATT: usize = 0;
const SHINE: usize = 3;
const RELIEF: usize = 6;
const PLACE: usize = 7;

fn set(values: &mut Values, at: usize, c: V3) {
    values[at..at + 3].copy_from_slice(&c.to_array());
}

fn get(values: &Values, at: usize) -> V3 {
    v3(values[at], values[at + 1], values[at + 2])
}

/// Memory of one thread's painting.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    pub posed: Posed,
    corners: Vec<Corner>,
    drawn: Vec<Drawn>,
    edges: Edges,
    /// Holds a part of the frame, whose left upper corner is here.
    pub buffer: Buffer,
    pub left: usize,
    pub top: usize,
}

/// A triangle that faces the camera.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    corners: [u32; 3],
    part: Part,
    class: u8,
}

/// Room about the head for bristles, in units.
const ROOM: f32 = 0.12;

impl Paint {
    pub(crate) fn new(head: &Head, a: &Attributes, view: &View) -> Self {
        let coat = |k: usize| {
            let (rest, masks) = (head.rest[k], head.masks[k]);
            Coat {
                at: unrolled(rest),
                inner: smooth(0.3, 0.7, masks.inner) * smooth(1.53, 1.50, rest.z),
                deep: smooth(0.8, 1.5, rest.z),
            }
        };
        Self {
            iris: linear(a.eyes),
            teeth: tooth_colour(a.age),
            seed: (a.seed % 1000) as f32,
            pores: Pores::new(head, a, view.scale),
            coats: (0..head.rest.len()).map(coat).collect(),
        }
    }
}

impl Canvas {
    /// Draws the head in a pose, within a frame of this size; `hidden` tells which of its pixels will be hidden.
    pub(crate) fn head(
        &mut self,
        head: &Head,
        e: &Expression,
        paint: &Paint,
        view: &View,
        frame: [usize; 2],
        hidden: impl Fn(usize, usize) -> bool,
    ) {
        head.pose_into(e, &mut self.posed);
        self.project(view, frame, hidden);
        self.shade(head, e, view, paint);
        self.find_drawn(head);
        let shader = Shader {
            corners: &self.corners,
            posed: &self.posed,
            paint,
            view,
            lid: 0.35 - 0.5 * e.blink,
            gazes: std::array::from_fn(|eye| Gaze::new(head, e, eye)),
        };
        fill(&shader, &self.drawn, &mut self.buffer);
        self.edges.find(&self.buffer);
        smooth_edges(&shader, &self.drawn, &mut self.edges, &self.buffer);
        self.edges.resolve(&mut self.buffer);
    }
    /// Finds the vertices' pixels, and makes the buffer as large as they need.
    fn project(
        &mut self,
        view: &View,
        [width, height]: [usize; 2],
        hidden: impl Fn(usize, usize) -> bool,
    ) {
        self.corners.clear();
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for &p in &self.posed.places {
            let pixel = view.project(p);
            low = [low[0].min(pixel.x), low[1].min(pixel.y)];
            high = [high[0].max(pixel.x), high[1].max(pixel.y)];
            self.corners.push(Corner {
                pixel,
                ..Corner::default()
            });
        }
        let room = ROOM * view.scale;
        let from = |v: f32, side: usize| ((v - room).max(0.0) as usize).min(side - 1);
        let to = |v: f32, side: usize| ((v + room).max(1.0) as usize).min(side);
        self.left = from(low[0], width);
        self.top = from(low[1], height);
        let right = to(high[0], width).max(self.left + 1);
        let bottom = to(high[1], height).max(self.top + 1);
        let (left, top) = (self.left, self.top);
        self.buffer
            .clear(right - left, bottom - top, |x, y| hidden(left + x, top + y));
        let shift = v3(self.left as f32, self.top as f32, 0.0);
        for corner in &mut self.corners {
            corner.pixel = corner.pixel - shift;
        }
    }

    fn find_drawn(&mut self, head: &Head) {
        self.drawn.clear();
        for ((face, &part), &class) in head.faces.iter().zip(&head.parts).zip(&head.classes) {
            let [a, b, c, d] = *face;
            for corners in [[a, b, c], [a, c, d]] {
                if doubled_area(corners.map(|k| self.corners[k as usize].pixel)) < 0.0 {
                    self.drawn.push(Drawn {
                        corners,
                        part,
                        class,
                    });
                }
            }
        }
    }

    fn shade(&mut self, head: &Head, e: &Expression, view: &View, paint: &Paint) {
        let openness = (e.jaw * (1.0 - e.press)).clamp(0.0, 1.0);
        let lamps = Lamps::new();
        for (k, corner) in self.corners.iter_mut().enumerate() {
            let (p, n) = (self.posed.places[k], self.posed.normals[k]);
            // Seen from behind at all angles that faces at it can have.
            if n.z < -0.6 {
                continue;
            }
            match head.part_of[k] {
                Part::Eye(_) => set(&mut corner.values, MATT, head.lit(k, n).diffuse),
                Part::Skin | Part::Lashes(..) => {
                    skin(
                        head,
                        k,
                        n,
                        view.towards(p),
                        &lamps,
                        openness,
                        paint.coats[k],
                        &mut corner.values,
                    );
                }
                part @ (Part::UpperTeeth | Part::LowerTeeth) => {
                    let upper = part == Part::UpperTeeth;
                    let c = tooth(head.rest[k], p, n, view, paint.teeth, upper, openness);
                    set(&mut corner.values, MATT, c);
                }
                Part::Tongue => {
                    let depth = smooth(0.95, 1.42, head.rest[k].z);
                    let light = 0.10 + 0.35 * openness + 0.30 * e.tongue;
                    let c = v3(0.44, 0.13, 0.13) * (depth * light * (0.7 + 0.5 * n.y.max(0.0)))
                        + v3(1.0, 1.0, 1.0) * (0.05 * depth * openness * n.z.max(0.0).powi(8));
                    set(&mut corner.values, MATT, c);
                }
            }
        }
    }
}

/// Colours within painted triangles.
struct Shader<'a> {
    corners: &'a [Corner],
    posed: &'a Posed,
    paint: &'a Paint,
    view: &'a View,
    /// Height of the upper lid's shade on the ball.
    lid: f32,
    gazes: [Gaze; 2],
}

impl Shader<'_> {
    fn pixels(&self, drawn: &Drawn) -> [V3; 3] {
        drawn.corners.map(|k| self.corners[k as usize].pixel)
    }

    fn facet(&self, drawn: &Drawn) -> Facet {
        let [first, second, third] = drawn.corners.map(|k| &self.corners[k as usize].values);
        Facet {
            first: *first,
            second: std::array::from_fn(|n| second[n] - first[n]),
            third: std::array::from_fn(|n| third[n] - first[n]),
        }
    }

    /// The colour where the corners have these weights.
    #[inline]
    fn sample(&self, drawn: &Drawn, facet: &Facet, weights: [f32; 3]) -> V3 {
        let values = facet.at(weights);
        let matt = get(&values, MATT);
        match drawn.part {
            Part::Skin => {
                let [slope, tone] = self.paint.pores.at([values[PLACE], values[PLACE + 1]]);
                let tone = tone * values[RELIEF];
                let tint = v3(1.0 + 0.10 * tone, 1.0 + 0.17 * tone, 1.0 + 0.19 * tone);
                let slope = slope * values[RELIEF];
                let shine = get(&values, SHINE) * (1.0 + 0.30 * slope).max(0.0);
                matt.times(tint) * (1.0 + 0.07 * slope) + shine
            }
            Part::Eye(eye) => self.eye(drawn, weights, matt, &self.gazes[eye]),
            _ => matt,
        }
    }

    fn eye(&self, drawn: &Drawn, [a, b, c]: [f32; 3], light: V3, gaze: &Gaze) -> V3 {
        let mix = |from: &[V3]| {
            let [p, q, r] = drawn.corners.map(|k| from[k as usize]);
            p * a + q * b + r * c
        };
        let world = (mix(&self.posed.unturned) - gaze.centre).unit();
        let towards = self.view.towards(mix(&self.posed.places));
        // The lid above shades the ball.
        let shade = 1.0 - 0.42 * smooth(self.lid - 0.28, self.lid + 0.02, world.y);
        let Paint { iris, seed, .. } = *self.paint;
        eye::surface(iris, seed, gaze.local(world), light * shade, world, towards)
    }
}

/// A triangle's values: at its first corner, and what the others add by their weights.
struct Facet {
    first: Values,
    second: Values,
    third: Values,
}

impl Facet {
    #[inline]
    fn at(&self, [_, b, c]: [f32; 3]) -> Values {
        std::array::from_fn(|n| self.first[n] + self.second[n] * b + self.third[n] * c)
    }
}

/// One look at the middle of each pixel.
fn fill(shader: &Shader<'_>, drawn: &[Drawn], buffer: &mut Buffer) {
    let (width, height) = (buffer.width, buffer.height);
    for drawn in drawn {
        let Some(flat) = Flat::new(shader.pixels(drawn), width, height) else {
            continue;
        };
        let facet = shader.facet(drawn);
        flat.pixels(|x, y, weights, z| {
            let k = y * width + x;
            if z > buffer.depth[k] {
                let c = shader.sample(drawn, &facet, weights);
                buffer.depth[k] = z;
                buffer.class[k] = drawn.class;
                buffer.colour[k] = [c.x, c.y, c.z, 1.0];
            }
        });
    }
}

/// Several looks at the pixels with edges.
fn smooth_edges(shader: &Shader<'_>, drawn: &[Drawn], edges: &mut Edges, buffer: &Buffer) {
    for drawn in drawn {
        let pixels = shader.pixels(drawn);
        if edges.touch(pixels)
            && let Some(flat) = Flat::new(pixels, buffer.width, buffer.height)
        {
            let facet = shader.facet(drawn);
            edges.draw(&flat, |weights| shader.sample(drawn, &facet, weights));
        }
    }
}

/// Which way an eye looks.
struct Gaze {
    centre: V3,
    /// Where the axes of the unturned head lie in the frame of the eye.
    axes: [V3; 3],
}

impl Gaze {
    fn new(head: &Head, e: &Expression, eye: usize) -> Self {
        // A share of the eye's width of one is about 60 degrees.
        let inwards = if eye == 0 { -0.02 } else { 0.02 };
        let (pitch, yaw) = (e.gaze[1] * 1.1 + 0.02, e.gaze[0] * 1.6 + inwards);
        let local = |d: V3| d.turned([0.0, -yaw, 0.0]).turned([-pitch, 0.0, 0.0]);
        Self {
            centre: head.eyes[eye].centre,
            axes: [v3(1.0, 0.0, 0.0), v3(0.0, 1.0, 0.0), v3(0.0, 0.0, 1.0)].map(local),
        }
    }

    /// A direction of the unturned head, in the frame of the eye.
    fn local(&self, d: V3) -> V3 {
        let [x, y, z] = self.axes;
        x * d.x + y * d.y + z * d.z
    }
}

/// The lights that skin mirrors.
struct Lamps {
    key: V3,
    rim: V3,
}

impl Lamps {
    fn new() -> Self {
        Self {
            key: KEY.unit(),
            rim: RIM.unit(),
        }
    }
}

/// Reflection of a light that is a patch of the sky, on a rough surface.
fn shine(n: V3, half: V3, fresnel: f32, rough: f32) -> f32 {
    let angle2 = 2.0 * (1.0 - n.dot(half).min(1.0));
    let sharp = 1.0 / (rough * rough);
    falling(angle2 * sharp) * fresnel * sharp
}

/// About e to the power of minus `x`.
fn falling(x: f32) -> f32 {
    let one = (1.0 - x * 0.125).max(0.0);
    let two = one * one;
    let four = two * two;
    four * four
}

/// The vector between a light and the lens, and the share of its light that is mirrored there.
fn between(light: V3, towards: V3) -> (V3, f32) {
    let half = (light + towards).unit();
    let fresnel = 0.028 + 0.97 * (1.0 - half.dot(towards).clamp(0.0, 1.0)).powi(5);
    (half, fresnel)
}

#[expect(clippy::too_many_arguments, reason = "one vertex of one pose")]
fn skin(
    head: &Head,
    k: usize,
    n: V3,
    towards: V3,
    lamps: &Lamps,
    openness: f32,
    coat: Coat,
    values: &mut Values,
) {
    let skin = head.skin[k];
    let mut light = head.lit(k, n);
    if coat.inner > 0.0 {
        let inside = v3(0.5, 0.45, 0.42) * (coat.deep * coat.deep * (0.12 + 0.5 * openness));
        light.diffuse = light.diffuse.mix(inside, coat.inner);
        light.key *= 1.0 - coat.inner;
        light.rim *= 1.0 - coat.inner;
    }
    let facing = n.dot(towards).clamp(0.0, 1.0);
    let (half, fresnel) = between(lamps.key, towards);
    let key = shine(n, half, fresnel, skin.rough + 0.10) * 0.55
        + shine(n, half, fresnel, skin.rough * 0.6 + 0.08) * 0.20;
    let (half, fresnel) = between(lamps.rim, towards);
    let rim = shine(n, half, fresnel, skin.rough + 0.2) * 0.35;
    let sheen = (1.0 - facing).powi(4) * 0.10;
    let mirrored = v3(1.0, 0.96, 0.9) * (key * light.key * 2.2)
        + v3(0.9, 0.95, 1.0) * (rim * light.rim * 1.4)
        + light.diffuse * (sheen + 0.018);
    set(values, MATT, skin.albedo.times(light.diffuse));
    set(values, SHINE, mirrored * skin.gloss);
    let lit = light.key * smooth(-0.1, 0.7, n.dot(lamps.key));
    values[RELIEF] = skin.relief * (1.0 - coat.inner) * (0.35 + 0.65 * lit);
    values[PLACE..PLACE + 2].copy_from_slice(&coat.at);
}

fn tooth(rest: V3, p: V3, n: V3, view: &View, teeth: V3, upper: bool, openness: f32) -> V3 {
    // Side teeth lie in the cheeks' shade.
    let front = smooth(0.34, 0.06, rest.x.abs()) * 0.75 + 0.25;
    let deep = smooth(1.05, 1.46, rest.z);
    let edge = if upper {
        smooth(6.83, 6.70, rest.y)
    } else {
        smooth(6.44, 6.56, rest.y)
    };
    let gum = v3(0.42, 0.15, 0.14);
    let colour = gum.mix(teeth, edge);
    let light = (0.50 + 0.26 * openness) * if upper { 1.0 } else { 0.72 };
    // Between the front teeth; those further back are seen too flat to tell apart.
    let gap = [0.0, 0.086, 0.152, 0.214].iter().fold(0.0_f32, |gap, at| {
        gap.max(bell((rest.x.abs() - at) / 0.010))
    });
    let light = light * (1.0 - 0.34 * gap);
    let towards = view.towards(p);
    colour * (light * front * deep * (0.55 + 0.45 * n.z.max(0.0)))
        + v3(1.0, 1.0, 1.0)
            * ({
                let (half, fresnel) = between(KEY.unit(), towards);
                shine(n, half, fresnel, 0.25)
            } * 0.05
                * deep
                * openness.sqrt())
}

/// Tooth colour: whiter with youth.
pub(crate) fn tooth_colour(age: f32) -> V3 {
    linear([236, 230, 218]).mix(
        linear([214, 200, 172]),
        ((age - 25.0) / 60.0).clamp(0.0, 1.0),
    )
}

//! The posed head into pixels.

use crate::base::Part;
use crate::expression::Expression;
use crate::eye;
use crate::head::{Head, Posed};
use crate::light::{KEY, RIM};
use crate::raster::{Buffer, cover};
use crate::skin::linear;
use crate::vector::{V3, bell, smooth, v3};
use crate::view::View;

/// What painting needs beside the head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Colours {
    pub iris: V3,
    pub teeth: V3,
    pub seed: f32,
}

/// Memory of one thread's painting.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    pub posed: Posed,
    pixels: Vec<V3>,
    colours: Vec<V3>,
    pub buffer: Buffer,
}

impl Canvas {
    /// Draws the head in a pose; the buffer must be cleared.
    pub(crate) fn head(&mut self, head: &Head, e: &Expression, colours: &Colours, view: &View) {
        head.pose_into(e, &mut self.posed);
        self.pixels.clear();
        self.pixels
            .extend(self.posed.places.iter().map(|&p| view.project(p)));
        self.shade(head, e, view, colours);
        let buffer = &mut self.buffer;
        let (width, height) = (buffer.width, buffer.height);
        for (face, part) in head.refined.faces.iter().zip(&head.parts) {
            let [a, b, c, d] = *face;
            for triangle in [[a, b, c], [a, c, d]] {
                let corners = triangle.map(|k| self.pixels[k as usize]);
                let area = (corners[1].x - corners[0].x) * (corners[2].y - corners[0].y)
                    - (corners[2].x - corners[0].x) * (corners[1].y - corners[0].y);
                // Anticlockwise in space is clockwise down the picture.
                if area >= 0.0 {
                    continue;
                }
                let Part::Eye(eye) = part else {
                    let shades = triangle.map(|k| self.colours[k as usize]);
                    cover(corners, width, height, |k, w, z| {
                        if z > buffer.depth[k] {
                            buffer.depth[k] = z;
                            let c = shades[0] * w[0] + shades[1] * w[1] + shades[2] * w[2];
                            buffer.colour[k] = c.to_array();
                        }
                    });
                    continue;
                };
                let gaze = Gaze::new(head, e, *eye);
                let places = triangle.map(|k| self.posed.places[k as usize]);
                let unturned = triangle.map(|k| self.posed.unturned[k as usize]);
                let lights = triangle.map(|k| self.colours[k as usize]);
                cover(corners, width, height, |k, w, z| {
                    if z > buffer.depth[k] {
                        buffer.depth[k] = z;
                        let at = |p: [V3; 3]| p[0] * w[0] + p[1] * w[1] + p[2] * w[2];
                        let world = (at(unturned) - gaze.centre).unit();
                        let towards = view.towards(at(places));
                        let local = gaze.local(world);
                        // The lid above shades the ball.
                        let lid = 0.35 - 0.5 * e.blink;
                        let shade = 1.0 - 0.42 * smooth(lid - 0.28, lid + 0.02, world.y);
                        let c = eye::surface(
                            colours.iris,
                            colours.seed,
                            local,
                            at(lights) * shade,
                            world,
                            towards,
                        );
                        buffer.colour[k] = c.to_array();
                    }
                });
            }
        }
    }

    fn shade(&mut self, head: &Head, e: &Expression, view: &View, colours: &Colours) {
        self.colours.clear();
        self.colours.resize(self.posed.places.len(), V3::ZERO);
        let mut done = vec![false; self.posed.places.len()];
        let openness = (e.jaw * (1.0 - e.press)).clamp(0.0, 1.0);
        for (face, part) in head.refined.faces.iter().zip(&head.parts) {
            for &k in face {
                let k = k as usize;
                if std::mem::replace(&mut done[k], true) {
                    continue;
                }
                let (p, n) = (self.posed.places[k], self.posed.normals[k]);
                self.colours[k] = match part {
                    Part::Eye(_) => head.lit(k, n).diffuse,
                    Part::Skin | Part::Lashes(..) => skin(head, k, p, n, view, openness),
                    Part::UpperTeeth | Part::LowerTeeth => {
                        let upper = *part == Part::UpperTeeth;
                        tooth(head.rest[k], p, n, view, colours.teeth, upper, openness)
                    }
                    Part::Tongue => {
                        let depth = smooth(0.95, 1.42, head.rest[k].z);
                        let light = 0.10 + 0.35 * openness + 0.30 * e.tongue;
                        v3(0.44, 0.13, 0.13) * (depth * light * (0.7 + 0.5 * n.y.max(0.0)))
                            + v3(1.0, 1.0, 1.0) * (0.05 * depth * openness * n.z.max(0.0).powi(8))
                    }
                };
            }
        }
    }
}

/// Which way an eye looks.
struct Gaze {
    centre: V3,
    angles: [f32; 3],
}

impl Gaze {
    fn new(head: &Head, e: &Expression, eye: usize) -> Self {
        // A share of the eye's width of one is about 60 degrees.
        let inwards = if eye == 0 { -0.02 } else { 0.02 };
        Self {
            centre: head.eyes[eye].centre,
            angles: [e.gaze[1] * 1.1 + 0.02, e.gaze[0] * 1.6 + inwards, 0.0],
        }
    }

    /// A direction of the unturned head, in the frame of the eye.
    fn local(&self, d: V3) -> V3 {
        let [pitch, yaw, _] = self.angles;
        d.turned([0.0, -yaw, 0.0]).turned([-pitch, 0.0, 0.0])
    }
}

/// Reflection of a light that is a patch of the sky, on a rough surface.
fn shine(n: V3, towards: V3, light: V3, rough: f32) -> f32 {
    let half = (light.unit() + towards).unit();
    let cosine = n.dot(half).clamp(0.0, 1.0);
    let angle2 = 2.0 * (1.0 - cosine);
    let fresnel = 0.028 + 0.97 * (1.0 - half.dot(towards).clamp(0.0, 1.0)).powi(5);
    (-angle2 / (rough * rough)).exp() * fresnel / (rough * rough)
}

fn skin(head: &Head, k: usize, p: V3, n: V3, view: &View, openness: f32) -> V3 {
    let skin = head.skin[k];
    let mut light = head.lit(k, n);
    let inner = smooth(0.3, 0.7, head.masks[k].inner) * smooth(1.53, 1.50, head.rest[k].z);
    if inner > 0.0 {
        let depth = smooth(0.8, 1.5, head.rest[k].z);
        let inside = v3(0.5, 0.45, 0.42) * (depth * depth * (0.12 + 0.5 * openness));
        light.diffuse = light.diffuse.mix(inside, inner);
        light.key *= 1.0 - inner;
        light.rim *= 1.0 - inner;
    }
    let towards = view.towards(p);
    let facing = n.dot(towards).clamp(0.0, 1.0);
    let key = shine(n, towards, KEY, skin.rough + 0.10) * 0.55
        + shine(n, towards, KEY, skin.rough * 0.6 + 0.08) * 0.20;
    let rim = shine(n, towards, RIM, skin.rough + 0.2) * 0.35;
    let sheen = (1.0 - facing).powi(4) * 0.10;
    let mirrored = v3(1.0, 0.96, 0.9) * (key * light.key * 2.2)
        + v3(0.9, 0.95, 1.0) * (rim * light.rim * 1.4)
        + light.diffuse * (sheen + 0.018);
    skin.albedo.times(light.diffuse) + mirrored * skin.gloss
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
    let light = (0.56 + 0.34 * openness) * if upper { 1.0 } else { 0.72 };
    // Between the front teeth; those further back are seen too flat to tell apart.
    let gap = [0.0, 0.086, 0.152, 0.214].iter().fold(0.0_f32, |gap, at| {
        gap.max(bell((rest.x.abs() - at) / 0.011))
    });
    let light = light * (1.0 - 0.20 * gap);
    let towards = view.towards(p);
    colour * (light * front * deep * (0.55 + 0.45 * n.z.max(0.0)))
        + v3(1.0, 1.0, 1.0) * (shine(n, towards, KEY, 0.25) * 0.05 * deep * openness.sqrt())
}

/// Tooth colour: whiter with youth.
pub(crate) fn tooth_colour(age: f32) -> V3 {
    linear([236, 230, 218]).mix(
        linear([214, 200, 172]),
        ((age - 25.0) / 60.0).clamp(0.0, 1.0),
    )
}

/// Light that the tone curve makes this colour of.
pub(crate) fn before_tones(rgb: crate::attributes::Rgb) -> V3 {
    let one = |v: f32| {
        if v > 0.62 {
            let rest = (1.0 - (v - 0.62) / 0.38).max(0.001);
            0.62 - rest.ln() * 0.38 / 0.92
        } else {
            v
        }
    };
    let c = linear(rgb);
    v3(one(c.x), one(c.y), one(c.z))
}

/// Linear light to sRGB bytes, with a soft shoulder for what is too bright.
pub(crate) fn to_srgb(c: [f32; 3]) -> [u8; 3] {
    c.map(|v| {
        let v = v.max(0.0);
        let v = if v > 0.62 {
            0.62 + 0.38 * (1.0 - (-(v - 0.62) / 0.38 * 0.92).exp())
        } else {
            v
        };
        let s = if v <= 0.003_130_8 {
            v * 12.92
        } else {
            1.055 * v.powf(1.0 / 2.4) - 0.055
        };
        (s * 255.0 + 0.5).clamp(0.0, 255.0) as u8
    })
}

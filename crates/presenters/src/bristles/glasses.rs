//! Glasses: strokes before the eyes that turn with the head.

use super::{Bristles, stroke, stroke_on_head};
use crate::attributes::GlassesShape;
use crate::expression::Carriers;
use crate::raster::Buffer;
use crate::skin::linear;
use crate::vector::{V3, v3};
use crate::view::View;

/// Pieces of a frame's outline.
const STEPS: i32 = 72;

/// Outline of a lens about its middle.
fn rim(shape: GlassesShape, angle: f32) -> [f32; 2] {
    let (s, c) = angle.sin_cos();
    let (wide, high, square) = match shape {
        GlassesShape::Round => (0.205, 0.195, 1.0),
        GlassesShape::Rectangular => (0.225, 0.150, 0.52),
    };
    let bend = |v: f32| v.signum() * v.abs().powf(square);
    // Narrower below, as lenses are.
    [
        bend(c) * wide * (1.0 - 0.05 * (0.5 - 0.5 * s)),
        bend(s) * high,
    ]
}

impl Bristles {
    pub(super) fn draw_glasses(&self, buffer: &mut Buffer, carriers: &Carriers, view: &View) {
        let Some(glasses) = self.glasses else { return };
        let colour = linear(glasses.colour);
        let z = self.bridge.z + 0.045;
        let at = |x: f32, y: f32, z: f32| view.project(carriers.carry(v3(x, y, z), 1.0));
        let lens = |side: f32, angle: f32| {
            let [x, y] = rim(glasses.shape, angle);
            let x = (0.312 + x) * side;
            // Frames follow the face round.
            at(x, 7.262 + y, z - 0.42 * x * x)
        };
        let thick = 0.026 * view.scale;
        let angle = |k: i32| k as f32 / STEPS as f32 * std::f32::consts::TAU;
        for side in [1.0, -1.0] {
            let edges: Vec<[V3; 2]> = (0..STEPS)
                .map(|k| [lens(side, angle(k)), lens(side, angle(k + 1))])
                .collect();
            // The frame's shadow on the skin, then the frame, then the light on its edge.
            let low = v3(0.0, 0.022 * view.scale, 0.0);
            let dark = v3(0.02, 0.01, 0.01);
            for &[a, b] in &edges {
                stroke(buffer, a + low, b + low, [thick * 1.5; 2], dark, 0.16);
            }
            for (&[a, b], k) in edges.iter().zip(0..) {
                let light = 0.8 + 0.5 * angle(k).sin().max(0.0);
                // A little longer than it is, so that no joint opens on the outer side.
                let end = b + (b - a) * 0.2;
                stroke(buffer, a, end, [thick; 2], colour * light, 0.97);
            }
            let high = v3(-0.004 * view.scale, -0.006 * view.scale, 0.01);
            let bright = colour * 1.2 + v3(0.22, 0.21, 0.2);
            for &[a, b] in &edges {
                stroke(buffer, a + high, b + high, [thick * 0.3; 2], bright, 0.45);
            }
            let (hinge, ear) = (
                at(0.53 * side, 7.33, z - 0.42 * 0.53 * 0.53),
                at(0.80 * side, 7.30, 0.72),
            );
            // Ends where the ear hides it.
            let wide = [thick * 1.1, thick * 0.8];
            stroke_on_head(buffer, hinge, ear, wide, colour * 0.8, 0.97);
        }
        let arch = |k: i32| {
            let t = k as f32 / 8.0 - 0.5;
            at(t * 0.24, 7.30 + 0.03 * (1.0 - 4.0 * t * t), z + 0.02)
        };
        for k in 0..8 {
            stroke(
                buffer,
                arch(k),
                arch(k + 1),
                [thick * 1.05; 2],
                colour * 1.1,
                0.97,
            );
        }
    }
}

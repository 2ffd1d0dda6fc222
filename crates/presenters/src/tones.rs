//! From light to the bytes of a picture, and back.

use crate::attributes::Rgb;
use crate::skin::linear;
use crate::vector::{V3, v3};

/// Light that the tone curve makes this colour of.
pub(crate) fn before_tones(rgb: Rgb) -> V3 {
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
fn to_srgb(c: [f32; 3]) -> [u8; 3] {
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

/// Linear light to bytes by table.
#[derive(Debug)]
pub(crate) struct Tones(Vec<u8>);

/// Steps of the table, and the light that its end stands for.
const STEPS: usize = 8192;
const MOST: f32 = 4.0;

impl Tones {
    pub(crate) fn new() -> Self {
        // By the square root, as the eye and sRGB have it: dark tones need finer steps.
        let at = |k: usize| (k as f32 / (STEPS - 1) as f32).powi(2) * MOST;
        Self((0..STEPS).map(|k| to_srgb([at(k); 3])[0]).collect())
    }

    pub(crate) fn bytes(&self, c: V3) -> [u8; 3] {
        c.to_array().map(|v| {
            let k = (v.clamp(0.0, MOST) / MOST).sqrt() * (STEPS - 1) as f32 + 0.5;
            self.0[(k as usize).min(STEPS - 1)]
        })
    }

    /// The bytes, and those of the opacity, of light that so much shines through of.
    #[inline]
    pub(crate) fn bytes_and_alpha(&self, c: V3, open: f32) -> ([u8; 3], u8) {
        if open <= 0.0 {
            return (self.bytes(c), 255);
        }
        let seen = 1.0 - open;
        // Where something shines through, the colour is that of what is there.
        let c = c * (1.0 / seen.max(1e-3));
        (self.bytes(c), (seen * 255.0 + 0.5) as u8)
    }
}

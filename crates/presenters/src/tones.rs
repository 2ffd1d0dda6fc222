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

/// Steps of the table follow the numbers' own bits: so many for each doubling of the light.
const DOUBLING: usize = 1 << 9;
const DROPPED: u32 = 23 - 9;

/// What is darker is black, what is brighter white.
const LEAST: f32 = 1.0 / 4096.0;
const MOST: f32 = 4.0;

impl Tones {
    pub(crate) fn new() -> Self {
        let steps = (MOST / LEAST).log2() as usize * DOUBLING;
        let first = LEAST.to_bits() >> DROPPED;
        let half = 1 << (DROPPED - 1);
        let at = |k: usize| f32::from_bits(((first + k as u32) << DROPPED) + half);
        let mut table: Vec<u8> = (0..steps).map(|k| to_srgb([at(k); 3])[0]).collect();
        table[0] = 0;
        Self(table)
    }

    #[inline]
    pub(crate) fn bytes(&self, c: V3) -> [u8; 3] {
        let first = LEAST.to_bits() >> DROPPED;
        c.to_array().map(|v| {
            let k = (v.max(LEAST).to_bits() >> DROPPED) - first;
            self.0[(k as usize).min(self.0.len() - 1)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_comes_back_from_the_light_that_makes_it() {
        let tones = Tones::new();
        for v in 0..=255 {
            let back = tones.bytes(before_tones([v; 3]))[0];
            assert!(v.abs_diff(back) <= 1, "{v} came back as {back}");
        }
        assert_eq!(tones.bytes(v3(-1.0, 0.0, 1e9)), [0, 0, 255]);
    }
}

//! A head for tests: not a person's, but with all that drawing one needs.

use crate::base::{HEAD_MAGIC, HeadBase};
use crate::vector::{V3, v3};

/// Vertices and faces under construction, as the setup command writes them.
#[derive(Default)]
struct Mesh {
    places: Vec<V3>,
    /// Corners and part.
    faces: Vec<[u32; 5]>,
}

impl Mesh {
    /// A ball of quads, flattened by axis.
    fn ball(&mut self, middle: V3, size: V3, rings: u32, part: u32) {
        let first = self.places.len() as u32;
        let around = rings * 2;
        for ring in 0..=rings {
            let (sin, cos) = (ring as f32 / rings as f32 * std::f32::consts::PI).sin_cos();
            for k in 0..around {
                let (s, c) = (k as f32 / around as f32 * std::f32::consts::TAU).sin_cos();
                self.places
                    .push(middle + v3(s * sin, cos, c * sin).times(size));
            }
        }
        for ring in 0..rings {
            for k in 0..around {
                let at = |ring: u32, k: u32| first + ring * around + k % around;
                let corners = [
                    at(ring, k),
                    at(ring + 1, k),
                    at(ring + 1, k + 1),
                    at(ring, k + 1),
                ];
                let [a, b, c, d] = corners;
                self.faces.push([a, b, c, d, part]);
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = HEAD_MAGIC.to_vec();
        let word = |bytes: &mut Vec<u8>, v: u32| bytes.extend(v.to_le_bytes());
        let numbers =
            |bytes: &mut Vec<u8>, v: &[f32]| bytes.extend(v.iter().flat_map(|v| v.to_le_bytes()));
        word(&mut bytes, self.places.len() as u32);
        for p in &self.places {
            numbers(&mut bytes, &p.to_array());
        }
        for _ in &self.places {
            numbers(&mut bytes, &[0.0; 4]);
        }
        word(&mut bytes, self.faces.len() as u32);
        for &v in self.faces.iter().flatten() {
            word(&mut bytes, v);
        }
        // One movement: what lies low on the face falls.
        word(&mut bytes, 1);
        bytes.push(7);
        bytes.extend(b"jawOpen");
        let low: Vec<u32> = (0..self.places.len() as u32)
            .filter(|&k| {
                let p = self.places[k as usize];
                p.z > 0.6 && (6.0..6.8).contains(&p.y)
            })
            .collect();
        word(&mut bytes, low.len() as u32);
        for k in low {
            word(&mut bytes, k);
            numbers(&mut bytes, &[0.0, -0.25, 0.0]);
        }
        bytes
    }
}

/// A ball with eyes on a larger one.
pub(crate) fn head() -> HeadBase {
    let mut mesh = Mesh::default();
    mesh.ball(v3(0.0, 7.25, 0.35), v3(0.78, 1.15, 1.05), 14, 0);
    mesh.ball(v3(0.0, 4.9, 0.1), v3(1.7, 1.3, 0.7), 12, 0);
    mesh.ball(v3(0.31, 7.285, 1.24), v3(0.14, 0.14, 0.14), 6, 1);
    mesh.ball(v3(-0.31, 7.285, 1.24), v3(0.14, 0.14, 0.14), 6, 2);
    HeadBase::read(&mesh.bytes()).expect("the reader knows what is written here")
}

//! How a face turned, moved and grew from one frame to another.

/// A similarity in space.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Similarity {
    /// Turn and scale.
    matrix: [[f32; 3]; 3],
    from: [f32; 3],
    to: [f32; 3],
    pub scale: f32,
}

/// Points that speech does not move: forehead, temples, corners of the eyes, the bridge and the sides of the nose.
const FIRM: [usize; 42] = [
    10, 109, 338, 67, 297, 151, 9, 8, 168, 6, 197, 195, 5, 54, 284, 21, 251, 127, 356, 162, 389,
    234, 454, 33, 133, 362, 263, 226, 446, 244, 464, 122, 351, 188, 412, 193, 417, 116, 345, 143,
    372, 4,
];

impl Similarity {
    /// The similarity that brings the firm points of one face nearest to those of another: Horn, "Closed-form solution
    /// of absolute orientation using unit quaternions" (1987).
    pub(crate) fn between(from: &[[f32; 3]], to: &[[f32; 3]]) -> Self {
        let middle = |points: &[[f32; 3]]| -> [f64; 3] {
            std::array::from_fn(|axis| {
                FIRM.iter()
                    .map(|&k| f64::from(points[k][axis]))
                    .sum::<f64>()
                    / FIRM.len() as f64
            })
        };
        let (a, b) = (middle(from), middle(to));
        let mut s = [[0.0_f64; 3]; 3];
        let (mut spread_a, mut spread_b) = (0.0, 0.0);
        for &k in &FIRM {
            let p: [f64; 3] = std::array::from_fn(|axis| f64::from(from[k][axis]) - a[axis]);
            let q: [f64; 3] = std::array::from_fn(|axis| f64::from(to[k][axis]) - b[axis]);
            for (row, p) in s.iter_mut().zip(p) {
                for (sum, q) in row.iter_mut().zip(q) {
                    *sum += p * q;
                }
            }
            spread_a += p.iter().map(|v| v * v).sum::<f64>();
            spread_b += q.iter().map(|v| v * v).sum::<f64>();
        }
        let scale = (spread_b / spread_a.max(1e-9)).sqrt().clamp(1e-3, 1e3);
        let turn = rotation(largest(&quaternion_matrix(&s)));
        Self {
            matrix: turn.map(|row| row.map(|v| (v * scale) as f32)),
            from: a.map(|v| v as f32),
            to: b.map(|v| v as f32),
            scale: scale as f32,
        }
    }

    pub(crate) fn apply(&self, p: [f32; 3]) -> [f32; 3] {
        let d: [f32; 3] = std::array::from_fn(|axis| p[axis] - self.from[axis]);
        std::array::from_fn(|row| {
            self.to[row]
                + self.matrix[row][0] * d[0]
                + self.matrix[row][1] * d[1]
                + self.matrix[row][2] * d[2]
        })
    }

    /// What a step along x and along y becomes in the picture.
    pub(crate) fn steps(&self) -> [[f32; 2]; 2] {
        [0, 1].map(|axis| [self.matrix[0][axis], self.matrix[1][axis]])
    }
}

fn quaternion_matrix(s: &[[f64; 3]; 3]) -> [[f64; 4]; 4] {
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = *s;
    [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ]
}

/// The eigenvector of the largest eigenvalue, by powers; the matrix is symmetric. It starts at "no turn", which faces are
/// never far from.
fn largest(n: &[[f64; 4]; 4]) -> [f64; 4] {
    // All eigenvalues become positive, so that the largest is also the largest by size.
    let shift = n
        .iter()
        .map(|row| row.iter().map(|v| v.abs()).sum::<f64>())
        .fold(0.0, f64::max);
    let mut v = [1.0, 0.01, 0.01, 0.01];
    for _ in 0..64 {
        let mut next: [f64; 4] = std::array::from_fn(|row| {
            shift * v[row] + n[row].iter().zip(&v).map(|(a, b)| a * b).sum::<f64>()
        });
        let size = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        if size < 1e-12 {
            return [1.0, 0.0, 0.0, 0.0];
        }
        for x in &mut next {
            *x /= size;
        }
        v = next;
    }
    v
}

fn rotation([w, x, y, z]: [f64; 4]) -> [[f64; 3]; 3] {
    [
        [
            1.0 - 2.0 * (y * y + z * z),
            2.0 * (x * y - w * z),
            2.0 * (x * z + w * y),
        ],
        [
            2.0 * (x * y + w * z),
            1.0 - 2.0 * (x * x + z * z),
            2.0 * (y * z - w * x),
        ],
        [
            2.0 * (x * z - w * y),
            2.0 * (y * z + w * x),
            1.0 - 2.0 * (x * x + y * y),
        ],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::LANDMARKS;

    #[test]
    fn a_turn_is_found_again() {
        let face: Vec<[f32; 3]> = (0..LANDMARKS)
            .map(|k| {
                let angle = k as f32 * 2.4;
                [
                    100.0 * angle.sin(),
                    k as f32 / 3.0,
                    40.0 * (angle * 1.7).cos(),
                ]
            })
            .collect();
        let (sin, cos) = 0.4_f32.sin_cos();
        let turned: Vec<[f32; 3]> = face
            .iter()
            .map(|&[x, y, z]| {
                let (x, z) = (x * cos + z * sin, z * cos - x * sin);
                [1.3 * x + 20.0, 1.3 * y - 7.0, 1.3 * z + 4.0]
            })
            .collect();
        let fit = Similarity::between(&face, &turned);
        assert!((fit.scale - 1.3).abs() < 1e-3, "{}", fit.scale);
        for (from, to) in face.iter().zip(&turned) {
            let got = fit.apply(*from);
            let near = got.iter().zip(to).all(|(a, b)| (a - b).abs() < 0.05);
            assert!(near, "{got:?} {to:?}");
        }
    }
}

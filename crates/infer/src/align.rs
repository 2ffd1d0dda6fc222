//! A face brought to the place where dlib's networks expect it.

use crate::sample::Region;

/// dlib's mean face of five points, and the landmarks that are those points: outer and inner eye
/// corner on the left of the picture, inner and outer on the right, base of the nose.
const TEMPLATE: [(usize, [f32; 2]); 5] = [
    (33, [0.120_575_06, 0.213_727_45]),
    (133, [0.334_085_06, 0.229_064_24]),
    (362, [0.646_060_48, 0.228_967_44]),
    (263, [0.859_567_46, 0.213_498_15]),
    (2, [0.490_112_3, 0.627_797_53]),
];

/// Means and scale of the colours in dlib's networks.
const MEANS: [f32; 3] = [122.782, 117.001, 104.298];
const SCALE: f32 = 1.0 / 256.0;

/// The region whose five points lie nearest (least squares) to the template, with room around the
/// face as a share of its size on each side.
pub(crate) fn aligned(landmarks: &[[f32; 3]], padding: f32) -> Region {
    let place = |share: [f32; 2]| share.map(|at| (padding + at) / (2.0 * padding + 1.0));
    let pairs =
        TEMPLATE.map(|(point, share)| (place(share), [landmarks[point][0], landmarks[point][1]]));
    let mean = |get: fn(&([f32; 2], [f32; 2])) -> f32| pairs.iter().map(get).sum::<f32>() / 5.0;
    let from = [mean(|pair| pair.0[0]), mean(|pair| pair.0[1])];
    let to = [mean(|pair| pair.1[0]), mean(|pair| pair.1[1])];
    // Closed form of the similarity a + ib that takes `from` to `to`, as complex numbers.
    let (mut along, mut across, mut size) = (0.0f32, 0.0f32, 0.0f32);
    for (share, point) in pairs {
        let [u, v] = [share[0] - from[0], share[1] - from[1]];
        let [x, y] = [point[0] - to[0], point[1] - to[1]];
        along += u * x + v * y;
        across += u * y - v * x;
        size += u * u + v * v;
    }
    let (a, b) = (along / size, across / size);
    let middle = [0.5 - from[0], 0.5 - from[1]];
    Region {
        center: [
            to[0] + a * middle[0] - b * middle[1],
            to[1] + b * middle[0] + a * middle[1],
        ],
        side: a.hypot(b),
        turn: b.atan2(a),
    }
}

/// Pixels of rows of RGB, 0 to 255, as the three planes that dlib's networks take.
pub(crate) fn planes(rows: &[f32]) -> Vec<f32> {
    let pixels = rows.as_chunks::<3>().0;
    (0..3)
        .flat_map(|channel| {
            pixels
                .iter()
                .map(move |rgb| (rgb[channel] - MEANS[channel]) * SCALE)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_finds_the_region_the_points_came_from() {
        let padding = 0.2;
        let region = Region {
            center: [410.0, 260.0],
            side: 180.0,
            turn: -0.3,
        };
        let mut landmarks = vec![[0.0; 3]; crate::LANDMARKS];
        for (point, share) in TEMPLATE {
            let place = share.map(|at| (padding + at) / (2.0 * padding + 1.0));
            let [x, y] = region.to_picture()(place);
            landmarks[point] = [x, y, 0.0];
        }
        let got = aligned(&landmarks, padding);
        assert!((got.side - region.side).abs() < 0.01 && (got.turn - region.turn).abs() < 1e-4);
        assert!((got.center[0] - 410.0).abs() < 0.01 && (got.center[1] - 260.0).abs() < 0.01);
    }
}

//! How the head is turned, out of the landmarks.

/// The turn of a head in radians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadPose {
    /// Turn to a side: 0 looks into the camera, positive towards the right edge of the picture.
    pub yaw: f32,
    /// Nod: positive looks down.
    pub pitch: f32,
    /// Tilt: positive is clockwise on the screen.
    pub roll: f32,
}

type Vector = [f32; 3];

/// Sides of the face at the ears, from the left to the right of the picture.
const SIDES: [usize; 2] = [234, 454];
/// Outer eye corners, from the left to the right of the picture.
const EYES: [usize; 2] = [33, 263];
/// Top of the forehead and tip of the chin: equally deep in the canonical face, so their line is
/// the upright axis of the head.
const UPRIGHT: [usize; 2] = [10, 152];

/// Splits the axes of the face into turns about z, then y, then x.
pub(crate) fn of_landmarks(points: &[Vector]) -> HeadPose {
    let line = |[from, to]: [usize; 2]| sum(points[to], scaled(points[from], -1.0));
    let across = unit(sum(unit(line(SIDES)), unit(line(EYES))));
    let down = line(UPRIGHT);
    let down = unit(sum(down, scaled(across, -dot(down, across))));
    let depth_of_depth = across[0] * down[1] - across[1] * down[0];
    HeadPose {
        yaw: across[2].clamp(-1.0, 1.0).asin(),
        pitch: down[2].atan2(depth_of_depth),
        roll: across[1].atan2(across[0]),
    }
}

fn sum(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|axis| a[axis] + b[axis])
}

fn scaled(vector: Vector, factor: f32) -> Vector {
    vector.map(|value| value * factor)
}

fn dot(a: Vector, b: Vector) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn unit(vector: Vector) -> Vector {
    scaled(
        vector,
        1.0 / dot(vector, vector).sqrt().max(f32::MIN_POSITIVE),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schematic face turned about x, then y, then z.
    fn face(yaw: f32, pitch: f32, roll: f32) -> Vec<Vector> {
        let mut points = vec![[0.0; 3]; crate::LANDMARKS];
        points[234] = [-70.0, 0.0, 50.0];
        points[454] = [70.0, 0.0, 50.0];
        points[33] = [-45.0, -30.0, 20.0];
        points[263] = [45.0, -30.0, 20.0];
        points[10] = [0.0, -80.0, 0.0];
        points[152] = [0.0, 90.0, 0.0];
        for [x, y, z] in &mut points {
            let (s, c) = pitch.sin_cos();
            (*y, *z) = (*y * c - *z * s, *y * s + *z * c);
            let (s, c) = yaw.sin_cos();
            (*x, *z) = (*x * c - *z * s, *x * s + *z * c);
            let (s, c) = roll.sin_cos();
            (*x, *y) = (*x * c - *y * s, *x * s + *y * c);
        }
        points
    }

    #[test]
    fn turns_come_back() {
        for (yaw, pitch, roll) in [(0.0, 0.0, 0.0), (0.5, 0.2, -0.3), (-0.9, -0.4, 2.0)] {
            let pose = of_landmarks(&face(yaw, pitch, roll));
            let error = (pose.yaw - yaw).abs() + (pose.pitch - pitch).abs();
            assert!(
                error + (pose.roll - roll).abs() < 1e-4,
                "{yaw} {pitch} {roll}: {pose:?}"
            );
        }
    }
}

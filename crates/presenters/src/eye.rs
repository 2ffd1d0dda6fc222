//! The visible eye: white, iris, pupil and what is mirrored in them.

use crate::light::{KEY, RIM};
use crate::vector::{V3, bell, noise, smooth, v3};

/// Half of the iris, seen from the eye's centre, in radians.
const IRIS: f32 = 0.50;
const PUPIL: f32 = 0.205;

/// Colour of the eye's surface. `d` is the direction from the eye's centre, in the frame of the eye (z out of the
/// pupil); `light` what reaches it; `world` the direction in the frame of the studio.
pub(crate) fn surface(iris: V3, seed: f32, d: V3, light: V3, world: V3, towards: V3) -> V3 {
    let angle = d.z.clamp(-1.0, 1.0).acos();
    let round = d.y.atan2(d.x);
    let white = v3(0.80, 0.755, 0.735);
    let corner = smooth(0.5, 1.1, angle);
    let vein = smooth(0.25, 0.6, noise(v3(round * 9.0 + seed, angle * 6.0, 3.0)))
        * smooth(0.6, 1.0, angle);
    let white = white.times(v3(
        1.0,
        1.0 - 0.16 * corner - 0.10 * vein,
        1.0 - 0.18 * corner - 0.10 * vein,
    ));
    let t = angle / IRIS;
    let fibre = noise(v3(round * 16.0, t * 1.5, seed)) * 0.5
        + noise(v3(round * 38.0, t * 3.0, seed + 4.0)) * 0.35;
    // Brighter away from the light: the cornea gathers it there.
    let lit = v3(d.x, d.y, 0.0).dot(v3(-KEY.x, -KEY.y, 0.0).unit()) / IRIS;
    let ring = smooth(0.62, 1.02, t);
    let collar = bell((t - 0.52) / 0.16);
    let mut colour =
        iris * (0.85 + 0.55 * fibre + 0.35 * collar + 0.45 * lit.max(-0.3)) * (1.0 - 0.72 * ring);
    colour = colour.mix(
        v3(iris.x * 1.15 + 0.03, iris.y * 0.95 + 0.015, iris.z * 0.75),
        collar * 0.35,
    );
    let pupil = smooth(PUPIL + 0.025, PUPIL - 0.02, angle);
    colour = colour.mix(v3(0.004, 0.004, 0.005), pupil);
    let edge = smooth(IRIS - 0.035, IRIS + 0.045, angle);
    let body = colour.mix(white, edge).times(light);
    // The cornea bulges, so it mirrors a wider room than the ball.
    let bulge = (1.0 - smooth(IRIS * 0.7, IRIS * 1.25, angle)) * 0.35;
    let normal = (world + v3(world.x, world.y, 0.0) * bulge).unit();
    let mirror = normal * (2.0 * normal.dot(towards)) - towards;
    let window = box_light(mirror, KEY, 0.20, 0.26) * 6.5
        + box_light(mirror, v3(0.75, 0.25, 0.6), 0.10, 0.22) * 1.1
        + box_light(mirror, RIM, 0.1, 0.1) * 0.3;
    let fresnel = 0.035 + 0.4 * (1.0 - normal.dot(towards).clamp(0.0, 1.0)).powi(4);
    body + v3(1.0, 0.98, 0.95) * (window * (0.11 + 0.3 * fresnel))
        + v3(0.5, 0.55, 0.6).times(light) * (fresnel * 0.35)
}

/// A soft-edged rectangle of light.
fn box_light(d: V3, at: V3, half_width: f32, half_height: f32) -> f32 {
    let at = at.unit();
    let right = v3(0.0, 1.0, 0.0).cross(at).unit();
    let up = at.cross(right);
    let forward = d.dot(at);
    if forward <= 0.2 {
        return 0.0;
    }
    let (x, y) = (d.dot(right) / forward, d.dot(up) / forward);
    let side = |v: f32, half: f32| smooth(half + 0.06, half - 0.06, v.abs());
    side(x, half_width) * side(y, half_height)
}

//! What a face does in one frame, and how the head carries its parts along.

use crate::vector::{V3, smooth, v3};
use crate::view::DISTANCE as LENS_DISTANCE;

/// One frame's position of the face; see `likeness_render::Pose`, which has the same channels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Expression {
    pub jaw: f32,
    pub pucker: f32,
    pub wide: f32,
    pub upper: f32,
    pub lower: f32,
    pub press: f32,
    pub tongue: f32,
    pub blink: f32,
    pub brow: f32,
    pub smile: f32,
    pub gaze: [f32; 2],
    /// Pitch (down), yaw (to the picture's right), roll, in radians.
    pub turn: [f32; 3],
    /// In eye distances.
    pub lift: f32,
    /// Towards the camera, as the share by which the head grows.
    pub lean: f32,
}

/// Distance of the eyes in units, about.
pub(crate) const EYE_DISTANCE: f32 = 0.62;

/// The head turns about this.
pub(crate) const PIVOT: V3 = v3(0.0, 6.2, 0.3);

/// How much of the head's turn a place takes part in.
pub(crate) fn head_share(p: V3) -> f32 {
    smooth(5.45, 6.45, p.y + 0.25 * (0.6 - p.z).clamp(-0.8, 0.8))
}

impl Expression {
    /// How the head carries its parts along.
    pub(crate) fn carriers(&self) -> Carriers {
        let at = |k: usize| {
            let share = k as f32 / LEVELS as f32;
            let axis = |d: V3| d.turned(self.turn.map(|v| v * share));
            Carrier {
                x: axis(v3(1.0, 0.0, 0.0)),
                y: axis(v3(0.0, 1.0, 0.0)),
                z: axis(v3(0.0, 0.0, 1.0)),
                by: v3(0.0, self.lift * EYE_DISTANCE, self.lean * LENS_DISTANCE) * share,
            }
        };
        Carriers(std::array::from_fn(at))
    }
}

/// Shares between these are carried to places between.
const LEVELS: usize = 24;

/// The movement of the head in one frame, by share.
pub(crate) struct Carriers([Carrier; LEVELS + 1]);

impl Carriers {
    #[inline]
    pub(crate) fn carry(&self, p: V3, share: f32) -> V3 {
        if share >= 1.0 {
            return self.0[LEVELS].carry(p);
        }
        if share <= 0.0 {
            return p;
        }
        let at = share * LEVELS as f32;
        let k = (at as usize).min(LEVELS - 1);
        let (one, other) = (self.0[k].carry(p), self.0[k + 1].carry(p));
        one.mix(other, at - k as f32)
    }
}

/// A turn about [`PIVOT`] and a shift: where the axes go.
struct Carrier {
    x: V3,
    y: V3,
    z: V3,
    by: V3,
}

impl Carrier {
    fn carry(&self, p: V3) -> V3 {
        let d = p - PIVOT;
        self.x * d.x + self.y * d.y + self.z * d.z + PIVOT + self.by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_between_levels_are_carried_as_if_they_were_levels() {
        let e = Expression {
            turn: [0.1, -0.2, 0.05],
            lift: 0.03,
            lean: 0.02,
            ..Expression::default()
        };
        let p = v3(0.4, 7.3, 1.2);
        let carriers = e.carriers();
        let carry = |p: V3, share: f32| {
            let turned = (p - PIVOT).turned(e.turn.map(|v| v * share)) + PIVOT;
            turned + v3(0.0, e.lift * EYE_DISTANCE, e.lean * LENS_DISTANCE) * share
        };
        for share in [0.0, 0.01, 0.3, 0.77, 1.0] {
            let (one, other) = (carry(p, share), carriers.carry(p, share));
            assert!((one - other).length() < 1e-4, "{share}: {one:?} {other:?}");
        }
        assert_eq!(carriers.carry(p, 0.0), p);
    }
}

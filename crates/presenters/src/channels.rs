//! The movements of a face: which shapes of the mesh each channel of an expression moves, and how far.

use crate::base::HeadBase;
use crate::expression::Expression;
use crate::subdivide::Refined;
use crate::vector::V3;

/// Shapes with their weights at a channel's full extent.
const CHANNELS: [&[(&str, f32)]; 13] = [
    // Jaw.
    &[("jawOpen", 0.72)],
    // Pucker.
    &[("mouthPucker", 0.85), ("mouthFunnel", 0.30)],
    // Wide.
    &[
        ("mouthStretchLeft", 0.30),
        ("mouthStretchRight", 0.30),
        ("mouthSmileLeft", 0.22),
        ("mouthSmileRight", 0.22),
    ],
    // Upper lip.
    &[("mouthUpperUpLeft", 0.55), ("mouthUpperUpRight", 0.55)],
    // Lower lip down.
    &[("mouthLowerDownLeft", 0.6), ("mouthLowerDownRight", 0.6)],
    // Lower lip up to the teeth.
    &[("mouthRollLower", 0.75), ("mouthShrugLower", 0.30)],
    // Press.
    &[
        ("mouthPressLeft", 0.45),
        ("mouthPressRight", 0.45),
        ("mouthRollUpper", 0.12),
        ("mouthRollLower", 0.12),
    ],
    // Blink.
    &[("eyeBlinkLeft", 1.0), ("eyeBlinkRight", 1.0)],
    // Brows.
    &[
        ("browInnerUp", 0.6),
        ("browOuterUpLeft", 0.6),
        ("browOuterUpRight", 0.6),
    ],
    // Smile.
    &[
        ("mouthSmileLeft", 0.85),
        ("mouthSmileRight", 0.85),
        ("mouthDimpleLeft", 0.2),
        ("mouthDimpleRight", 0.2),
        ("cheekSquintLeft", 0.5),
        ("cheekSquintRight", 0.5),
        ("eyeSquintLeft", 0.25),
        ("eyeSquintRight", 0.25),
    ],
    // Attention.
    &[
        ("eyeWideLeft", 0.34),
        ("eyeWideRight", 0.34),
        ("browInnerUp", 0.12),
    ],
    // Look down.
    &[("eyeLookDownLeft", 1.0), ("eyeLookDownRight", 1.0)],
    // Look up.
    &[("eyeLookUpLeft", 1.0), ("eyeLookUpRight", 1.0)],
];

/// Movements of the base's vertices, by channel, at full extent.
pub(crate) fn of_base(base: &HeadBase) -> Vec<Vec<(u32, V3)>> {
    CHANNELS
        .iter()
        .map(|shapes| channel(base, shapes))
        .collect()
}

fn channel(base: &HeadBase, shapes: &[(&str, f32)]) -> Vec<(u32, V3)> {
    let of = |(name, weight): &(&str, f32)| {
        let weight = *weight;
        base.shape(name).iter().map(move |&(k, d)| (k, d * weight))
    };
    shapes.iter().flat_map(of).collect()
}

/// Refinement is linear, so movements can be refined beforehand.
pub(crate) fn refine(refined: &Refined, vertices: usize, moves: &[(u32, V3)]) -> Vec<(u32, V3)> {
    let mut dense = vec![V3::ZERO; vertices];
    for &(k, d) in moves {
        dense[k as usize] += d;
    }
    let all = refined.apply(&dense);
    let far = |(_, d): &(u32, V3)| d.dot(*d) > NOTHING * NOTHING;
    (0..).zip(all).filter(far).collect()
}

/// What moves by less, in units, stays.
const NOTHING: f32 = 5e-5;

/// How far each channel is moved by an expression; in the order of [`CHANNELS`].
fn amounts(e: &Expression) -> [f32; CHANNELS.len()] {
    let open = 1.0 - e.press * 0.9;
    // The lids of the mesh rest low: the first half of their way closes more than half of the eye.
    let blink = e.blink * (0.4 + 0.6 * e.blink);
    // A hanging jaw would part the lips of a rounded mouth too far.
    [
        e.jaw * open,
        e.pucker,
        e.wide * (1.0 - 0.6 * e.pucker),
        (e.upper + 0.22 * e.jaw * (1.0 - 0.7 * e.pucker)) * open,
        e.lower.max(0.0) * open,
        (-e.lower).max(0.0),
        e.press,
        blink,
        e.brow,
        e.smile * (1.0 - 0.55 * e.pucker),
        1.0 - blink,
        e.gaze[1].max(0.0) * 3.0,
        (-e.gaze[1]).max(0.0) * 3.0,
    ]
}

/// Adds an expression's movements to places at rest.
pub(crate) fn deform(places: &mut [V3], moves: &[Vec<(u32, V3)>], e: &Expression) {
    for (moves, amount) in moves.iter().zip(amounts(e)) {
        if amount != 0.0 {
            for &(k, d) in moves {
                places[k as usize] += d * amount;
            }
        }
    }
}

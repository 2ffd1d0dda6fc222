//! What each outfit is cut of.

use crate::attributes::{Attributes, OutfitKind};
use crate::skin::linear;
use crate::vector::{V3, smooth, v3};

/// How a cloth looks close up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Weave {
    Fine,
    Knit,
    Rib,
    Wool,
    Silk,
    Denim,
    Hard,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Cloth {
    pub(super) colour: V3,
    pub(super) weave: Weave,
}

/// A piece at a place: how far inside its edge (negative outside), its thickness, and what it is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) inside: f32,
    pub(super) thick: f32,
    pub(super) bevel: f32,
    /// Hides the relief of what lies below; its thickness counts from the body.
    pub(super) over: bool,
    pub(super) cloth: Cloth,
}

/// Distance inside a polygon, mirrored at x = 0.
fn polygon(p: [f32; 2], corners: &[[f32; 2]]) -> f32 {
    let (mut least, mut within) = (f32::MAX, false);
    let n = corners.len();
    for k in 0..n {
        let (a, b) = (corners[k], corners[(k + 1) % n]);
        let (ex, ey) = (b[0] - a[0], b[1] - a[1]);
        let (wx, wy) = (p[0] - a[0], p[1] - a[1]);
        let t = ((wx * ex + wy * ey) / (ex * ex + ey * ey)).clamp(0.0, 1.0);
        least = least.min((wx - ex * t).powi(2) + (wy - ey * t).powi(2));
        if (a[1] > p[1]) != (b[1] > p[1])
            && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0]
        {
            within = !within;
        }
    }
    if within { least.sqrt() } else { -least.sqrt() }
}

/// A neckline: height of its lowest point, half width at the shoulders, and how square it is.
fn below(x: f32, y: f32, bottom: f32, half: f32, power: f32) -> f32 {
    let t = x.abs() / half;
    let rise = 5.86 - bottom;
    let slope = rise * power * t.powf(power - 1.0) / half;
    (bottom + rise * t.powf(power) - y) / (1.0 + slope * slope).sqrt()
}

/// How much higher collars lie than their patterns say, in units.
const RAISED: f32 = 0.17;

/// Pieces at a place, lowest first.
#[expect(clippy::too_many_lines, reason = "one arm for each outfit")]
pub(super) fn pieces(a: &Attributes, x: f32, y: f32, found: &mut Vec<Piece>) {
    // The patterns below were cut for a longer neck.
    let y = y - RAISED * smooth(4.75, 5.35, y);
    let outer = linear(a.outfit.colour);
    let under = linear(a.outfit.under);
    let cloth = |colour: V3, weave: Weave| Cloth { colour, weave };
    let mut add = |inside: f32, thick: f32, bevel: f32, cloth: Cloth| {
        found.push(Piece {
            inside,
            thick,
            bevel,
            over: thick > 0.09,
            cloth,
        });
    };
    let m = x.abs();
    let shirt_collar =
        |add: &mut dyn FnMut(f32, f32, f32, Cloth), c: Cloth, spread: f32, tie: Option<Cloth>| {
            // The stand round the neck, then the leaf that falls over it.
            let stand = polygon(
                [m, y],
                &[
                    [-0.05, 5.30],
                    [0.06, 5.36],
                    [0.30, 5.50],
                    [0.47, 5.86],
                    [0.58, 5.84],
                    [0.52, 5.45],
                    [0.2, 5.2],
                    [-0.05, 5.2],
                ],
            );
            add(stand, 0.012, 0.02, c);
            // A knot sits on the stand, below the leaves.
            if let Some(tie) = tie {
                let knot = polygon(
                    [m, y],
                    &[[-0.2, 5.38], [0.115, 5.38], [0.072, 5.13], [-0.2, 5.10]],
                );
                add(knot, 0.03, 0.05, tie);
            }
            let leaf = polygon(
                [m, y],
                &[
                    [0.015, 5.37],
                    [0.12, 5.44],
                    [0.31, 5.58],
                    [0.46, 5.88],
                    [0.64, 5.93],
                    [0.78, 5.70],
                    [0.66, 5.36],
                    [0.26 + spread, 4.98],
                    [0.19 + spread, 5.02],
                ],
            );
            add(leaf, 0.026, 0.03, c);
        };
    let placket = |add: &mut dyn FnMut(f32, f32, f32, Cloth), c: Cloth| {
        add((0.075 - (x - 0.01).abs()).min(5.24 - y), 0.012, 0.010, c);
        for button in [5.02, 4.62, 4.22, 3.82] {
            let d = ((x - 0.01).powi(2) + (y - button).powi(2)).sqrt();
            add(
                0.028 - d,
                0.014,
                0.010,
                cloth(c.colour.mix(v3(0.75, 0.73, 0.70), 0.55) * 0.9, Weave::Hard),
            );
        }
    };
    let lapels = |add: &mut dyn FnMut(f32, f32, f32, Cloth), c: Cloth| {
        let opening = 0.46 * smooth(3.9, 5.75, y).powf(0.85) + 0.02;
        add(
            (m - opening)
                .min(below(x, y, 4.6, 0.62, 3.0) + 0.5)
                .min(m - opening)
                // Lower at the neck than a shirt's collar.
                .min(5.80 - y + 0.25 * (m - 0.46)),
            0.10,
            0.03,
            c,
        );
        let leaf = polygon(
            [m, y],
            &[
                [0.44, 5.78],
                [0.60, 5.66],
                [0.74, 5.30],
                [0.66, 5.22],
                [0.86, 5.12],
                [0.62, 4.55],
                [0.04, 3.85],
                [0.01, 3.95],
                [0.22, 4.62],
                [0.40, 5.35],
            ],
        );
        add(leaf, 0.028, 0.028, c);
        let collar = polygon(
            [m, y],
            &[
                [0.43, 5.80],
                [0.54, 5.84],
                [0.66, 5.66],
                [0.82, 5.30],
                [0.70, 5.22],
                [0.60, 5.45],
                [0.48, 5.70],
            ],
        );
        add(collar, 0.026, 0.026, c);
    };
    match a.outfit.kind {
        OutfitKind::TShirt => {
            let d = below(x, y, 5.28, 0.72, 2.1);
            add(d, 0.025, 0.02, cloth(outer, Weave::Fine));
            add(
                d.min(0.085 - d),
                0.012,
                0.012,
                cloth(outer * 0.96, Weave::Rib),
            );
        }
        OutfitKind::VNeck => {
            let d = below(x, y, 4.90, 0.70, 1.3);
            add(d, 0.03, 0.02, cloth(outer, Weave::Fine));
            add(
                d.min(0.055 - d),
                0.012,
                0.012,
                cloth(outer * 0.96, Weave::Rib),
            );
        }
        OutfitKind::Sweater => {
            let d = below(x, y, 5.34, 0.74, 2.1);
            add(d, 0.05, 0.04, cloth(outer, Weave::Knit));
            add(
                d.min(0.13 - d),
                0.035,
                0.03,
                cloth(outer * 0.97, Weave::Rib),
            );
        }
        OutfitKind::Turtleneck => {
            add(
                below(x, y, 5.42, 0.72, 2.4),
                0.04,
                0.03,
                cloth(outer, Weave::Knit),
            );
            let roll = polygon(
                [m, y],
                &[
                    [-0.1, 5.24],
                    [0.38, 5.31],
                    [0.64, 5.46],
                    [0.74, 5.76],
                    [0.5, 5.78],
                    [-0.1, 5.70],
                ],
            );
            add(roll, 0.05, 0.09, cloth(outer, Weave::Rib));
        }
        OutfitKind::Shirt => {
            let c = cloth(outer, Weave::Fine);
            add(below(x, y, 5.30, 0.64, 2.2), 0.03, 0.02, c);
            placket(&mut add, c);
            shirt_collar(&mut add, c, 0.04, None);
        }
        OutfitKind::Blouse => {
            let c = cloth(outer, Weave::Silk);
            add(below(x, y, 4.98, 0.60, 1.5), 0.03, 0.02, c);
            let leaf = polygon(
                [m, y],
                &[
                    [0.02, 4.96],
                    [0.34, 5.46],
                    [0.46, 5.88],
                    [0.57, 5.92],
                    [0.68, 5.60],
                    [0.56, 5.20],
                    [0.30, 4.86],
                ],
            );
            add(leaf, 0.026, 0.03, c);
        }
        OutfitKind::Suit | OutfitKind::LabCoat => {
            let shirt = cloth(under, Weave::Fine);
            add(
                below(x, y, 5.30, 0.58, 2.2).min(5.86 - y),
                0.03,
                0.02,
                shirt,
            );
            placket(&mut add, shirt);
            let tie = a.outfit.tie.map(|tie| cloth(linear(tie), Weave::Silk));
            if let Some(tie) = tie {
                let wide = 0.085 + 0.10 * smooth(5.15, 4.0, y);
                add((wide - x.abs()).min(5.22 - y), 0.04, 0.05, tie);
            }
            shirt_collar(&mut add, shirt, 0.0, tie);
            let weave = if a.outfit.kind == OutfitKind::Suit {
                Weave::Wool
            } else {
                Weave::Fine
            };
            lapels(&mut add, cloth(outer, weave));
        }
        OutfitKind::Blazer => {
            add(
                below(x, y, 5.06, 0.56, 2.0).min(5.46 - y),
                0.025,
                0.02,
                cloth(under, Weave::Silk),
            );
            lapels(&mut add, cloth(outer, Weave::Wool));
        }
        OutfitKind::Hoodie => {
            add(
                below(x, y, 5.30, 0.62, 2.2),
                0.05,
                0.04,
                cloth(outer, Weave::Denim),
            );
            let hood = polygon(
                [m, y],
                &[
                    [0.10, 5.16],
                    [0.34, 5.40],
                    [0.47, 5.80],
                    [0.60, 6.02],
                    [0.80, 5.80],
                    [0.78, 5.40],
                    [0.50, 5.05],
                    [0.14, 5.00],
                ],
            );
            add(hood, 0.12, 0.10, cloth(outer, Weave::Denim));
            let cord = (0.022 - (m - 0.17 - 0.02 * (y * 9.0).sin()).abs())
                .min(5.12 - y)
                .min(y - 4.45);
            add(cord, 0.02, 0.02, cloth(v3(0.8, 0.79, 0.76), Weave::Rib));
        }
    }
}

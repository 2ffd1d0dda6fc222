//! Hair as strands: grown from the scalp along the flow of a style, gathered into locks.

use crate::attributes::{Attributes, HairStyle};
use crate::base::HeadBase;
use crate::scalp::{self, Obstacle, Root, SKULL};
use crate::vector::{Random, V3, lerp, noise, smooth, v3};

/// A strand from root to tip.
#[derive(Debug, Clone)]
pub(crate) struct Strand {
    pub points: Vec<V3>,
    /// -1 to 1: darker or lighter than the rest.
    pub tint: f32,
    pub grey: bool,
}

/// What makes a style.
#[derive(Debug, Clone, Copy)]
struct Style {
    count: usize,
    steps: usize,
    /// Length in units, at the top and at the sides.
    top: f32,
    sides: f32,
    /// How steeply strands leave the skin, 0 (flat) to 1 (upright).
    lift: f32,
    /// How soon strands follow the flow, and how heavy they hang.
    follow: f32,
    weight: f32,
    /// Thickness of the hair above the skin.
    thick: f32,
    /// Locks: their number and how closely strands keep to them.
    locks: usize,
    clump: f32,
    /// Waves: width, and how many along a strand.
    wave: f32,
    waves: f32,
    /// How closely hair keeps to the head, 0 to 1.
    hug: f32,
    flow: Flow,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Flow {
    /// Away from a parting at this x, then down.
    Parted(f32),
    /// Over the head to the back.
    Back,
    /// To this place.
    Knot(V3),
    /// Forward to the side.
    Fringe,
    /// Straight out.
    Out,
}

#[expect(clippy::too_many_lines, reason = "a table of styles")]
fn style(hair: HairStyle) -> Option<Style> {
    let short = Style {
        count: 26_000,
        steps: 9,
        top: 0.5,
        sides: 0.16,
        lift: 0.45,
        follow: 0.35,
        weight: 0.0,
        thick: 0.10,
        locks: 500,
        clump: 0.55,
        wave: 0.0,
        waves: 0.0,
        hug: 0.3,
        flow: Flow::Back,
    };
    let long = Style {
        count: 30_000,
        steps: 26,
        top: 3.0,
        sides: 2.6,
        lift: 0.42,
        follow: 0.38,
        weight: 0.34,
        thick: 0.13,
        locks: 800,
        clump: 0.42,
        wave: 0.0,
        waves: 0.0,
        hug: 0.62,
        flow: Flow::Parted(0.16),
    };
    Some(match hair {
        HairStyle::Bald => return None,
        HairStyle::Buzz => Style {
            count: 44_000,
            steps: 3,
            top: 0.06,
            sides: 0.045,
            lift: 0.8,
            thick: 0.0,
            clump: 0.0,
            ..short
        },
        HairStyle::SideParted => Style {
            flow: Flow::Parted(0.30),
            top: 0.62,
            sides: 0.20,
            thick: 0.16,
            lift: 0.5,
            ..short
        },
        HairStyle::SweptBack => Style {
            top: 0.75,
            sides: 0.2,
            thick: 0.17,
            lift: 0.42,
            ..short
        },
        HairStyle::ShortCurly => Style {
            hug: 0.0,
            flow: Flow::Out,
            top: 0.55,
            sides: 0.26,
            wave: 0.055,
            waves: 3.5,
            thick: 0.1,
            lift: 0.9,
            clump: 0.9,
            locks: 900,
            steps: 16,
            count: 22_000,
            ..short
        },
        HairStyle::Pixie => Style {
            flow: Flow::Fringe,
            top: 0.62,
            sides: 0.34,
            thick: 0.15,
            lift: 0.4,
            ..short
        },
        HairStyle::Bob => Style {
            top: 1.62,
            sides: 1.18,
            steps: 18,
            weight: 0.34,
            ..long
        },
        HairStyle::LongStraight => long,
        HairStyle::LongWavy => Style {
            wave: 0.085,
            waves: 3.2,
            thick: 0.15,
            clump: 0.55,
            locks: 520,
            ..long
        },
        HairStyle::LongCurly => Style {
            hug: 0.4,
            top: 2.0,
            sides: 1.7,
            wave: 0.085,
            waves: 8.0,
            thick: 0.3,
            lift: 0.7,
            clump: 0.86,
            locks: 700,
            steps: 40,
            weight: 0.26,
            count: 24_000,
            ..long
        },
        HairStyle::Bun => Style {
            flow: Flow::Knot(v3(0.0, 8.2, -0.55)),
            top: 1.5,
            sides: 1.5,
            thick: 0.03,
            lift: 0.12,
            follow: 0.7,
            weight: 0.0,
            steps: 16,
            clump: 0.3,
            count: 24_000,
            ..long
        },
        HairStyle::Ponytail => Style {
            flow: Flow::Knot(v3(0.0, 7.55, -0.85)),
            top: 1.6,
            sides: 1.5,
            thick: 0.035,
            lift: 0.12,
            follow: 0.7,
            weight: 0.0,
            steps: 16,
            clump: 0.3,
            count: 24_000,
            ..long
        },
        HairStyle::Afro => Style {
            hug: 0.0,
            flow: Flow::Out,
            top: 0.56,
            sides: 0.46,
            wave: 0.05,
            waves: 9.0,
            lift: 1.0,
            thick: 0.0,
            clump: 0.55,
            locks: 2600,
            steps: 30,
            count: 26_000,
            ..short
        },
    })
}

/// Hair grows back from the forehead of men as they age.
pub(crate) fn receding(a: &Attributes) -> f32 {
    (a.masculinity * ((a.age - 32.0) / 45.0)).clamp(0.0, 1.0) * 0.8
}

/// All strands of the presenter's head.
pub(crate) fn grow(base: &HeadBase, places: &[V3], a: &Attributes) -> Vec<Strand> {
    let Some(style) = style(a.hair.style) else {
        return Vec::new();
    };
    let mut random = Random::new(a.seed ^ 0x4841_4952);
    let back = receding(a);
    let roots = scalp::roots(base, places, style.count, &mut random, |p| {
        scalp::share(p, a.hair.style, back)
    });
    let obstacle = Obstacle::new(base, places);
    let mut strands: Vec<Strand> = roots
        .iter()
        .map(|root| {
            let mut own = Random::new(random.bits());
            Strand {
                points: strand(&style, root, &obstacle, &mut own),
                tint: own.normal() * 0.45,
                grey: own.share() < a.hair.grey,
            }
        })
        .collect();
    gather(&style, &roots, &mut strands, &mut random);
    if style.waves < 5.0 && style.flow != Flow::Out {
        for strand in &mut strands {
            straighten(&mut strand.points);
        }
    }
    if style.flow != Flow::Fringe {
        strands.retain(|strand| !strand.points.iter().any(|&p| is_before_face(p)));
    }
    if let Flow::Knot(at) = style.flow {
        knot(a, at, &mut strands, &mut random);
    }
    strands
}

fn is_before_face(p: V3) -> bool {
    let beside = p.x.abs();
    (beside < 0.42 && p.y < 7.1 && p.z > 0.5) || (beside < 0.66 && p.y < 7.72 && p.z > 0.95)
}

/// Takes the kinks out that the steps of growing leave.
fn straighten(points: &mut [V3]) {
    for _ in 0..3 {
        let mut before = points[0];
        for k in 1..points.len().saturating_sub(1) {
            let now = points[k];
            points[k] = (before + points[k + 1]) * 0.25 + now * 0.5;
            before = now;
        }
    }
}

/// Where a place on the head belongs: 0 at the sides and nape, 1 on top.
fn topness(p: V3) -> f32 {
    smooth(7.55, 8.05, p.y + 0.12 * (p.z - 0.4))
}

fn strand(style: &Style, root: &Root, obstacle: &Obstacle, random: &mut Random) -> Vec<V3> {
    let top = topness(root.rest);
    // Some strands have grown back only in part.
    let uneven = random.between(0.82, 1.08) * lerp(1.0, 0.72, random.share().powi(4));
    let length = lerp(style.sides, style.top, top) * uneven;
    let step = length / style.steps as f32;
    let margin = 0.012 + style.thick * lerp(0.55, 1.0, top) * random.share().powf(0.7);
    let front = root.rest.z > 0.38;
    let mut p = root.place;
    let flow = flow(style, root, p);
    let mut d =
        (root.normal * style.lift + flow * (1.0 - style.lift) + jitter(random, 0.10)).unit();
    let mut points = Vec::with_capacity(style.steps + 1);
    points.push(p);
    for k in 0..style.steps {
        let t = k as f32 / style.steps as f32;
        let along = self::flow(style, root, p);
        let hanging = style.weight * smooth(0.05, 0.4, t);
        d = (d * (1.0 - style.follow)
            + along * style.follow
            + v3(0.0, -hanging, 0.0)
            + jitter(random, 0.02))
        .unit();
        let grown = smooth(0.0, 0.14, (k as f32 + 0.5) * step);
        let margin = margin * parting(style, p);
        let next = obstacle.hold(p + d * step, margin, style.hug * grown);
        let next = obstacle.push_out(next, margin * grown, front);
        d = (next - p).unit();
        p = next;
        points.push(p);
    }
    straighten(&mut points);
    points
}

/// Hair lies flat along its parting.
fn parting(style: &Style, p: V3) -> f32 {
    match style.flow {
        Flow::Parted(at) => lerp(
            1.0,
            0.22 + 0.78 * smooth(0.0, 0.6, (p.x - at).abs()),
            smooth(7.6, 8.2, p.y),
        ),
        _ => 1.0,
    }
}

fn jitter(random: &mut Random, size: f32) -> V3 {
    v3(random.normal(), random.normal(), random.normal()) * size
}

/// The way that a style combs hair at a place.
fn flow(style: &Style, root: &Root, p: V3) -> V3 {
    let out = (p - SKULL).unit();
    let raw = match style.flow {
        Flow::Out => return out,
        Flow::Parted(at) => {
            let away = p.x - at;
            let side = if root.rest.x > at { 1.0 } else { -1.0 };
            let turn = smooth(8.3, 7.3, p.y);
            // Off the forehead first, then down.
            let wander = 0.18 * noise(root.rest * 3.0);
            let long = style.top > 1.0;
            let forward = if long {
                lerp(-0.32, -0.05, turn)
            } else {
                lerp(-0.10, -0.5, turn)
            };
            let _ = away;
            v3(
                side * lerp(1.0, if long { 0.10 } else { 0.0 }, turn),
                lerp(0.12, -1.0, turn),
                forward + wander,
            )
        }
        Flow::Back => {
            let side = root.rest.x * 0.35;
            let turn = smooth(7.9, 7.4, p.y);
            v3(side, lerp(0.08, -0.75, turn), -1.0)
        }
        Flow::Knot(at) => {
            // Round the head, not through it.
            at - p
        }
        Flow::Fringe => {
            let turn = smooth(8.2, 7.5, p.y);
            let forward = smooth(-0.2, 0.5, root.rest.z);
            v3(
                lerp(-0.75, 0.1 * root.rest.x, turn),
                lerp(0.0, -1.0, turn),
                lerp(-0.6, 0.35, forward) * (1.0 - turn * 0.9),
            )
        }
    };
    // Along the skin: what points into the head is lost.
    let inwards = raw.dot(out).min(0.0);
    (raw - out * inwards).unit()
}

/// Draws strands to the middle of their lock, more so towards the tip, and lets locks wave.
fn gather(style: &Style, roots: &[Root], strands: &mut [Strand], random: &mut Random) {
    let locks = style.locks.min(strands.len());
    if locks == 0 {
        return;
    }
    let guides: Vec<Vec<V3>> = strands[..locks].iter().map(|s| s.points.clone()).collect();
    let phases: Vec<[f32; 3]> = (0..locks)
        .map(|_| {
            [
                random.between(0.0, std::f32::consts::TAU),
                random.between(0.85, 1.15),
                random.between(0.7, 1.25),
            ]
        })
        .collect();
    let nearest = nearest(roots, locks);
    for (k, strand) in strands.iter_mut().enumerate() {
        let guide = &guides[nearest[k]];
        let [phase, rate, size] = phases[nearest[k]];
        let last = strand.points.len() - 1;
        let mut own = Random::new(k as u64);
        let keep = style.clump * own.between(0.7, 1.0);
        let stray = if own.share() < 0.05 { 0.2 } else { 1.0 };
        let dephase = own.normal() * 0.35;
        for at in 1..=last {
            let t = at as f32 / last as f32;
            let pull = keep * stray * smooth(0.0, 0.8, t);
            let mut p = strand.points[at].mix(guide[at.min(guide.len() - 1)], pull);
            if style.wave > 0.0 {
                let d = (strand.points[at] - strand.points[at - 1]).unit();
                let u = d.cross(v3(0.3, 0.2, 1.0)).unit();
                let w = d.cross(u);
                let angle = phase + dephase + t * style.waves * rate * std::f32::consts::TAU;
                let wide = style.wave * size * smooth(0.05, 0.45, t);
                p += (u * angle.cos() + w * angle.sin()) * wide;
            }
            strand.points[at] = p;
        }
        if keep > 0.0 {
            strand.tint = strand.tint * 0.6 + (phase - std::f32::consts::PI) * 0.12;
        }
    }
}

fn nearest(roots: &[Root], locks: usize) -> Vec<usize> {
    use rayon::prelude::*;
    roots
        .par_iter()
        .map(|root| {
            let away = |k: usize| {
                let d = roots[k].place - root.place;
                d.dot(d)
            };
            (0..locks)
                .min_by(|&a, &b| away(a).total_cmp(&away(b)))
                .unwrap_or(0)
        })
        .collect()
}

/// The knot or tail itself.
fn knot(a: &Attributes, at: V3, strands: &mut Vec<Strand>, random: &mut Random) {
    let tail = a.hair.style == HairStyle::Ponytail;
    for _ in 0..if tail { 4500 } else { 6000 } {
        let mut points = Vec::new();
        let around = random.between(0.0, std::f32::consts::TAU);
        if tail {
            let spread = jitter(random, 0.07);
            let side = 0.35 + 0.2 * random.normal() * 0.5;
            for k in 0..18 {
                let t = k as f32 / 17.0;
                let width = 0.5 + 1.6 * smooth(0.0, 0.5, t) - 0.9 * smooth(0.6, 1.0, t);
                points.push(
                    at + spread * width
                        + v3(
                            side * t * 0.9,
                            0.12 * (1.0 - (1.0 - 2.0 * t).powi(2)) - 2.0 * t * t,
                            -0.22 * t,
                        ),
                );
            }
        } else {
            let radius = 0.36 * random.share().powf(0.25);
            let tilt = random.between(-0.9, 0.9);
            let length = random.between(0.6, 1.8);
            for k in 0..14 {
                let angle = around + length * k as f32 / 13.0;
                let (s, c) = angle.sin_cos();
                let p = v3(c * radius, s * radius * 0.86, tilt.sin() * radius * 0.7).turned([
                    0.25,
                    tilt * 0.5,
                    0.35,
                ]);
                points.push(at + p);
            }
        }
        strands.push(Strand {
            points,
            tint: random.normal() * 0.4,
            grey: random.share() < a.hair.grey,
        });
    }
}

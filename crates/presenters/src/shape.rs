//! From attributes to the shape of head and body, and the movements that a pose can add.

use crate::attributes::Attributes;
use crate::base::{HeadBase, Part};
use crate::vector::{V3, lerp, smooth, v3};

/// Vertices of the base with the shape of a presenter.
pub(crate) fn neutral(base: &HeadBase, a: &Attributes) -> Vec<V3> {
    let mut places = base.places.clone();
    let old = ((a.age - 25.0) / 65.0).clamp(0.0, 1.0);
    let male = a.masculinity.clamp(0.0, 1.0);
    let sum = (a.origin.african + a.origin.asian + a.origin.european).max(1e-6);
    let weight = a.weight.clamp(-1.0, 1.0);
    for (sex, share) in [("female", 1.0 - male), ("male", male)] {
        for (age, by_age) in [("young", 1.0 - old), ("old", old)] {
            let origins = [
                ("african", a.origin.african),
                ("asian", a.origin.asian),
                ("caucasian", a.origin.european),
            ];
            for (origin, by_origin) in origins {
                let name = format!("{origin}-{sex}-{age}");
                base.add(&mut places, &name, share * by_age * by_origin / sum);
            }
            let builds = [
                ("min", (-weight).max(0.0)),
                ("average", 1.0 - weight.abs()),
                ("max", weight.max(0.0)),
            ];
            for (build, by_build) in builds {
                let name = format!("universal-{sex}-{age}-averagemuscle-{build}weight");
                base.add(&mut places, &name, share * by_age * by_build);
            }
        }
    }
    for (name, weight) in &a.features {
        // Shapes of the cheeks, eyes and ears come by side.
        base.add(&mut places, name, *weight);
        for side in ["l-", "r-"] {
            base.add(&mut places, &format!("{side}{name}"), *weight);
        }
    }
    settle(&mut places, base);
    set_teeth(&mut places, base);
    relax_shoulders(&mut places, &base.places, male);
    lower_arms(&mut places, &base.places);
    places
}

/// The base hides its teeth behind closed lips so well that an open mouth shows none.
fn set_teeth(places: &mut [V3], base: &HeadBase) {
    let mut shift = vec![V3::ZERO; places.len()];
    for (face, part) in base.faces.iter().zip(&base.parts) {
        let by = match part {
            Part::UpperTeeth => v3(0.0, -0.050, -0.012),
            Part::LowerTeeth => v3(0.0, 0.022, -0.006),
            _ => continue,
        };
        for &k in face {
            shift[k as usize] = by;
        }
    }
    for (place, by) in places.iter_mut().zip(shift) {
        *place += by;
    }
}

/// The base stands with its shoulders up, and has those of an athlete.
fn relax_shoulders(places: &mut [V3], rest: &[V3], male: f32) {
    let keep = lerp(0.72, 0.66, male);
    for (place, rest) in places.iter_mut().zip(rest) {
        let below = smooth(6.3, 5.9, rest.y);
        let beyond = (place.x.abs() - 0.75).max(0.0);
        let narrowed = beyond * lerp(1.0, keep, below);
        place.x -= place.x.signum() * (beyond - narrowed);
        place.y -= below * lerp(0.19, 0.17, male) * smooth(0.35, 1.5, place.x.abs());
    }
}

/// The base stands with its arms spread; a presenter lets them hang.
fn lower_arms(places: &mut [V3], rest: &[V3]) {
    let joint = shoulder(places, rest);
    for (place, rest) in places.iter_mut().zip(rest) {
        let side = rest.x.signum();
        let share = smooth(1.05, 2.0, rest.x.abs()) * smooth(6.2, 5.6, rest.y);
        if share <= 0.0 {
            continue;
        }
        let pivot = v3(joint.x * side, joint.y, joint.z);
        *place = (*place - pivot).turned([0.0, 0.0, 0.72 * side * share]) + pivot;
    }
}

/// Where the arm of the right side of the picture turns: narrow people have it further in.
fn shoulder(places: &[V3], rest: &[V3]) -> V3 {
    let at = v3(1.55, 5.2, 0.12);
    let near = places
        .iter()
        .zip(rest)
        .filter(|(_, rest)| (**rest - at).length() < 0.9);
    let (sum, count) = near.fold((V3::ZERO, 0.0), |(sum, count), (place, _)| {
        (sum + *place, count + 1.0)
    });
    if count > 0.0 { sum * (1.0 / count) } else { at }
}

/// Puts the eyes' middle where all presenters have it, so that frames are laid out alike.
fn settle(places: &mut [V3], base: &HeadBase) {
    let (mut sum, mut count) = (V3::ZERO, 0.0);
    for (face, part) in base.faces.iter().zip(&base.parts) {
        if matches!(part, Part::Eye(_)) {
            for &k in face {
                sum += places[k as usize];
                count += 1.0;
            }
        }
    }
    let shift = v3(0.0, 7.285, 1.24) - sum * (1.0 / count);
    for place in places {
        *place += v3(0.0, shift.y, shift.z);
    }
}

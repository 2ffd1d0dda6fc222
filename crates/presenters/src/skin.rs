//! The colour of skin, by place on the unshaped head, so that every presenter's is painted alike.

use crate::attributes::{Attributes, Beard, Rgb};
use crate::base::Masks;
use crate::vector::{V3, bell, clouds, lerp, noise, smooth, v3};

/// sRGB bytes to linear light.
pub(crate) fn linear(rgb: Rgb) -> V3 {
    let one = |c: u8| {
        let c = f32::from(c) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    v3(one(rgb[0]), one(rgb[1]), one(rgb[2]))
}

/// Skin at a vertex.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Skin {
    pub albedo: V3,
    /// Strength of the reflection, 1 for plain skin.
    pub gloss: f32,
    /// Size of the reflection, in radians.
    pub rough: f32,
    /// How much of its fine relief is seen, 0 to 1.
    pub relief: f32,
}

fn spot(p: V3, at: V3, size: V3) -> f32 {
    let d = p - at;
    bell(v3(d.x / size.x, d.y / size.y, d.z / size.z).length())
}

/// `p` lies on the unshaped head.
pub(crate) fn skin_at(a: &Attributes, p: V3, masks: Masks, scalp: f32) -> Skin {
    let tone = linear(a.skin);
    let light = tone.mean();
    let m = v3(p.x.abs(), p.y, p.z);
    let male = a.masculinity;
    let old = ((a.age - 30.0) / 50.0).clamp(0.0, 1.0);
    // Blood shows more in fair skin.
    let fair = smooth(0.08, 0.5, light);
    let mut c = tone;
    let mottle = clouds(p * 9.0, 3) * 0.05 + noise(p * 42.0) * 0.018;
    c = c * (1.0 + mottle);
    let red = |c: V3, k: f32| {
        let k = k.clamp(-1.0, 1.0);
        v3(
            c.x * (1.0 + 0.06 * k),
            c.y * (1.0 - 0.26 * k),
            c.z * (1.0 - 0.24 * k),
        )
    };
    let flush = 0.42 * spot(m, v3(0.42, 6.95, 1.25), v3(0.26, 0.22, 0.4))
        + 0.4 * spot(m, v3(0.0, 6.95, 1.68), v3(0.16, 0.14, 0.2))
        + 0.35 * spot(m, v3(0.0, 6.285, 1.48), v3(0.2, 0.12, 0.3))
        + 0.3 * masks.ears
        + 0.12 * clouds(p * 5.0 + v3(3.0, 1.0, 2.0), 2);
    c = red(
        c,
        flush * (0.45 + 0.55 * fair)
            + a.makeup * 0.22 * spot(m, v3(0.52, 7.02, 1.15), v3(0.2, 0.14, 0.4)),
    );
    // Lighter brow and nose ridge, darker and bluer sockets.
    let socket = spot(m, v3(0.22, 7.22, 1.4), v3(0.17, 0.13, 0.3));
    let below = spot(m, v3(0.30, 7.14, 1.4), v3(0.17, 0.06, 0.3));
    let shade = socket * 0.16 + below * (0.10 + 0.14 * old);
    c = c.times(v3(1.0 - shade, 1.0 - shade * 1.15, 1.0 - shade * 0.95));
    c = c * (1.0 + 0.05 * spot(m, v3(0.0, 7.75, 1.5), v3(0.4, 0.35, 0.4)));
    // Lids.
    let lid = masks.lids;
    c = red(c, 0.35 * lid * fair) * (1.0 - 0.10 * lid);
    if a.makeup > 0.0 {
        let shadow = lid * smooth(7.26, 7.31, p.y) * a.makeup;
        c = c.mix(c.times(v3(0.72, 0.56, 0.52)), shadow * 0.7);
    }
    // Age spots.
    let spots = smooth(0.32, 0.5, noise(p * 13.0 + v3(5.0, 9.0, 1.0))) * old * 0.14;
    c = c * (1.0 - spots * smooth(6.4, 7.4, p.y));
    // The shadow of a shaved beard.
    let jaw = beard_share(p);
    let shadow = match a.beard {
        Beard::None => 0.10 * male * smooth(0.05, 0.3, light),
        Beard::Stubble => 0.34,
        Beard::Moustache | Beard::Goatee => 0.12,
        Beard::Short | Beard::Full => 0.5,
    };
    let hairy = linear(a.hair.colour).mix(v3(0.16, 0.16, 0.17), 0.35);
    c = c.mix(
        c.times(v3(0.62, 0.66, 0.72)).mix(hairy, 0.35),
        jaw * shadow * male.max(0.3),
    );
    // Brows, below their hairs.
    let t = ((m.x - 0.115) / 0.39).clamp(0.0, 1.0);
    let arch = lerp(0.066, 0.040, male);
    let brow = bell(
        (m.y - (7.440 + 0.006 * t + arch * bell((t - 0.55) / 0.42)))
            / (lerp(0.030, 0.040, male) * smooth(1.15, 0.4, t)),
    ) * smooth(0.08, 0.15, m.x)
        * smooth(0.53, 0.46, m.x)
        * smooth(0.8, 1.0, m.z);
    c = c.mix(
        linear(a.hair.colour) * 0.5 + v3(0.02, 0.015, 0.012),
        brow * 0.42,
    );
    // The skin under hair takes its colour, so that no gap shines through.
    c = c.mix(linear(a.hair.colour) * 0.42 + tone * 0.07, scalp);
    let mut gloss = 1.0 - 0.85 * scalp;
    let mut rough = 0.36;
    // Lips.
    let lips = smooth(0.32, 0.68, masks.lips);
    if lips > 0.0 {
        let natural = red(
            v3(tone.x * 0.80, tone.y * 0.60, tone.z * 0.60),
            0.55 * fair + 0.1,
        );
        let painted = v3(0.42, 0.07, 0.08).mix(tone, 0.22);
        let mut lip = natural.mix(painted, (a.makeup * 0.62).min(1.0) * (1.0 - male * 0.9));
        lip = lip * (1.0 + 0.10 * noise(v3(p.x * 90.0, p.y * 8.0, p.z * 8.0)));
        let upper = smooth(6.60, 6.64, p.y);
        lip = lip * (1.0 - 0.12 * upper);
        c = c.mix(lip, lips * 0.92);
        gloss += lips * (0.15 + 0.6 * a.makeup) * (0.5 + 0.5 * fair);
        rough -= lips * 0.12;
    }
    // Inside of the mouth.
    let inner = smooth(1.525, 1.49, p.z)
        * smooth(0.05, 0.6, masks.lips.max(masks.inner))
        * smooth(0.3, 0.6, masks.inner);
    c = c.mix(v3(0.16, 0.035, 0.035), inner);
    // Oil on forehead and nose.
    gloss += 0.35 * spot(m, v3(0.0, 6.98, 1.66), v3(0.14, 0.2, 0.2))
        + 0.2 * spot(m, v3(0.0, 7.7, 1.5), v3(0.35, 0.25, 0.4));
    Skin {
        albedo: c,
        gloss,
        rough,
        relief: 1.0 - scalp,
    }
}

/// How much of a beard grows at a place of the unshaped head.
pub(crate) fn beard_share(p: V3) -> f32 {
    let m = v3(p.x.abs(), p.y, p.z);
    // Upper edge: from the sideburn down over the cheek to the corner of the mouth.
    let t = ((m.x - 0.28) / 0.5).clamp(0.0, 1.0);
    let edge = 6.66 + 0.42 * t.powf(1.7);
    let cheek = smooth(edge + 0.06, edge - 0.08, m.y) * smooth(0.2, 0.36, m.x);
    let chin = smooth(6.50, 6.42, m.y) * smooth(0.50, 0.2, m.x);
    let moustache = smooth(6.70, 6.74, m.y)
        * smooth(6.86, 6.80, m.y)
        * smooth(0.36, 0.26, m.x)
        * smooth(1.3, 1.4, m.z);
    let beside = smooth(0.27, 0.32, m.x) * smooth(6.78, 6.68, m.y);
    let front = smooth(0.55, 0.75, m.z);
    let neck = smooth(6.08, 6.2, m.y + 0.22 * (1.25 - m.z).clamp(0.0, 0.6) - 0.05);
    (cheek.max(chin).max(moustache).max(beside) * front * neck).clamp(0.0, 1.0)
}

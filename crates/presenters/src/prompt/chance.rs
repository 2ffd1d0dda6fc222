//! What a prompt leaves open, by chance.

use std::collections::BTreeMap;

use super::reader::COLOURS;
use crate::attributes::{
    Attributes, Background, BackgroundKind, Beard, Hair, HairStyle, Origin, Outfit, OutfitKind, Rgb,
};
use crate::vector::Random;

/// What nobody asked for: somebody, by chance.
pub(super) fn made_up(random: &mut Random) -> Attributes {
    let female = random.share() < 0.5;
    let shares = [random.share(), random.share(), random.share()];
    let origin = match (random.share() * 4.0) as u32 {
        0 => Origin {
            african: 1.0,
            asian: 0.0,
            european: shares[0] * 0.3,
        },
        1 => Origin {
            african: 0.0,
            asian: 1.0,
            european: shares[0] * 0.3,
        },
        2 => Origin {
            african: 0.0,
            asian: 0.1,
            european: 1.0,
        },
        _ => Origin {
            african: shares[0],
            asian: shares[1],
            european: 0.4 + shares[2],
        },
    };
    let styles = if female {
        [
            HairStyle::LongWavy,
            HairStyle::LongStraight,
            HairStyle::Bob,
            HairStyle::Ponytail,
        ]
    } else {
        [
            HairStyle::SideParted,
            HairStyle::SweptBack,
            HairStyle::Pixie,
            HairStyle::SideParted,
        ]
    };
    let style = styles[(random.share() * 4.0) as usize % 4];
    let mut a = Attributes {
        age: random.between(24.0, 48.0).round(),
        masculinity: if female { 0.0 } else { 1.0 },
        origin,
        weight: random.between(-0.2, 0.25),
        features: features(random),
        skin: [0; 3],
        eyes: [0; 3],
        hair: Hair {
            style,
            colour: [0; 3],
            grey: 0.0,
        },
        beard: Beard::None,
        glasses: None,
        makeup: if female { 0.45 } else { 0.0 },
        smile: 0.7,
        outfit: Outfit {
            kind: if female {
                OutfitKind::Blazer
            } else {
                OutfitKind::Shirt
            },
            colour: COLOURS[(random.share() * COLOURS.len() as f32) as usize % COLOURS.len()].1,
            under: [238, 238, 236],
            tie: None,
        },
        background: Background {
            kind: BackgroundKind::Studio,
            colour: [132, 138, 146],
        },
        seed: random.bits() >> 12,
    };
    complexion(&mut a, random);
    a
}

/// Small differences that make a face somebody's.
fn features(random: &mut Random) -> BTreeMap<String, f32> {
    let pairs = [
        ("nose-scale-horiz-incr", "nose-scale-horiz-decr"),
        ("nose-scale-vert-incr", "nose-scale-vert-decr"),
        ("nose-volume-incr", "nose-volume-decr"),
        ("chin-width-incr", "chin-width-decr"),
        ("chin-height-incr", "chin-height-decr"),
        ("mouth-scale-horiz-incr", "mouth-scale-horiz-decr"),
        ("mouth-upperlip-volume-incr", "mouth-upperlip-volume-decr"),
        ("cheek-bones-incr", "cheek-bones-decr"),
        ("forehead-scale-vert-incr", "forehead-scale-vert-decr"),
        ("head-oval", "head-square"),
        ("head-diamond", "head-round"),
    ];
    let mut features = BTreeMap::new();
    for (more, less) in pairs {
        let amount = random.normal() * 0.22;
        let name = if amount > 0.0 { more } else { less };
        features.insert(name.to_owned(), amount.abs().min(0.5));
    }
    features.insert("eye-scale-incr".to_owned(), random.between(0.1, 0.35));
    features
}

/// Skin, eyes and hair that go with the origin.
fn complexion(a: &mut Attributes, random: &mut Random) {
    let Origin {
        african,
        asian,
        european,
    } = a.origin;
    let sum = african + asian + european;
    let tones = [
        [112.0, 74.0, 52.0],
        [230.0, 188.0, 156.0],
        [226.0, 178.0, 152.0],
    ];
    let shares = [african / sum, asian / sum, european / sum];
    let depth = random.between(-14.0, 8.0);
    a.skin = std::array::from_fn(|k| {
        let tone: f32 = tones
            .iter()
            .zip(shares)
            .map(|(tone, share)| tone[k] * share)
            .sum();
        (tone + depth).clamp(30.0, 245.0) as u8
    });
    let fair = shares[2] > 0.75;
    let eyes: &[Rgb] = if fair {
        &[[86, 112, 138], [96, 72, 48], [98, 112, 78], [84, 54, 32]]
    } else {
        &[[54, 36, 24], [72, 46, 28]]
    };
    let hair: &[Rgb] = if fair {
        &[[72, 46, 30], [150, 108, 64], [44, 30, 22], [120, 62, 34]]
    } else {
        &[[26, 20, 18], [38, 27, 22]]
    };
    a.eyes = eyes[(random.share() * eyes.len() as f32) as usize % eyes.len()];
    a.hair.colour = hair[(random.share() * hair.len() as f32) as usize % hair.len()];
}

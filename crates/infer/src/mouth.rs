//! Whether the mouth can be seen.
//!
//! The landmark network guesses lips even on a mask, with full certainty. What a mask, a hand or a
//! microphone does not have is a change of colour along the whole guessed outline: lips differ from
//! the skin around them, and the line or gap between them differs from the lips. Both are measured
//! as paired differences, so light and shadow over the face do not matter, and a beard does not
//! either, since it differs from the lips even more.

use image::RgbImage;

use crate::sample::bilinear;

/// Outer and inner outline of the lips, point by point: seven of the upper lip, seven of the lower.
const LIPS: [[usize; 2]; 14] = [
    [40, 80],
    [39, 81],
    [37, 82],
    [0, 13],
    [267, 312],
    [269, 311],
    [270, 310],
    [91, 88],
    [181, 178],
    [84, 87],
    [17, 14],
    [314, 317],
    [405, 402],
    [321, 318],
];
/// Pairs of one lip; the lower lip's pairs follow the upper lip's in the same order.
const EACH: usize = 7;
/// How far outside the lips the skin is looked at, in thicknesses of the lip.
const SKIN_DISTANCE: f32 = 0.8;
/// Least mean contrast of a clear sign: a share of the colour or of the brightness. Folds of a plain
/// mask reach 0.023, lips in a portrait 0.06 in colour and 0.25 in brightness.
const MIN_CONTRAST: f32 = 0.035;
/// Least certainty of it, the mean in units of its own standard error. Rough wool and bare skin
/// reach 2.6, lips 7 to 30.
const MIN_CERTAINTY: f32 = 3.0;
/// Signs that must be clear. A portrait in colour has four, in grey two.
const MIN_CLEAR_SIGNS: usize = 2;

/// A sign that is strong carries a second one that is only fair. Portraits without colour, of 512 to 3000 pixels, have
/// 0.24 and 6.3 at least in the upper lip's brightness, and 0.22 and 2.4 in the opening; of covers, bare skin has 0.13
/// and 2.2 in the opening, but nothing strong.
const STRONG_CONTRAST: f32 = 0.15;
const STRONG_CERTAINTY: f32 = 5.0;
const FAIR_CERTAINTY: f32 = 2.0;

/// A lip redder than the skin by this much, this surely, is proof by itself. A laughing man with a
/// full beard reaches 0.08 and 4.3; a hand over half of a mouth 0.066 and 1.8.
const RED_LIP: f32 = 0.05;
const RED_LIP_CERTAINTY: f32 = 4.0;

/// Mean and certainty of a paired difference.
#[derive(Debug, Clone, Copy)]
struct Contrast {
    mean: f32,
    certainty: f32,
}

impl Contrast {
    fn of(differences: &[f32]) -> Self {
        let count = differences.len() as f32;
        let mean = differences.iter().sum::<f32>() / count;
        let spread = differences
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f32>();
        let error = (spread / (count * (count - 1.0))).sqrt();
        Self {
            mean,
            certainty: mean.abs() / error.max(1e-4),
        }
    }

    fn reaches(self, contrast: f32, certainty: f32) -> bool {
        self.mean.abs() >= contrast && self.certainty >= certainty
    }
}

/// What tells a mouth from a cover.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    /// Redness of the upper and lower lip against the skin beside it.
    redness: [Contrast; 2],
    /// Brightness of the same.
    brightness: [Contrast; 2],
    /// Brightness between the lips (a dark line, a dark gap or bright teeth) against the lips.
    opening: [Contrast; 2],
}

/// Whether one lip is red all along, or at least two of the six signs are clear, or one is strong and another fair: a
/// single sign can be the edge of a cover.
pub fn is_visible(image: &RgbImage, landmarks: &[[f32; 3]]) -> bool {
    let Evidence {
        redness,
        brightness,
        opening,
    } = evidence(image, landmarks);
    let red = |lip: &Contrast| lip.mean >= RED_LIP && lip.certainty >= RED_LIP_CERTAINTY;
    let signs = [redness, brightness, opening];
    let count = |contrast, certainty| {
        let signs = signs.iter().flatten();
        signs
            .filter(|sign| sign.reaches(contrast, certainty))
            .count()
    };
    redness.iter().any(red)
        || count(MIN_CONTRAST, MIN_CERTAINTY) >= MIN_CLEAR_SIGNS
        || (count(STRONG_CONTRAST, STRONG_CERTAINTY) >= 1
            && count(MIN_CONTRAST, FAIR_CERTAINTY) >= MIN_CLEAR_SIGNS)
}

fn evidence(image: &RgbImage, landmarks: &[[f32; 3]]) -> Evidence {
    let at = |point: usize| landmarks.get(point).map_or([0.0; 2], |&[x, y, _]| [x, y]);
    let samples: Vec<[[f32; 2]; 3]> = (0..LIPS.len())
        .map(|pair| {
            let [outer, inner] = LIPS[pair].map(at);
            let opposite = at(LIPS[(pair + EACH) % LIPS.len()][1]);
            let width = distance(outer, inner).max(1.0) / 3.0;
            [
                look(image, between(outer, inner, -SKIN_DISTANCE), width),
                look(image, between(outer, inner, 0.5), width),
                look(image, between(inner, opposite, 0.5), width),
            ]
        })
        .collect();
    let contrast = |get: &dyn Fn(&[[f32; 2]; 3]) -> f32| -> [Contrast; 2] {
        let values: Vec<f32> = samples.iter().map(get).collect();
        let (upper, lower) = values.split_at(EACH);
        [Contrast::of(upper), Contrast::of(lower)]
    };
    Evidence {
        redness: contrast(&|[skin, lip, _]| lip[0] - skin[0]),
        brightness: contrast(&|[skin, lip, _]| relative(lip[1], skin[1])),
        opening: contrast(&|[_, lip, gap]| relative(gap[1], lip[1])),
    }
}

fn relative(a: f32, b: f32) -> f32 {
    2.0 * (a - b) / (a + b + 8.0)
}

fn between(from: [f32; 2], to: [f32; 2], share: f32) -> [f32; 2] {
    [
        from[0] + (to[0] - from[0]) * share,
        from[1] + (to[1] - from[1]) * share,
    ]
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Redness (red and blue against green: lips are pink, skin is yellower) and brightness
/// (0..255) of a small spot: the mean of nine samples over `width` pixels.
fn look(image: &RgbImage, [x, y]: [f32; 2], width: f32) -> [f32; 2] {
    let mut sum = [0.0f32; 3];
    for step in [
        [-1.0, -1.0],
        [0.0, -1.0],
        [1.0, -1.0],
        [-1.0, 0.0],
        [0.0, 0.0],
        [1.0, 0.0],
    ]
    .into_iter()
    .chain([[-1.0, 1.0], [0.0, 1.0], [1.0, 1.0]])
    {
        let rgb = bilinear(
            image,
            [x + step[0] * width / 2.0, y + step[1] * width / 2.0],
        );
        sum = std::array::from_fn(|channel| sum[channel] + rgb[channel] / 9.0);
    }
    let [red, green, blue] = sum;
    let redness = (red + blue - 2.0 * green) / (red + green + blue + 8.0);
    [redness, 0.299 * red + 0.587 * green + 0.114 * blue]
}

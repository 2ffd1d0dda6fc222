//! Teeth: the photo's own where it shows them, drawn ones beside, below and instead of them.

use image::RgbImage;

use crate::geometry::{Vec2, curve_at, smoothstep, vec2};
use crate::light::{Light, brightest, grey, look, mix};
use crate::mesh::{INNER_LOWER, INNER_UPPER, POINTS};
use crate::mouth::MouthLine;
use crate::rig::{JAW, Rig};
use crate::warp::Area;

/// Least gap of the photo's lips, in eye distances, that shows teeth.
const SHOWS_TEETH: f32 = 0.045;

/// Enamel under full light.
const ENAMEL: [f32; 3] = [240.0, 234.0, 226.0];

/// Edges between teeth, from the middle outwards, in eye distances (a central incisor is 8.5 mm wide, a lower one 5.4,
/// eyes are 63 mm apart).
const UPPER: [f32; 6] = [0.0, 0.134, 0.238, 0.346, 0.43, 0.50];
const LOWER: [f32; 6] = [0.0, 0.084, 0.176, 0.28, 0.37, 0.45];

/// Where the upper teeth end below the line of the closed lips, in eye distances.
const INCISAL_EDGE: f32 = 0.055;
/// How the row's edge rises to the sides, by the square of the distance from the middle.
const ARCH: f32 = 0.14;
/// How much of the jaw's way the lower teeth go, and where they start; they stand behind the lower lip.
const LOWER_SHARE: f32 = 0.88;
const LOWER_EDGE: f32 = -0.008;

/// Most redness of enamel, as a share of the skin's: lips, gums and tongue have more.
const PALE: f32 = 0.75;
/// Least luma of enamel, as a share of the skin's: what is darker is the mouth's inside.
const BRIGHT: f32 = 0.55;
/// Least share of an opening's middle that is teeth, if any are seen.
const SEEN: f32 = 0.12;
/// Enamel is at least and at most so bright, as a share of what is expected in the light.
const BRIGHTNESS: [f32; 2] = [0.8, 1.05];
/// The share of the light that falls on teeth behind lips.
const SHADED: f32 = 0.85;

/// How far inside the photo's opening its teeth are trusted: the pixels at the rim are half lip, in eye distances.
const RIM: f32 = 0.026;

/// All teeth of a face, in the still.
#[derive(Debug, Clone)]
pub(crate) struct Teeth {
    own: Option<OwnTeeth>,
    /// Middle of the closed lips, in pixels.
    seam: Vec2,
    unit: f32,
    along: Vec2,
    enamel: [f32; 3],
    /// Where the upper row ends below the seam, in eye distances.
    edge: f32,
}

#[derive(Debug, Clone)]
struct OwnTeeth {
    picture: RgbImage,
    left: i64,
    top: i64,
    line: MouthLine,
}

/// The colour of the teeth that an open mouth shows, in sRGB, and the share of the opening that they are. `picture` has the
/// face whose landmarks, in pixels, are given. Nothing if no teeth are seen.
pub fn enamel(picture: &RgbImage, landmarks: &[[f32; 3]]) -> Option<([u8; 3], f32)> {
    if landmarks.len() < POINTS {
        return None;
    }
    let at = |k: usize| vec2(landmarks[k][0], landmarks[k][1]);
    let line = MouthLine::new(&INNER_UPPER.map(at), &INNER_LOWER.map(at));
    let [left, right] = CHEEKS.map(|k| look(picture, at(k)));
    let skin = mix(left?, right?, 0.5);
    let own = OwnTeeth::new(picture, line)?;
    let all = own.middle((at(33) - at(263)).length());
    let count = all.len() as f32;
    let teeth = |colour: &[f32; 3]| {
        redness(*colour) < PALE * redness(skin) && grey(*colour) > BRIGHT * grey(skin)
    };
    let seen: Vec<[f32; 3]> = all.into_iter().filter(teeth).collect();
    let share = seen.len() as f32 / count;
    if share < SEEN {
        return None;
    }
    // The darker half lies in the shadow of lips and neighbours.
    let colour = brightest(seen.into_iter().map(Some), 0.5)?;
    Some((colour.map(|c| c as u8), share))
}

/// Middles of the cheeks, whose skin the teeth are held against.
const CHEEKS: [usize; 2] = [50, 280];

/// How much more red than green a colour is, as a share of all of it.
fn redness([r, g, b]: [f32; 3]) -> f32 {
    (r - g) / (r + g + b).max(1.0)
}

/// What is seen of teeth at a place: their colour, and the share of the pixel that they cover.
pub(crate) type Seen = ([f32; 3], f32);

impl Teeth {
    pub(crate) fn new(still: &RgbImage, rig: &Rig, light: &Light) -> Self {
        let upper = INNER_UPPER.map(|k| rig.rest[k]);
        let lower = INNER_LOWER.map(|k| rig.rest[k]);
        let line = MouthLine::new(&upper, &lower);
        let seam = upper[5].lerp(lower[5], 0.3);
        let mut teeth = Self {
            own: None,
            seam,
            unit: rig.unit,
            along: line.along,
            enamel: light.on(ENAMEL),
            edge: INCISAL_EDGE,
        };
        let own = (rig.photo_gap > SHOWS_TEETH)
            .then(|| OwnTeeth::new(still, line))
            .flatten();
        if let Some(own) = own {
            let lowest = curve_at(&own.line.lower, 0.0);
            let lowest = own.line.origin + own.line.down() * (lowest - RIM * rig.unit);
            let edge = (lowest - seam).dot(own.line.down()) / rig.unit;
            teeth.edge = edge.clamp(INCISAL_EDGE * 0.5, 0.14);
            teeth.enamel = own.enamel(rig.unit).unwrap_or(teeth.enamel);
            teeth.own = Some(own);
        }
        teeth
    }

    /// Gives drawn teeth the hue of the person's own. These were seen in a mouth's shadow, so how bright they are is mostly the
    /// light's matter.
    pub(crate) fn tint(&mut self, own: [u8; 3]) {
        if self.own.is_some() {
            return;
        }
        let own = own.map(f32::from);
        let expected = grey(self.enamel);
        let [least, most] = BRIGHTNESS.map(|share| share * expected);
        let bright = (grey(own) / SHADED).clamp(least, most);
        self.enamel = own.map(|c| (c * bright / grey(own).max(1.0)).min(255.0));
    }

    /// Whether the photo shows them.
    pub(crate) fn are_own(&self) -> bool {
        self.own.is_some()
    }

    /// The upper row at a point of the still: fixed to the skull.
    pub(crate) fn upper(&self, p: Vec2) -> Seen {
        let (x, y) = self.local(p);
        let (drawn, drawn_share) = self.row(&UPPER, x, y, self.edge - ARCH * x * x);
        let Some(own) = &self.own else {
            return (drawn, drawn_share);
        };
        let (colour, mut share) = own.at(p, self.unit, self.edge - ARCH * x * x - y);
        if own.hides(p, self.unit) {
            share *= self.is_enamel(colour);
        }
        let all = share + drawn_share * (1.0 - share);
        (mix(drawn, colour, share / all.max(1e-3)), all)
    }

    /// The lower row at a point of the still, with the jaw open by `jaw`; it stands in the upper one's shadow.
    pub(crate) fn lower(&self, p: Vec2, jaw: f32) -> Seen {
        let (x, y) = self.local(p);
        let edge = LOWER_EDGE + LOWER_SHARE * JAW * jaw;
        // The same row, seen upside down.
        let (colour, share) = self.row(&LOWER, x, edge - y, 0.0);
        let seen = smoothstep(0.15, 0.4, jaw) * (1.0 - smoothstep(0.16, 0.30, x.abs()));
        let colour = mix(colour, self.enamel, 0.75);
        (colour.map(|c| c * 0.62), share * seen * 0.7)
    }

    /// 1 for a colour like that of these teeth, 0 for gums and lips.
    fn is_enamel(&self, [r, g, b]: [f32; 3]) -> f32 {
        let light = grey([r, g, b]) / grey(self.enamel).max(1.0);
        let redder = redness([r, g, b]) - redness(self.enamel);
        smoothstep(0.5, 0.75, light) * (1.0 - smoothstep(0.02, 0.06, redder))
    }

    /// In eye distances from the seam's middle.
    fn local(&self, p: Vec2) -> (f32, f32) {
        let d = p - self.seam;
        let down = vec2(-self.along.y, self.along.x);
        (d.dot(self.along) / self.unit, d.dot(down) / self.unit)
    }

    /// A row whose teeth end at `edge` and have their roots above it.
    fn row(&self, borders: &[f32; 6], x: f32, y: f32, edge: f32) -> Seen {
        let aside = x.abs();
        let Some(tooth) = (1..borders.len()).find(|&k| aside < borders[k]) else {
            return (self.enamel, 0.0);
        };
        let (near, far) = (borders[tooth - 1], borders[tooth]);
        let within = 2.0 * (aside - near) / (far - near) - 1.0;
        // Corners are round, the lateral incisor is a little shorter, the canine a little longer; no two sides are
        // quite alike.
        let short = [0.0, 0.007, -0.003, 0.006, 0.012][tooth - 1];
        let uneven = 0.002 * (17.0 * x + tooth as f32).sin();
        let end = edge - within.abs().powi(5) * 0.016 - short - uneven;
        let share = 1.0 - smoothstep(-0.008, 0.008, y - end);
        let gap = (aside - near).min(far - aside);
        // Light falls from the front: a tooth's sides turn away, and the row leads back into the dark.
        let between = 0.86 + 0.14 * smoothstep(0.0, 0.014, gap);
        let round = 1.0 - 0.07 * within * within;
        let back = 1.0 - 0.62 * smoothstep(0.12, 0.47, aside);
        let height = end - y;
        let thin = 0.93 + 0.07 * smoothstep(0.0, 0.03, height);
        let neck = 1.0 - 0.12 * smoothstep(0.07, 0.16, height);
        let shade = between * round * back * thin * neck;
        // Towards the neck enamel is thinner and the tooth yellower, at the edge it is clearer and cooler.
        let warm = smoothstep(0.02, 0.12, height);
        let tint = [1.0, 1.0 - 0.01 * warm, 1.01 - 0.04 * warm];
        let colour = std::array::from_fn(|k| self.enamel[k] * shade * tint[k]);
        (colour, share)
    }
}

impl OwnTeeth {
    /// Nothing when the mouth lies outside of the still.
    fn new(still: &RgbImage, line: MouthLine) -> Option<Self> {
        let points: Vec<Vec2> = line
            .upper
            .iter()
            .chain(&line.lower)
            .map(|&q| line.origin + line.along * q.x + line.down() * q.y)
            .collect();
        let area = Area::around(&points, still.width() as usize, still.height() as usize);
        let (left, top) = (area.left as u32, area.top as u32);
        let (width, height) = (area.width as u32, area.height as u32);
        let picture = image::imageops::crop_imm(still, left, top, width, height).to_image();
        (picture.width() > 0 && picture.height() > 0).then_some(Self {
            picture,
            left: area.left as i64,
            top: area.top as i64,
            line,
        })
    }

    /// The photo's own inside of the mouth at a point of the still, `above` eye distances over the edge of the row.
    /// Where the photo's lower lip hides the end of a tooth, what is seen of it goes on.
    fn at(&self, p: Vec2, unit: f32, above: f32) -> Seen {
        let q = self.line.local(p);
        let rim = RIM * unit;
        let (roof, floor) = (
            curve_at(&self.line.upper, q.x) + rim * 0.6,
            curve_at(&self.line.lower, q.x) - rim,
        );
        let (left, right) = (self.line.upper[0].x, self.line.upper[10].x);
        let end = (q.x - left).min(right - q.x) / (right - left).max(1.0);
        let high = (floor - roof) / unit;
        let hidden = self.hides(p, unit);
        // The shown part ends at the lip or at the row's edge, whichever is lower.
        let below = if hidden {
            smoothstep(-0.004, 0.012, above)
        } else {
            1.0
        };
        let share = below
            * smoothstep(-0.4 * rim, 0.6 * rim, q.y - roof)
            * smoothstep(0.05, 0.13, end)
            * smoothstep(0.0, 0.02, high);
        if share <= 0.0 {
            return ([0.0; 3], 0.0);
        }
        let from = p - self.line.down() * (q.y - q.y.clamp(roof, floor.max(roof)));
        (self.read(from), share)
    }

    /// Whether the photo's lower lip lies over this point, as far as its teeth are trusted.
    fn hides(&self, p: Vec2, unit: f32) -> bool {
        let q = self.line.local(p);
        q.y > curve_at(&self.line.lower, q.x) - RIM * unit
    }

    fn read(&self, p: Vec2) -> [f32; 3] {
        let (x, y) = (p.x - self.left as f32, p.y - self.top as f32);
        let (fx, fy) = (x - x.floor(), y - y.floor());
        let at = |dx: i64, dy: i64| {
            let x = (x.floor() as i64 + dx).clamp(0, i64::from(self.picture.width()) - 1);
            let y = (y.floor() as i64 + dy).clamp(0, i64::from(self.picture.height()) - 1);
            self.picture.get_pixel(x as u32, y as u32).0.map(f32::from)
        };
        let (a, b, c, d) = (at(0, 0), at(1, 0), at(0, 1), at(1, 1));
        mix(mix(a, b, fx), mix(c, d, fx), fy)
    }

    /// Mean of the brighter half of what lies in the middle of the opening, if that can be teeth.
    fn enamel(&self, unit: f32) -> Option<[f32; 3]> {
        brightest(self.middle(unit).into_iter().map(Some), 0.5).filter(|mean| grey(*mean) > 70.0)
    }

    /// What lies in the middle of the opening.
    fn middle(&self, unit: f32) -> Vec<[f32; 3]> {
        let mut seen: Vec<[f32; 3]> = Vec::new();
        for step in 0..25 {
            let x = (step as f32 / 24.0 - 0.5) * 0.36 * unit;
            let (roof, floor) = (curve_at(&self.line.upper, x), curve_at(&self.line.lower, x));
            for share in [0.3, 0.45, 0.6] {
                let y = roof + (floor - roof) * share;
                seen.push(self.read(self.line.origin + self.line.along * x + self.line.down() * y));
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const SKIN: [u8; 3] = [200, 150, 130];

    /// A face with an open mouth, of whose opening the upper half has one colour and the lower another.
    fn face(upper: [u8; 3], lower: [u8; 3]) -> (RgbImage, Vec<[f32; 3]>) {
        let mut landmarks = vec![[0.0; 3]; POINTS];
        landmarks[33] = [60.0, 60.0, 0.0];
        landmarks[263] = [160.0, 60.0, 0.0];
        for (point, x) in CHEEKS.into_iter().zip([70.0, 150.0]) {
            landmarks[point] = [x, 100.0, 0.0];
        }
        for k in 0..11_u8 {
            let x = 80.0 + 6.0 * f32::from(k);
            let half = 12.0 * (1.0 - (f32::from(k) / 5.0 - 1.0).powi(2));
            landmarks[INNER_UPPER[usize::from(k)]] = [x, 150.0 - half, 0.0];
            landmarks[INNER_LOWER[usize::from(k)]] = [x, 150.0 + half, 0.0];
        }
        let picture = RgbImage::from_fn(220, 220, |x, y| {
            let half = 12.0 * (1.0 - ((x as f32 - 110.0) / 30.0).powi(2));
            let down = y as f32 - 150.0;
            Rgb(match () {
                () if down.abs() > half => SKIN,
                () if down < 0.0 => upper,
                () => lower,
            })
        });
        (picture, landmarks)
    }

    #[test]
    fn the_colour_of_teeth_is_found_over_a_dark_mouth() {
        let (picture, landmarks) = face([190, 180, 160], [60, 25, 25]);
        let (colour, share) = enamel(&picture, &landmarks).unwrap();
        for (found, made) in colour.into_iter().zip([190, 180, 160_u8]) {
            assert!(found.abs_diff(made) < 12, "{colour:?}");
        }
        assert!((0.3..0.8).contains(&share), "{share}");
    }

    #[test]
    fn tongue_gums_and_darkness_are_no_teeth() {
        for inside in [[190, 110, 110], [60, 25, 25], [70, 66, 60], SKIN] {
            let (picture, landmarks) = face(inside, [50, 20, 20]);
            assert_eq!(enamel(&picture, &landmarks), None, "{inside:?}");
        }
        let (picture, landmarks) = face([190, 180, 160], [60, 25, 25]);
        assert_eq!(enamel(&picture, &landmarks[..100]), None);
        assert_eq!(enamel(&RgbImage::new(20, 20), &landmarks), None);
    }
}

//! Colours measured in reference pictures: of skin, hair, clothes and background.

use image::RgbImage;
use likeness_presenters::Attributes;
use likeness_presenters::prompt::Said;

use super::plan::Head;

/// Points of the face mesh: top of the forehead, chin, and both cheeks.
const TOP: usize = 10;
const CHIN: usize = 152;
const CHEEKS: [usize; 2] = [50, 280];

/// A side in pixels, far below what a float holds exactly.
#[expect(
    clippy::cast_precision_loss,
    reason = "pictures have at most some thousands of pixels a side"
)]
fn pixels(side: u32) -> f32 {
    side as f32
}

/// Takes colours over from a picture, where the prompt does not decide them. `landmarks` are those of the face, if one
/// was found. Gives what could not be taken over, in words that go on after "Reference image N".
pub(super) fn take_over(
    head: &Head,
    a: &mut Attributes,
    image: &RgbImage,
    landmarks: Option<&[[f32; 3]]>,
) -> Option<&'static str> {
    if !head.has_said(Said::Background) && !head.has_said(Said::BackgroundColour) {
        let side = pixels(image.width().min(image.height())) * 0.05;
        let corners = [[side, side], [pixels(image.width()) - side, side]];
        let found: Vec<_> = corners
            .iter()
            .filter_map(|at| patch(image, *at, side))
            .collect();
        if let Some(colour) = mean(&found) {
            a.background.colour = colour;
        }
    }
    let points = |k: usize| landmarks.and_then(|all| all.get(k)).map(|p| [p[0], p[1]]);
    let (Some(top), Some(chin)) = (points(TOP), points(CHIN)) else {
        return Some("shows no face: only the colour of its background was used.");
    };
    let up = [top[0] - chin[0], top[1] - chin[1]];
    let length = up[0].hypot(up[1]);
    let skin: Vec<_> = CHEEKS
        .iter()
        .filter_map(|&k| patch(image, points(k)?, length * 0.06))
        .collect();
    let skin = mean(&skin);
    if let Some(skin) = skin.filter(|_| !head.has_said(Said::Skin) && !head.has_said(Said::Origin))
    {
        a.skin = skin;
    }
    let along = |share: f32| [chin[0] + up[0] * share, chin[1] + up[1] * share];
    let mut unseen = None;
    match patch(image, along(1.16), length * 0.05) {
        // A patch as light as the skin is a forehead, or a bald head.
        Some(hair) if skin.is_none_or(|skin| apart(hair, skin) > 60) => {
            if !head.has_said(Said::HairColour) {
                a.hair.colour = hair;
                a.hair.grey = 0.0;
            }
        }
        _ => unseen = Some("shows no hair above the forehead: its colour was not used."),
    }
    match patch(image, along(-0.62), length * 0.08) {
        Some(colour) if !head.has_said(Said::OutfitColour) => a.outfit.colour = colour,
        Some(_) => {}
        None => unseen = Some("shows no clothes: their colour was not used."),
    }
    unseen
}

fn apart(a: [u8; 3], b: [u8; 3]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b))).sum()
}

fn mean(colours: &[[u8; 3]]) -> Option<[u8; 3]> {
    let count = u32::try_from(colours.len())
        .ok()
        .filter(|count| *count > 0)?;
    Some(std::array::from_fn(|k| {
        let sum: u32 = colours.iter().map(|c| u32::from(c[k])).sum();
        u8::try_from(sum / count).unwrap_or(u8::MAX)
    }))
}

/// Median of each channel in a square about a place; nothing if the place is not in the picture.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the picture's sides"
)]
fn patch(image: &RgbImage, [x, y]: [f32; 2], reach: f32) -> Option<[u8; 3]> {
    let (width, height) = (pixels(image.width()), pixels(image.height()));
    if !(0.0..width).contains(&x) || !(0.0..height).contains(&y) {
        return None;
    }
    let from = |v: f32| (v - reach).max(0.0) as u32;
    let to = |v: f32, side: u32| ((v + reach) as u32 + 1).min(side);
    let mut channels: [Vec<u8>; 3] = Default::default();
    for y in from(y)..to(y, image.height()) {
        for x in from(x)..to(x, image.width()) {
            for (channel, value) in channels.iter_mut().zip(image.get_pixel(x, y).0) {
                channel.push(value);
            }
        }
    }
    Some(channels.map(|mut values| {
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    }))
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn head(said: &[&str]) -> Head {
        Head {
            v: 1,
            attributes: likeness_presenters::prompt::read("a woman", None).attributes,
            said: said.iter().map(|s| (*s).to_owned()).collect(),
            notes: Vec::new(),
            width: 64,
            height: 64,
            lengths: Vec::new(),
        }
    }

    /// Bands of hair, face and clothes before a green wall.
    fn picture() -> (RgbImage, Vec<[f32; 3]>) {
        let image = RgbImage::from_fn(200, 300, |x, y| {
            Rgb(match (x, y) {
                (0..50 | 150.., _) => [40, 160, 60],
                (_, 0..80) => [60, 30, 20],
                (_, 80..200) => [210, 160, 130],
                _ => [20, 40, 180],
            })
        });
        let mut landmarks = vec![[100.0, 140.0, 0.0]; 478];
        landmarks[TOP] = [100.0, 90.0, 0.0];
        landmarks[CHIN] = [100.0, 190.0, 0.0];
        (image, landmarks)
    }

    #[test]
    fn colours_come_from_the_picture() {
        let (image, landmarks) = picture();
        let head = head(&[]);
        let mut a = head.attributes.clone();
        assert_eq!(take_over(&head, &mut a, &image, Some(&landmarks)), None);
        assert_eq!(a.skin, [210, 160, 130]);
        assert_eq!(a.hair.colour, [60, 30, 20]);
        assert_eq!(a.outfit.colour, [20, 40, 180]);
        assert_eq!(a.background.colour, [40, 160, 60]);
    }

    #[test]
    fn what_the_prompt_says_stays_and_what_is_not_seen_is_told() {
        let (image, landmarks) = picture();
        let head = head(&["HairColour", "OutfitColour", "Background", "Skin"]);
        let mut a = head.attributes.clone();
        assert_eq!(take_over(&head, &mut a, &image, Some(&landmarks)), None);
        assert_eq!(a, head.attributes);
        let note = take_over(&head, &mut a, &image, None).unwrap();
        assert!(note.contains("no face"), "{note}");
    }
}

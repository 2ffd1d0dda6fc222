//! Where in a picture a person is: the network of `MediaPipe`'s selfie segmentation, run on the whole picture and again
//! on parts of it, as it sees 256 by 256 samples only.

use image::{ImageBuffer, Luma, RgbImage};
use rten_tensor::Tensor;

use crate::InferError;
use crate::area::Area;
use crate::faces::{FaceModels, check_size};
use crate::network::Network;
use crate::sample::bilinear;

/// For each pixel, how sure the network is that a person is seen there, 0..1.
pub type PersonMap = ImageBuffer<Luma<f32>, Vec<f32>>;

/// Samples of the network, across and down.
const INPUT: usize = 256;
/// Side of the part about a face that is looked at again, in face sizes, and how far below the face's middle the
/// part's middle lies: hair and shoulders fit.
const HEAD_SIDE: f32 = 3.4;
const HEAD_DROP: f32 = 0.25;
/// Room about a person that is looked at again, as a share of the person's size.
const ROOM: f32 = 0.1;
/// A person smaller than this share of the picture is looked at again alone.
const SMALL: f32 = 0.6;
/// What counts as person when its bounds are taken.
const PRESENT: f32 = 0.5;
/// Width of the border over which a closer look takes over, as a share of its size.
const FADE: f32 = 0.1;

impl FaceModels {
    /// Where people are, at the picture's proportions with the longer side of at most `max_side` pixels. `face` are the
    /// bounds of a face (left, top, right, bottom) that is looked at more closely.
    pub fn person(
        &self,
        image: &RgbImage,
        face: Option<[f32; 4]>,
        max_side: u32,
    ) -> Result<PersonMap, InferError> {
        check_size(image)?;
        let longer = image.width().max(image.height());
        let scale = (max_side.max(1) as f32 / longer as f32).min(1.0);
        let side = |pixels: u32| ((pixels as f32 * scale).round() as u32).max(1);
        let mut map = PersonMap::new(side(image.width()), side(image.height()));
        let whole = Area::of_picture(image);
        look(self.person_network(), image, whole, &mut map)?;
        for part in [
            bounds(&map, scale, whole),
            face.and_then(|f| head(f, whole)),
        ]
        .into_iter()
        .flatten()
        {
            look(self.person_network(), image, part, &mut map)?;
        }
        Ok(map)
    }
}

/// The person's part of the picture, if it is small enough to gain by a closer look.
fn bounds(map: &PersonMap, scale: f32, whole: Area) -> Option<Area> {
    let found = map
        .enumerate_pixels()
        .filter(|(_, _, p)| p.0[0] > PRESENT)
        .map(|(x, y, _)| [x as f32 / scale, y as f32 / scale]);
    let person = Area::of_points(found);
    let smaller =
        person.width() < SMALL * whole.width() || person.height() < SMALL * whole.height();
    (person.width() > 0.0 && person.height() > 0.0 && smaller).then(|| {
        let room = person.longer() * ROOM;
        clipped(person, room, whole)
    })
}

fn head(face: [f32; 4], whole: Area) -> Option<Area> {
    let face = Area::from(face);
    let size = face.longer();
    let [x, y] = face.center();
    let middle = Area {
        left: x,
        top: y + size * HEAD_DROP,
        right: x,
        bottom: y + size * HEAD_DROP,
    };
    let part = clipped(middle, size * HEAD_SIDE / 2.0, whole);
    // Of a face that fills the picture the part is the picture.
    let closer = part.width() * part.height() < 0.8 * whole.width() * whole.height();
    (size.is_finite() && size > 1.0 && part.width() > 1.0 && part.height() > 1.0 && closer)
        .then_some(part)
}

fn clipped(area: Area, room: f32, whole: Area) -> Area {
    Area {
        left: (area.left - room).max(whole.left),
        top: (area.top - room).max(whole.top),
        right: (area.right + room).min(whole.right),
        bottom: (area.bottom + room).min(whole.bottom),
    }
}

/// Looks at a part of the picture and writes what is seen into the map. At those sides of the part that are not the
/// picture's, the new fades into what was there.
fn look(
    network: &Network,
    image: &RgbImage,
    part: Area,
    map: &mut PersonMap,
) -> Result<(), InferError> {
    let [seen] = network.run(&samples(image, part), [INPUT * INPUT])?;
    let (sx, sy) = (
        image.width() as f32 / map.width() as f32,
        image.height() as f32 / map.height() as f32,
    );
    let (fade_x, fade_y) = (part.width() * FADE, part.height() * FADE);
    let inner = |low: f32, high: f32, at: f32, size: f32, fade: f32| {
        let from_low = if low <= 0.5 { f32::MAX } else { at - low };
        let from_high = if high >= size - 0.5 {
            f32::MAX
        } else {
            high - at
        };
        (from_low.min(from_high) / fade.max(1e-3)).clamp(0.0, 1.0)
    };
    let inside = |value: f32, low: f32, high: f32| value >= low && value < high;
    let (width, height) = (image.width() as f32, image.height() as f32);
    for (x, y, value) in map.enumerate_pixels_mut() {
        let (px, py) = ((x as f32 + 0.5) * sx, (y as f32 + 0.5) * sy);
        if !(inside(px, part.left, part.right) && inside(py, part.top, part.bottom)) {
            continue;
        }
        let weight = inner(part.left, part.right, px, width, fade_x).min(inner(
            part.top,
            part.bottom,
            py,
            height,
            fade_y,
        ));
        let (u, v) = (
            (px - part.left) / part.width() * INPUT as f32 - 0.5,
            (py - part.top) / part.height() * INPUT as f32 - 0.5,
        );
        value.0[0] += (read(&seen, u, v) - value.0[0]) * weight;
    }
    Ok(())
}

/// Between the network's results, bilinearly.
fn read(seen: &[f32], u: f32, v: f32) -> f32 {
    let last = (INPUT - 1) as f32;
    let (u, v) = (u.clamp(0.0, last), v.clamp(0.0, last));
    let (x, y) = (u as usize, v as usize);
    let (right, below) = ((x + 1).min(INPUT - 1), (y + 1).min(INPUT - 1));
    let (fu, fv) = (u - x as f32, v - y as f32);
    let at = |x: usize, y: usize| seen[y * INPUT + x].clamp(0.0, 1.0);
    let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
    mix(
        mix(at(x, y), at(right, y), fu),
        mix(at(x, below), at(right, below), fu),
        fv,
    )
}

/// The part as the network wants it: `[1, 256, 256, 3]` of 0..1, stretched to the square, averaged where it shrinks.
fn samples(image: &RgbImage, part: Area) -> Tensor<f32> {
    let (step_x, step_y) = (part.width() / INPUT as f32, part.height() / INPUT as f32);
    // About two pixels apart is close enough for a mean of pixels.
    let grid = |step: f32| ((step / 2.0).ceil() as u16).clamp(1, 6);
    let (across, down) = (grid(step_x), grid(step_y));
    let scale = 1.0 / 255.0 / f32::from(across * down);
    let mut values = Vec::with_capacity(INPUT * INPUT * 3);
    let place = |start: f32, step: f32, cell: usize, sub: u16, of: u16| {
        start + (cell as f32 + (f32::from(sub) + 0.5) / f32::from(of)) * step - 0.5
    };
    let most = [image.width(), image.height()].map(|side| side.saturating_sub(1) as f32);
    for row in 0..INPUT {
        for column in 0..INPUT {
            let mut sum = [0.0f32; 3];
            for sub in 0..across * down {
                let x = place(part.left, step_x, column, sub % across, across);
                let y = place(part.top, step_y, row, sub / across, down);
                let rgb = bilinear(image, [x.clamp(0.0, most[0]), y.clamp(0.0, most[1])]);
                sum = std::array::from_fn(|channel| sum[channel] + rgb[channel]);
            }
            values.extend(sum.map(|channel| channel * scale));
        }
    }
    Tensor::from_data(&[1, INPUT, INPUT, 3], values)
}

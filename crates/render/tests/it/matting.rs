//! Cutting out and laying over, on pictures whose true opacity is known.

use image::{GrayImage, ImageBuffer, Luma, Rgb, RgbImage};
use likeness_domain::video::Fit;
use likeness_render::{Behind, Matte, PersonMap, Pose, Puppet, Scene, SceneError, SceneOptions};

use super::{portrait, puppet};

/// Repeatable noise, 0..1.
fn noise(x: u32, y: u32, seed: u32) -> f32 {
    let mut h =
        x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x2c1b_3c6d);
    h ^= h >> 12;
    (h & 0xffff) as f32 / 65_535.0
}

/// A head with loose hair and shoulders where the portrait's face is: opacity of each pixel, exact.
fn truth() -> Vec<f32> {
    let size = 512_u32;
    let covered = |x: f32, y: f32| {
        let head = ((x - 224.0) / 62.0).powi(2) + ((y - 112.0) / 86.0).powi(2) < 1.0;
        let shoulders = ((x - 224.0) / 190.0).powi(2) + ((y - 420.0) / 230.0).powi(2) < 1.0;
        head || shoulders
    };
    let mut alpha: Vec<f32> = (0..size * size)
        .map(|k| {
            let (x, y) = ((k % size) as f32, (k / size) as f32);
            let hits =
                (0..16).filter(|s| covered(x + (s % 4) as f32 * 0.25, y + (s / 4) as f32 * 0.25));
            hits.count() as f32 / 16.0
        })
        .collect();
    // Single hairs, a good pixel wide, that stand off the head by up to 16 pixels.
    for hair in 0..70 {
        let angle = (-160.0 + 140.0 * noise(hair, 1, 5)).to_radians();
        let length = 8.0 + 10.0 * noise(hair, 2, 5);
        let bend = (noise(hair, 3, 5) - 0.5) * 0.6;
        for step in 0..(length * 3.0) as u32 {
            let t = step as f32 / 3.0;
            let turned = angle + bend * t / length;
            let x = 224.0 + 62.0 * angle.cos() + t * turned.cos();
            let y = 112.0 + 86.0 * angle.sin() + t * turned.sin();
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (px, py) = (x.floor() as i32 + dx, y.floor() as i32 + dy);
                let near = (1.0 - (x - px as f32).abs()) * (1.0 - (y - py as f32).abs());
                let k = (py.max(0) as u32 * size + px.max(0) as u32) as usize;
                alpha[k] = alpha[k].max((near * 1.2).clamp(0.0, 1.0) * (1.0 - 0.5 * t / length));
            }
        }
    }
    alpha
}

fn front(x: u32, y: u32) -> [f32; 3] {
    let grain = noise(x, y, 1) * 8.0;
    if y < 200 {
        [70.0 + grain, 48.0 + grain, 30.0 + grain]
    } else {
        [150.0 + grain, 40.0 + grain, 45.0 + grain]
    }
}

fn back(x: u32, y: u32) -> [f32; 3] {
    let grain = noise(x, y, 2) * 5.0;
    let light = 40.0 * (x as f32 / 512.0) + 20.0 * (y as f32 / 90.0).sin();
    [
        150.0 + light + grain,
        165.0 + light + grain,
        185.0 + 0.5 * light + grain,
    ]
}

fn composite(alpha: &[f32], behind: impl Fn(u32, u32) -> [f32; 3]) -> RgbImage {
    RgbImage::from_fn(512, 512, |x, y| {
        let a = alpha[(y * 512 + x) as usize];
        let (f, b) = (front(x, y), behind(x, y));
        Rgb([0, 1, 2].map(|c| (f[c] * a + b[c] * (1.0 - a) + 0.5) as u8))
    })
}

/// What a network sees of it: blurred, on a coarse grid, and a little off.
fn coarse(alpha: &[f32]) -> PersonMap {
    ImageBuffer::from_fn(128, 128, |x, y| {
        let mut sum = 0.0;
        for dy in 0..8 {
            for dx in 0..8 {
                let (px, py) = (x * 4 + dx, y * 4 + dy);
                sum += alpha[(py.min(511) * 512 + px.min(511)) as usize];
            }
        }
        Luma([sum / 64.0])
    })
}

fn of(alpha: &GrayImage, x: u32, y: u32) -> f32 {
    f32::from(alpha.get_pixel(x, y)[0]) / 255.0
}

/// Mean distance from the truth over the zone where the head's edge and hair are.
fn error(found: impl Fn(u32, u32) -> f32, truth: &[f32]) -> f32 {
    let zone = (0..150_u32).flat_map(|y| (130..320_u32).map(move |x| (x, y)));
    let (sum, count) = zone.fold((0.0, 0.0), |(sum, count), (x, y)| {
        let (dx, dy) = ((x as f32 - 224.0) / 62.0, (y as f32 - 112.0) / 86.0);
        if !(0.75..1.4).contains(&dx.hypot(dy)) {
            return (sum, count);
        }
        let off = (found(x, y) - truth[(y * 512 + x) as usize]).abs();
        (sum + off, count + 1.0)
    });
    sum / count
}

#[test]
fn single_hairs_are_cut_out_and_keep_no_halo() {
    let truth = truth();
    let photo = composite(&truth, back);
    let map = coarse(&truth);
    let (_, landmarks) = portrait();
    let matte = Matte::cut(&photo, &map, &landmarks);
    let found = error(|x, y| of(matte.alpha(), x, y), &truth);
    let coarse = error(|x, y| map.get_pixel(x / 4, y / 4)[0], &truth);
    // Hairs that stand off by more than the zone that is solved are lost.
    assert!(found < 0.035, "mean error {found}, of the map {coarse}");
    assert!(
        found < coarse / 2.0,
        "mean error {found}, of the map {coarse}"
    );
    // Over another background it must look as if it had been taken there.
    let mut off = 0.0;
    let mut count = 0.0_f32;
    for y in 20..150 {
        for x in 130..320 {
            let a = truth[(y * 512 + x) as usize];
            if !(0.05..0.95).contains(&a) {
                continue;
            }
            let (own, seen) = (matte.colours().get_pixel(x, y).0, of(matte.alpha(), x, y));
            for (c, wanted) in front(x, y).into_iter().enumerate() {
                let on_black = f32::from(own[c]) * seen;
                off += (on_black - wanted * a).abs() / 3.0;
            }
            count += 1.0;
        }
    }
    assert!(
        off / count < 12.0,
        "colours on black are off by {}",
        off / count
    );
}

/// The bundled puppet with the face's surroundings as its person.
fn cut_puppet() -> Puppet {
    let mut puppet = puppet();
    let [left, top, right, bottom] = puppet.face_bounds();
    let (cx, cy) = (f32::midpoint(left, right), f32::midpoint(top, bottom));
    let size = right - left;
    let map = ImageBuffer::from_fn(256, 256, |x, y| {
        let (x, y) = (x as f32 * 2.0 + 1.0, y as f32 * 2.0 + 1.0);
        let head = (x - cx).hypot((y - cy) * 0.9) < 0.68 * size;
        let body = y > cy + size && (x - cx).abs() < 1.6 * size;
        Luma([if head || body { 1.0 } else { 0.0 }])
    });
    puppet.cut_out(&map);
    puppet
}

fn options() -> SceneOptions {
    SceneOptions {
        width: 640,
        height: 360,
        fit: Fit::Contain,
        background: None,
    }
}

fn turned() -> Pose {
    Pose {
        jaw: 0.6,
        yaw: 0.08,
        roll: 0.06,
        ..Pose::default()
    }
}

#[test]
fn a_matte_comes_back_from_the_puppets_bytes_and_older_ones_have_none() {
    let puppet = cut_puppet();
    let bytes = puppet.to_bytes();
    assert_eq!(Puppet::from_bytes(&bytes).unwrap(), puppet);
    // Version 1: the photo follows the landmarks at once.
    let plain = super::puppet();
    let new = plain.to_bytes();
    let numbers = 6 + 478 * 12;
    let old = [
        &new[..4],
        &1_u16.to_le_bytes(),
        &new[6..numbers],
        &new[numbers + 4..],
    ]
    .concat();
    let read = Puppet::from_bytes(&old).unwrap();
    assert_eq!(read, plain);
    assert!(read.matte().is_none());
    let refused = Scene::in_front_of(&read, &options(), &Behind::Nothing);
    assert!(matches!(refused, Err(SceneError::NoMatte)));
    // A matte of another size is refused, not misread.
    let small = Puppet::from_bytes(&bytes[..bytes.len() - 100]);
    assert!(small.is_err());
}

#[test]
fn what_is_behind_stands_still_while_the_person_moves() {
    let stripes = RgbImage::from_fn(640, 360, |x, y| Rgb([(x % 251) as u8, (y % 241) as u8, 90]));
    let scene = Scene::in_front_of(&cut_puppet(), &options(), &Behind::Picture(stripes)).unwrap();
    let plain = Scene::in_front_of(&cut_puppet(), &options(), &Behind::Nothing).unwrap();
    let mut frame = scene.new_frame();
    let mut clear = plain.new_frame();
    let alpha_at_rest = clear.alpha().unwrap().to_vec();
    let still = frame.as_bytes().to_vec();
    scene.render(&turned(), &mut frame);
    plain.render(&turned(), &mut clear);
    let alpha = clear.alpha().unwrap();
    let (mut stood, mut moved) = (0, 0);
    for k in 0..640 * 360 {
        if alpha[k] == 0 && alpha_at_rest[k] == 0 {
            assert_eq!(frame.as_bytes()[k], still[k], "background pixel {k} moved");
            stood += 1;
        }
        moved += i32::from(alpha[k].abs_diff(alpha_at_rest[k]) > 12);
    }
    assert!(stood > 60_000, "{stood} background pixels");
    assert!(moved > 60, "the edge moved by only {moved} pixels");
    // The opacity moves as the picture does: where both frames are drawn over black they agree.
    let black = Scene::in_front_of(&cut_puppet(), &options(), &Behind::Colour([0; 3])).unwrap();
    let mut dark = black.new_frame();
    black.render(&turned(), &mut dark);
    let planes = alpha.iter().zip(clear.as_bytes()).zip(dark.as_bytes());
    for ((a, own), shown) in planes {
        let (own, a) = (f32::from(*own), f32::from(*a) / 255.0);
        let expected = own * a + 16.0 * (1.0 - a);
        assert!((f32::from(*shown) - expected).abs() <= 1.0);
    }
}

#[test]
fn frames_of_a_cut_scene_do_not_depend_on_what_was_drawn_before() {
    let scene = Scene::in_front_of(&cut_puppet(), &options(), &Behind::Nothing).unwrap();
    let mut used = scene.new_frame();
    scene.render(&turned(), &mut used);
    scene.render(&Pose::default(), &mut used);
    let mut fresh = scene.new_frame();
    scene.render(&Pose::default(), &mut fresh);
    assert!(used.as_bytes() == fresh.as_bytes());
    assert_eq!(used.as_bytes().len(), 640 * 360 * 5 / 2);
}

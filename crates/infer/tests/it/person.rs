//! Where the person is, on the bundled portrait.

use image::imageops;

use crate::pictures::{astronaut, faces, models, on_canvas};

/// Share of sure pixels in a part of the map, which is given in pixels of 512.
fn sure(map: &likeness_infer::PersonMap, part: [u32; 4]) -> f32 {
    let scale = map.width() as f32 / 512.0;
    let [left, top, right, bottom] = part.map(|v| (v as f32 * scale) as u32);
    let mut all = 0.0;
    let mut found = 0.0;
    for y in top..bottom {
        for x in left..right {
            all += 1.0;
            found += f32::from(u8::from(map.get_pixel(x, y).0[0] > 0.5));
        }
    }
    found / all
}

#[test]
fn the_person_is_found_and_what_is_behind_is_not() {
    let picture = astronaut();
    let face = faces(&picture)[0].bounds;
    let map = models().person(&picture, Some(face), 512).unwrap();
    assert_eq!(map.dimensions(), (512, 512));
    // Face and suit; then flag, wall and rocket.
    for part in [[200, 60, 260, 180], [80, 260, 300, 450]] {
        assert!(sure(&map, part) > 0.99, "{part:?}: {}", sure(&map, part));
    }
    for part in [[0, 0, 120, 120], [330, 10, 512, 280], [20, 120, 60, 200]] {
        assert!(sure(&map, part) < 0.02, "{part:?}: {}", sure(&map, part));
    }
}

#[test]
fn a_small_person_in_a_large_picture_is_seen_as_sharply() {
    let small = imageops::resize(&astronaut(), 256, 256, imageops::FilterType::CatmullRom);
    let picture = on_canvas(&small, (1600, 900), (1200, 500));
    let face = faces(&picture)[0].bounds;
    let map = models().person(&picture, Some(face), 1600).unwrap();
    assert_eq!(map.dimensions(), (1600, 900));
    let at = |x: u32, y: u32| map.get_pixel(1200 + x / 2, 500 + y / 2).0[0];
    // Both sides of the head's edge at the height of the eyes, twelve pixels apart at half size.
    assert!(at(170, 90) > 0.8 && at(280, 90) > 0.8);
    assert!(at(132, 60) < 0.2 && at(330, 60) < 0.2);
    let elsewhere = (0..800)
        .map(|k| map.get_pixel(k, k).0[0])
        .fold(0.0, f32::max);
    assert!(elsewhere < 0.3, "{elsewhere}");
}

#[test]
fn sizes_are_kept_to_and_odd_pictures_do_no_harm() {
    let map = models().person(&astronaut(), None, 100).unwrap();
    assert_eq!(map.dimensions(), (100, 100));
    let strip = image::RgbImage::new(3, 700);
    let face = Some([f32::NAN, 0.0, 1e9, -5.0]);
    let map = models().person(&strip, face, 512).unwrap();
    assert_eq!(map.dimensions(), (2, 512));
    assert!(map.as_raw().iter().all(|p| (0.0..=1.0).contains(p)));
    assert!(
        models()
            .person(&image::RgbImage::new(0, 5), None, 9)
            .is_err()
    );
}

//! Which photos are refused, and why.

use image::{Rgb, RgbImage, imageops};
use likeness_infer::{Face, Unusable, judge};

use crate::pictures::{astronaut, faces, noise, on_canvas, shrunk, turned};

type Paint = Box<dyn Fn(u32, u32, Rgb<u8>) -> Rgb<u8>>;

fn judged(picture: &RgbImage) -> Result<usize, Unusable> {
    judge(&faces(picture), picture)
}

/// The faces of the portrait, and the portrait with an ellipse from nose to chin painted over.
fn covered(paint: impl Fn(u32, u32, Rgb<u8>) -> Rgb<u8>) -> (Vec<Face>, RgbImage) {
    let mut picture = astronaut();
    let found = faces(&picture);
    let at = |point: usize| found[0].landmarks[point];
    let (left, right, top, chin) = (at(61), at(291), at(2), at(152));
    let (cx, cy) = (
        f32::midpoint(left[0], right[0]),
        f32::midpoint(top[1], chin[1]),
    );
    let (rx, ry) = ((right[0] - left[0]) * 0.9, (chin[1] - top[1]) * 0.55);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if ((x as f32 - cx) / rx).powi(2) + ((y as f32 - cy) / ry).powi(2) < 1.0 {
            *pixel = paint(x, y, *pixel);
        }
    }
    (found, picture)
}

#[test]
fn the_portrait_is_good_in_any_light_and_without_colour() {
    assert_eq!(judged(&astronaut()), Ok(0));
    let with = |change: fn([u8; 3]) -> [f32; 3]| {
        let mut picture = astronaut();
        picture
            .pixels_mut()
            .for_each(|pixel| pixel.0 = change(pixel.0).map(|v| v as u8));
        picture
    };
    assert_eq!(
        judged(&with(|rgb| rgb.map(|v| f32::from(v) * 0.45))),
        Ok(0),
        "dark"
    );
    let grey =
        |[r, g, b]: [u8; 3]| [0.3 * f32::from(r) + 0.6 * f32::from(g) + 0.1 * f32::from(b); 3];
    assert_eq!(judged(&with(grey)), Ok(0), "grey");
    let cold = |[r, g, b]: [u8; 3]| [f32::from(r) * 0.75, f32::from(g) * 0.9, f32::from(b)];
    assert_eq!(judged(&with(cold)), Ok(0), "cold light");
    assert_eq!(judged(&imageops::blur(&astronaut(), 1.5)), Ok(0), "soft");
    assert_eq!(
        judged(&imageops::flip_horizontal(&astronaut())),
        Ok(0),
        "mirrored"
    );
    assert_eq!(judged(&turned(&astronaut(), 20.0)), Ok(0), "tilted");
}

#[test]
fn a_picture_without_colour_is_good_at_any_size() {
    for side in [512, 700, 1024, 3000] {
        let mut picture =
            imageops::resize(&astronaut(), side, side, imageops::FilterType::CatmullRom);
        for pixel in picture.pixels_mut() {
            let [r, g, b] = pixel.0.map(f32::from);
            *pixel = Rgb([(0.299 * r + 0.587 * g + 0.114 * b) as u8; 3]);
        }
        assert_eq!(judged(&picture), Ok(0), "{side} pixels");
    }
}

#[test]
fn a_bearded_mouth_is_good() {
    // Dark hair everywhere but on the lips.
    let found = faces(&astronaut());
    let at = |point: usize| found[0].landmarks[point];
    let (left, right, up, low) = (at(61), at(291), at(0), at(17));
    let (cx, cy) = (
        f32::midpoint(left[0], right[0]),
        f32::midpoint(up[1], low[1]),
    );
    let (rx, ry) = ((right[0] - left[0]) / 2.0, (low[1] - up[1]) / 2.0);
    let hair = noise(512, 512);
    let (_, picture) = covered(|x, y, pixel| {
        if ((x as f32 - cx) / rx).powi(2) + ((y as f32 - cy) / ry).powi(2) < 1.0 {
            return pixel;
        }
        let strand = hair.get_pixel(x, y).0[0] / 6;
        Rgb([30 + strand, 22 + strand, 16 + strand])
    });
    assert_eq!(judged(&picture), Ok(0));
}

#[test]
fn a_covered_mouth_is_refused() {
    let rough = noise(512, 512);
    let skin = astronaut();
    let covers: [(&str, Paint); 5] = [
        ("white mask", Box::new(|_, _, _| Rgb([236, 238, 240]))),
        (
            "blue mask with folds",
            Box::new(|_, y, _| Rgb([120, 160, 190 + (y % 9) as u8 * 3])),
        ),
        ("black bar", Box::new(|_, _, _| Rgb([10, 10, 10]))),
        (
            "wool",
            Box::new(move |x, y, _| Rgb(rough.get_pixel(x, y).0.map(|v| 90 + v / 4))),
        ),
        (
            "forehead's skin",
            Box::new(move |x, y, _| *skin.get_pixel(x, y - 85)),
        ),
    ];
    for (name, paint) in covers {
        let (_, picture) = covered(paint);
        let found = faces(&picture);
        println!(
            "{name}: {} faces, {:?}",
            found.len(),
            judge(&found, &picture)
        );
        // A face that is not found any more is refused as well, for another reason.
        if !found.is_empty() {
            assert_eq!(
                judge(&found, &picture),
                Err(Unusable::MouthHidden),
                "{name}"
            );
        }
    }
}

#[test]
fn the_other_reasons_have_their_codes() {
    let small = shrunk(&astronaut(), 400);
    assert_eq!(judged(&small).unwrap_err().code(), "image_too_small");
    assert_eq!(judged(&noise(600, 600)), Err(Unusable::NoFace));

    let far = on_canvas(&shrunk(&astronaut(), 256), (1000, 800), (300, 200));
    assert!(matches!(
        judged(&far),
        Err(Unusable::FaceTooSmall { pixels: 50..96 })
    ));

    let mut pair = on_canvas(&astronaut(), (1300, 600), (0, 0));
    imageops::replace(&mut pair, &shrunk(&astronaut(), 400), 700, 50);
    assert_eq!(judged(&pair), Err(Unusable::SeveralFaces { count: 2 }));
    // Someone small in the background does not matter.
    let mut pair = on_canvas(&astronaut(), (1300, 600), (0, 0));
    imageops::replace(&mut pair, &shrunk(&astronaut(), 130), 900, 50);
    assert_eq!(judged(&pair), Ok(0));

    for lying in [
        imageops::rotate90(&astronaut()),
        imageops::rotate180(&astronaut()),
        imageops::rotate270(&astronaut()),
        // Too tilted for the network to see.
        on_canvas(&imageops::rotate90(&astronaut()), (700, 900), (100, 200)),
    ] {
        let code = judged(&lying).unwrap_err().code();
        assert_eq!(code, "not_upright");
    }

    let mut aside = faces(&astronaut());
    aside[0].pose.yaw = 0.8;
    let verdict = judge(&aside, &astronaut()).unwrap_err();
    assert_eq!(verdict, Unusable::TurnedTooFar { degrees: 46 });
    assert!(verdict.to_string().contains("46 degrees"), "{verdict}");
}

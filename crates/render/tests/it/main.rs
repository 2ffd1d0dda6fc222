//! Puppet, motion and scene together, on the bundled portrait.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    reason = "tests on small pictures"
)]

mod matting;

use std::path::Path;

use image::RgbImage;
use likeness_domain::speech::{SpeechTiming, Stress, TimedPhoneme};
use likeness_domain::video::{Expressiveness, Fit};
use likeness_render::{
    Direction, MotionOptions, Planner, Pose, Puppet, Scene, SceneOptions, TrainError, plan,
};

fn portrait() -> (RgbImage, Vec<[f32; 3]>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let photo = image::open(root.join("../../assets/portraits/astronaut.png")).unwrap();
    let json = std::fs::read(root.join("tests/data/astronaut_landmarks.json")).unwrap();
    (photo.into_rgb8(), serde_json::from_slice(&json).unwrap())
}

fn puppet() -> Puppet {
    let (photo, landmarks) = portrait();
    Puppet::train(&photo, &landmarks).unwrap()
}

fn scene(width: u32, height: u32, fit: Fit) -> Scene {
    Scene::new(
        &puppet(),
        &SceneOptions {
            width,
            height,
            fit,
            background: None,
        },
    )
    .unwrap()
}

/// Each symbol lasts 0.12 s; a space is half a second of silence.
fn timing(symbols: &str) -> SpeechTiming {
    let mut t = 0.0;
    let phonemes: Vec<_> = symbols
        .chars()
        .map(|symbol| {
            let start_s = t;
            t += if symbol == ' ' { 0.5 } else { 0.12 };
            TimedPhoneme {
                symbol,
                start_s,
                end_s: t,
                stress: Stress::None,
            }
        })
        .collect();
    SpeechTiming {
        phonemes,
        duration_s: t,
        ..SpeechTiming::default()
    }
}

fn options() -> MotionOptions {
    MotionOptions {
        seed: 7,
        ..MotionOptions::default()
    }
}

#[test]
fn a_puppet_comes_back_from_its_bytes() {
    let puppet = puppet();
    let bytes = puppet.to_bytes();
    assert_eq!(Puppet::from_bytes(&bytes).unwrap(), puppet);
    for cut in [0, 3, 5, 100, 5741, bytes.len() / 2] {
        assert!(Puppet::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn what_is_no_face_is_refused() {
    let (photo, mut landmarks) = portrait();
    assert_eq!(
        Puppet::train(&photo, &landmarks[..468]),
        Err(TrainError::LandmarkCount { found: 468 })
    );
    landmarks[9][1] = f32::NAN;
    assert_eq!(
        Puppet::train(&photo, &landmarks),
        Err(TrainError::LandmarkPlace { index: 9 })
    );
}

#[test]
fn there_is_a_row_for_every_begun_frame() {
    let timing = timing("hɛlO");
    let rows = plan(&timing, &options());
    assert_eq!(
        rows.rows().len(),
        (timing.duration_s * 25.0).ceil() as usize
    );
}

/// Drawing begins while the rest is still being spoken, so no row may depend on what comes much later.
#[test]
fn the_plan_of_a_beginning_is_the_beginning_of_the_plan() {
    for seed in 0..20 {
        let options = MotionOptions { seed, ..options() };
        let pieces: Vec<_> = (0..6_u32).map(|k| piece(seed, k)).collect();
        let mut planner = Planner::new(options.clone());
        let mut whole = SpeechTiming::default();
        let (mut rows, mut early) = (Vec::new(), 0);
        for piece in &pieces {
            whole.append(piece);
            rows.extend(planner.append(piece));
            early = rows.len();
        }
        let (rest, timing) = planner.finish();
        rows.extend(rest);
        assert_eq!(timing, whole);
        assert_eq!(rows, plan(&whole, &options).rows(), "seed {seed}");
        let late = rows.len() - early;
        assert!(
            (1..=26).contains(&late),
            "only the last second waits: {late}"
        );
    }
}

/// A sentence of some length and loudness.
fn piece(seed: u64, index: u32) -> SpeechTiming {
    let words = ["halo ", "mama ", "bat ", "wEst ", "fif "];
    let count = 3 + (seed as usize + index as usize * 3) % 7;
    let text: String = words.iter().cycle().take(count).copied().collect();
    let mut piece = timing(&text);
    for (k, phoneme) in piece.phonemes.iter_mut().enumerate() {
        if k % 3 == 1 {
            phoneme.stress = Stress::Primary;
        }
    }
    let loud = 0.05 + 0.1 * f64::from(index);
    let steps = (piece.duration_s * 100.0).round() as usize;
    let level = |k: usize| (loud * (k as f64 * 0.37).sin().abs()) as f32;
    piece.envelope = (0..steps).map(level).collect();
    piece
}

#[test]
fn the_mouth_rests_in_silence() {
    let motion = plan(&timing("  ma  "), &options());
    let quiet = motion.rows()[..12].iter().chain(&motion.rows()[46..]);
    for row in quiet {
        let mouth = [
            row.jaw, row.pucker, row.wide, row.upper, row.lower, row.press, row.tongue,
        ];
        assert!(mouth.iter().all(|v| v.abs() < f32::EPSILON), "{row:?}");
    }
}

/// Three seconds of speech.
fn sentence() -> SpeechTiming {
    timing("ðə nɔɹθ wɪnd ænd ðə sʌn")
}

fn directed(prompt: &str, expressiveness: Expressiveness) -> Vec<Pose> {
    let options = MotionOptions {
        seed: 7,
        expressiveness,
        direction: Direction::read(prompt),
        ..MotionOptions::default()
    };
    plan(&sentence(), &options).rows().to_vec()
}

/// How far the head turns in all.
fn turning(rows: &[Pose]) -> f32 {
    rows.windows(2)
        .map(|pair| (pair[1].yaw - pair[0].yaw).abs() + (pair[1].pitch - pair[0].pitch).abs())
        .sum()
}

#[test]
fn expressive_faces_move_more() {
    use Expressiveness::{High, Low, Medium};
    let [low, medium, high] = [Low, Medium, High].map(|how| directed("", how));
    assert!(turning(&low) * 1.2 < turning(&medium));
    assert!(turning(&medium) * 1.2 < turning(&high));
    let widest = |rows: &[Pose]| rows.iter().map(|row| row.jaw).fold(0.0, f32::max);
    assert!(widest(&low) < widest(&high));
    assert_eq!(low, directed("", Low), "the same input moves the same way");
}

#[test]
fn faces_do_what_the_prompt_says() {
    let low = |prompt| directed(prompt, Expressiveness::Low);
    let plain = low("");
    assert!(turning(&low("stand still")) < 0.4 * turning(&plain));
    assert!(turning(&low("energetic")) > 1.2 * turning(&plain));
    let most = |rows: &[Pose], of: fn(&Pose) -> f32| rows.iter().map(of).fold(f32::MIN, f32::max);
    assert!(most(&low("nods"), |row| row.pitch) > 1.3 * most(&plain, |row| row.pitch));
    assert!(most(&low("look left"), |row| -row.yaw) > 0.06);
    assert!(most(&low("look right"), |row| row.yaw) > 0.06);
    assert!(most(&low("look up"), |row| -row.pitch) > 0.04);
    assert!(most(&low("look left"), |row| -row.gaze[0]) > 0.1);
    assert!(most(&low("lean in"), |row| row.lean) > 0.5);
    assert!(most(&low("smile"), |row| row.smile) > 0.5);
    assert!(most(&low("serious"), |row| row.smile) <= 0.0);
    // Nothing that was not asked for.
    let idle = |row: &Pose| row.smile.abs() + row.lean.abs() < 1e-6;
    assert!(plain.iter().all(idle));
}

#[test]
fn a_smile_widens_the_mouth_and_a_lean_enlarges_the_face() {
    let scene = scene(720, 720, Fit::Cover);
    let width = |pose: Pose| scene.intended_mouth(&pose)[1];
    let rest = width(Pose::default());
    let smiling = width(Pose {
        smile: 1.0,
        ..Pose::default()
    });
    assert!(smiling > rest + 0.05, "{rest} to {smiling}");
    let near = width(Pose {
        lean: 1.0,
        ..Pose::default()
    });
    assert!(near > 1.03 * rest, "{rest} to {near}");
}

#[test]
fn lips_part_round_for_u_and_show_teeth_for_f() {
    let scene = scene(720, 720, Fit::Cover);
    let pose = |symbol: char| {
        let motion = plan(&timing(&format!("{symbol}{symbol}{symbol}")), &options());
        Pose {
            yaw: 0.0,
            pitch: 0.0,
            roll: 0.0,
            lift: 0.0,
            ..motion.rows()[4]
        }
    };
    let [opening, round] = scene.intended_mouth(&pose('u'));
    let [_, spread] = scene.intended_mouth(&pose('i'));
    assert!(round < 0.75 * spread, "{round} for u, {spread} for i");
    assert!(opening > 0.02, "u leaves an opening of {opening}");
    let large = self::scene(1440, 1440, Fit::Cover);
    let bitten = count(&large.render_rgb(&pose('f')), is_tooth);
    assert!(bitten > 40, "f shows {bitten} pixels of teeth");
}

#[test]
fn bilabials_close_the_lips_and_vowels_open_them() {
    let timing = timing("ɑmɑpɑbɑ");
    let motion = plan(&timing, &options());
    let scene = scene(720, 720, Fit::Cover);
    let opening = |middle: f64| {
        let row = motion.rows()[(middle * 25.0).round() as usize];
        scene.intended_mouth(&row)[0]
    };
    for phoneme in &timing.phonemes {
        let opening = opening(f64::midpoint(phoneme.start_s, phoneme.end_s));
        if phoneme.symbol == 'ɑ' {
            assert!(
                opening > 0.08,
                "a vowel at {} opens by {opening}",
                phoneme.start_s
            );
        } else {
            assert!(
                opening < 0.02,
                "{} leaves a gap of {opening}",
                phoneme.symbol
            );
        }
    }
}

#[test]
fn an_open_mouth_is_dark_inside() {
    let scene = scene(720, 720, Fit::Cover);
    let (_, landmarks) = portrait();
    let dark = |jaw: f32| {
        let picture = scene.render_rgb(&Pose {
            jaw,
            ..Pose::default()
        });
        // From the upper lip to where an open mouth's lower lip is, short of the corners and the chin.
        let scale = 720.0 / 512.0;
        let at = |k: usize| landmarks[k].map(|v| (v * scale) as u32);
        let (xs, ys) = (at(81)[0]..at(311)[0], at(13)[1]..at(14)[1] + 14);
        ys.flat_map(|y| xs.clone().map(move |x| (x, y)))
            .filter(|&(x, y)| picture.get_pixel(x, y).0.iter().all(|&c| c < 90))
            .count()
    };
    let (closed, open) = (dark(0.0), dark(0.8));
    assert!(
        open > closed + 40,
        "{closed} dark pixels closed, {open} open"
    );
}

#[test]
fn the_background_stands_and_frames_are_repeatable() {
    let scene = scene(640, 360, Fit::Contain);
    let still = scene.new_frame();
    let pose = Pose {
        jaw: 0.7,
        yaw: 0.08,
        roll: 0.05,
        blink: 0.6,
        ..Pose::default()
    };
    let mut frame = scene.new_frame();
    scene.render(&pose, &mut frame);
    let (before, after) = (still.as_bytes(), frame.as_bytes());
    assert_ne!(before, after);
    // The backdrop at both sides of the square photo, and the lower third of the photo.
    for y in 0..360 {
        for x in (0..140).chain(500..640) {
            assert_eq!(before[y * 640 + x], after[y * 640 + x], "{x}, {y}");
        }
    }
    assert_eq!(before[250 * 640..360 * 640], after[250 * 640..360 * 640]);
    // A frame drawn over another pose equals a fresh one.
    scene.render(
        &Pose {
            jaw: 1.0,
            pitch: -0.1,
            ..Pose::default()
        },
        &mut frame,
    );
    scene.render(&pose, &mut frame);
    let mut fresh = scene.new_frame();
    scene.render(&pose, &mut fresh);
    assert_eq!(frame.as_bytes(), fresh.as_bytes());
}

#[test]
fn a_frame_of_another_scene_is_made_anew() {
    let of = |colour| {
        let options = SceneOptions {
            width: 640,
            height: 360,
            fit: Fit::Contain,
            background: Some(colour),
        };
        Scene::new(&puppet(), &options).unwrap()
    };
    let (green, blue) = (of([0, 255, 0]), of([0, 0, 255]));
    let mut frame = green.new_frame();
    green.render(&Pose::default(), &mut frame);
    blue.render(&Pose::default(), &mut frame);
    let mut fresh = blue.new_frame();
    blue.render(&Pose::default(), &mut fresh);
    assert_eq!(frame.as_bytes(), fresh.as_bytes());
}

#[test]
fn faces_at_the_border_and_extreme_poses_are_drawn() {
    let (photo, landmarks) = portrait();
    let crop = image::imageops::crop_imm(&photo, 200, 60, 120, 120).to_image();
    let moved: Vec<_> = landmarks
        .iter()
        .map(|p| [p[0] - 200.0, p[1] - 60.0, p[2]])
        .collect();
    let puppet = Puppet::train(&crop, &moved).unwrap();
    for (width, height) in [(2, 2), (64, 360), (360, 64)] {
        for fit in [Fit::Cover, Fit::Contain] {
            let options = SceneOptions {
                width,
                height,
                fit,
                background: Some([0, 255, 0]),
            };
            let scene = Scene::new(&puppet, &options).unwrap();
            for v in [-3.0, -1.0, 0.0, 1.0, 3.0] {
                let pose = Pose {
                    jaw: v,
                    pucker: v,
                    wide: -v,
                    upper: v,
                    lower: v,
                    press: v,
                    tongue: v,
                    blink: v,
                    brow: v,
                    smile: v,
                    gaze: [v, v],
                    yaw: v,
                    pitch: v,
                    roll: v,
                    lift: v,
                    lean: v,
                };
                assert_eq!(scene.render_rgb(&pose).dimensions(), (width, height));
            }
        }
    }
}

/// Landmarks in a picture `scale` times as large.
fn scaled(landmarks: &[[f32; 3]], scale: f32) -> Vec<[f32; 3]> {
    landmarks.iter().map(|p| p.map(|v| v * scale)).collect()
}

/// Light and hardly red, as enamel is; skin and even the shine on a lip are redder.
fn is_tooth([r, g, b]: [u8; 3]) -> bool {
    b > 115 && r.saturating_sub(g) < 20 && r.saturating_sub(b) < 36
}

fn is_dark(pixel: [u8; 3]) -> bool {
    pixel.iter().all(|&c| c < 90)
}

/// Pixels about the mouth of the portrait, drawn on a square of `side`, that are so.
fn count(picture: &RgbImage, is: fn([u8; 3]) -> bool) -> usize {
    let (_, landmarks) = portrait();
    let at = scaled(&landmarks, picture.width() as f32 / 512.0);
    let place = |k: usize, axis: usize| at[k][axis] as u32;
    let (xs, ys) = (place(81, 0)..place(311, 0), place(13, 1)..place(17, 1) + 14);
    ys.flat_map(|y| xs.clone().map(move |x| (x, y)))
        .filter(|&(x, y)| is(picture.get_pixel(x, y).0))
        .count()
}

/// The portrait with lips that meet, and landmarks that say so.
fn closed_portrait() -> (RgbImage, Vec<[f32; 3]>) {
    let photo = scene(512, 512, Fit::Cover).render_rgb(&Pose::default());
    let (_, mut landmarks) = portrait();
    let upper = [191, 80, 81, 82, 13, 312, 311, 310, 415];
    let lower = [95, 88, 178, 87, 14, 317, 402, 318, 324];
    for (up, low) in upper.into_iter().zip(lower) {
        let seam = landmarks[up][1] + 0.3 * (landmarks[low][1] - landmarks[up][1]);
        (landmarks[up][1], landmarks[low][1]) = (seam, seam);
    }
    (photo, landmarks)
}

#[test]
fn teeth_are_seen_in_an_open_mouth_only() {
    let own = puppet();
    let (photo, landmarks) = closed_portrait();
    let drawn = Puppet::train(&photo, &landmarks).unwrap();
    for (name, puppet) in [("the photo's own", own), ("drawn", drawn)] {
        let options = SceneOptions {
            width: 720,
            height: 720,
            fit: Fit::Cover,
            background: None,
        };
        let scene = Scene::new(&puppet, &options).unwrap();
        let teeth = |jaw: f32| {
            let rest = Pose::default();
            count(&scene.render_rgb(&Pose { jaw, ..rest }), is_tooth)
        };
        let (closed, little, open) = (teeth(0.0), teeth(0.3), teeth(0.8));
        assert!(closed < 5, "{name} teeth: {closed} pixels on closed lips");
        assert!(
            little > 25,
            "{name} teeth: {little} pixels in a small opening"
        );
        assert!(open > 25, "{name} teeth: {open} pixels in an open mouth");
    }
}

#[test]
fn frames_of_bilabials_show_closed_lips() {
    let timing = timing("ɑmɑpɑbɑ");
    let motion = plan(&timing, &options());
    let scene = scene(720, 720, Fit::Cover);
    let at_rest = count(&scene.render_rgb(&Pose::default()), is_dark);
    for phoneme in &timing.phonemes {
        let middle = f64::midpoint(phoneme.start_s, phoneme.end_s);
        let row = Pose {
            // The head's own way is another matter.
            yaw: 0.0,
            pitch: 0.0,
            roll: 0.0,
            lift: 0.0,
            ..motion.rows()[(middle * 25.0).round() as usize]
        };
        let picture = scene.render_rgb(&row);
        let inside = count(&picture, is_dark) + count(&picture, is_tooth);
        if phoneme.symbol == 'ɑ' {
            assert!(
                inside > at_rest + 25,
                "a vowel shows {inside} pixels of the inside"
            );
        } else {
            assert!(
                inside < at_rest + 5,
                "{} shows {inside} pixels of the inside",
                phoneme.symbol
            );
        }
    }
}

#[test]
fn small_and_large_photos_give_the_same_picture() {
    let (photo, landmarks) = portrait();
    let pose = Pose {
        jaw: 0.5,
        wide: 0.3,
        blink: 0.4,
        yaw: 0.04,
        ..Pose::default()
    };
    let drawn = |side: u32| {
        let filter = image::imageops::FilterType::CatmullRom;
        let photo = image::imageops::resize(&photo, side, side, filter);
        let landmarks = scaled(&landmarks, side as f32 / 512.0);
        let puppet = Puppet::train(&photo, &landmarks).unwrap();
        let again = Puppet::from_bytes(&puppet.to_bytes()).unwrap();
        let options = SceneOptions {
            width: 360,
            height: 360,
            fit: Fit::Cover,
            background: None,
        };
        Scene::new(&again, &options).unwrap().render_rgb(&pose)
    };
    let (small, large) = (drawn(600), drawn(4000));
    let apart: u64 = small
        .iter()
        .zip(large.iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    let mean = apart as f64 / small.len() as f64;
    assert!(mean < 3.0, "the pictures differ by {mean} a byte");
}

#[test]
fn a_face_at_the_border_stays_in_its_photo() {
    let (photo, landmarks) = portrait();
    // The left edge cuts the cheek, the upper one the forehead.
    let (left, top) = (175, 60);
    let crop = image::imageops::crop_imm(&photo, left, top, 180, 180).to_image();
    let moved: Vec<_> = landmarks
        .iter()
        .map(|p| [p[0] - left as f32, p[1] - top as f32, p[2]])
        .collect();
    let puppet = Puppet::train(&crop, &moved).unwrap();
    let options = SceneOptions {
        width: 640,
        height: 360,
        fit: Fit::Contain,
        background: Some([0, 255, 0]),
    };
    let scene = Scene::new(&puppet, &options).unwrap();
    let mut frame = scene.new_frame();
    let still = frame.clone();
    for yaw in [-0.1, 0.1] {
        let pose = Pose {
            yaw,
            roll: yaw,
            jaw: 1.0,
            ..Pose::default()
        };
        scene.render(&pose, &mut frame);
        let (before, after) = (still.as_bytes(), frame.as_bytes());
        for y in 0..360 {
            for x in (0..140).chain(500..640) {
                assert_eq!(before[y * 640 + x], after[y * 640 + x], "{x}, {y}");
            }
        }
        // Nor does the background come into the photo.
        let picture = scene.render_rgb(&pose);
        let green = |x, y| matches!(picture.get_pixel(x, y).0, [0..100, 180..=255, 0..100]);
        for y in 0..360 {
            assert!((142..498).all(|x| !green(x, y)), "green in row {y}");
        }
    }
}

#[test]
fn frames_drawn_in_parallel_equal_those_in_series() {
    let scene = scene(640, 360, Fit::Cover);
    let motion = plan(&timing("hɛlO wɜld ðɪs ɪz"), &options());
    let draw = |rows: &[Pose]| -> Vec<Vec<u8>> {
        let mut frame = scene.new_frame();
        rows.iter()
            .map(|row| {
                scene.render(row, &mut frame);
                frame.as_bytes().to_vec()
            })
            .collect()
    };
    let series = draw(motion.rows());
    let parallel: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let parts: Vec<_> = motion
            .rows()
            .chunks(7)
            .map(|part| scope.spawn(move || draw(part)))
            .collect();
        parts.into_iter().flat_map(|p| p.join().unwrap()).collect()
    });
    assert_eq!(series.len(), parallel.len());
    assert!(series == parallel);
}

#[test]
fn a_blink_covers_the_eyes_and_nothing_else() {
    let scene = scene(720, 720, Fit::Cover);
    let (_, landmarks) = portrait();
    let at = scaled(&landmarks, 720.0 / 512.0);
    let open = scene.render_rgb(&Pose::default());
    let blink = Pose {
        blink: 1.0,
        ..Pose::default()
    };
    let closed = scene.render_rgb(&blink);
    let eyes = [(33, 133, 159, 145, 468), (362, 263, 386, 374, 473)];
    let unit = at[263][0] - at[33][0];
    let within = |x: u32, y: u32| {
        let (x, y) = (x as f32, y as f32);
        eyes.iter().any(|&(left, right, upper, lower, _)| {
            // The corner at the temple sinks and takes what is beside it along.
            (at[left][0] - 0.17 * unit..at[right][0] + 0.17 * unit).contains(&x)
                && (at[upper][1] - 0.15 * unit..at[lower][1] + 0.17 * unit).contains(&y)
        })
    };
    for (x, y, pixel) in closed.enumerate_pixels() {
        assert!(
            within(x, y) || pixel == open.get_pixel(x, y),
            "a blink changes {x}, {y}"
        );
    }
    for (_, _, _, _, iris) in eyes {
        let grey = |picture: &RgbImage| -> u32 {
            let (x, y) = (at[iris][0] as u32, at[iris][1] as u32);
            let pixels = (x - 2..x + 3).flat_map(|x| (y - 2..y + 3).map(move |y| (x, y)));
            pixels
                .map(|(x, y)| u32::from(picture.get_pixel(x, y).0[1]))
                .sum::<u32>()
                / 25
        };
        let (before, after) = (grey(&open), grey(&closed));
        assert!(after > before + 20, "the iris is {before}, the lid {after}");
    }
}

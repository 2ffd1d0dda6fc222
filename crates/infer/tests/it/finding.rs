//! Faces are found wherever they are, and only where they are.

use image::{RgbImage, imageops};
use likeness_infer::{FaceModels, InferError};

use crate::pictures::{
    astronaut, faces, mean_distance, noise, on_canvas, shrunk, turned, turned_point,
};

#[test]
fn a_turned_picture_has_turned_landmarks() {
    let upright = &faces(&astronaut())[0];
    for degrees in [-30.0f32, 12.0, 30.0] {
        let found = faces(&turned(&astronaut(), degrees));
        assert_eq!(found.len(), 1, "{degrees}");
        let expected = upright
            .landmarks
            .iter()
            .map(|&point| turned_point(point, degrees));
        let distance = mean_distance(&found[0].landmarks, expected);
        println!("{degrees} degrees: {distance:.2} px");
        assert!(distance < 2.0, "{degrees} degrees: {distance} px");
        let roll = (found[0].pose.roll - upright.pose.roll).to_degrees();
        assert!((roll - degrees).abs() < 4.0, "{degrees} degrees: {roll}");
    }
}

#[test]
fn a_mirrored_picture_has_a_mirrored_face() {
    let picture = astronaut();
    let face = &faces(&picture)[0];
    let mirrored = &faces(&imageops::flip_horizontal(&picture))[0];
    assert!((face.bounds[0] - (511.0 - mirrored.bounds[2])).abs() < 4.0);
    assert!(
        (face.pose.yaw + mirrored.pose.yaw).abs() < 0.08,
        "{:?} {:?}",
        face.pose,
        mirrored.pose
    );
    // Points 33 and 263 change sides.
    let distance = (face.landmarks[33][0] - (511.0 - mirrored.landmarks[263][0])).abs();
    assert!(distance < 2.5, "{distance}");
}

#[test]
fn a_far_face_is_found_where_it_is() {
    let face = &faces(&astronaut())[0];
    for (canvas, side, at) in [
        ((2000u32, 1500u32), 256u32, (1500i64, 900i64)),
        ((6000, 4000), 512, (137, 3300)),
        ((1200, 4800), 512, (400, 100)),
    ] {
        let start = std::time::Instant::now();
        let found = faces(&on_canvas(&shrunk(&astronaut(), side), canvas, at));
        let scale = side as f32 / 512.0;
        println!(
            "{canvas:?} {side}: {} faces, {:?}",
            found.len(),
            start.elapsed()
        );
        assert_eq!(found.len(), 1, "{canvas:?} {side}");
        let expected = face.landmarks.iter();
        let expected = expected.map(|p| [p[0] * scale + at.0 as f32, p[1] * scale + at.1 as f32]);
        let distance = mean_distance(&found[0].landmarks, expected) / scale;
        println!("  {distance:.2} px of the portrait");
        assert!(distance < 2.5, "{canvas:?} {side}: {distance}");
    }
}

#[test]
fn a_near_face_is_found() {
    let picture = imageops::crop_imm(&astronaut(), 140, 40, 170, 200).to_image();
    let picture = imageops::resize(&picture, 3400, 4000, imageops::FilterType::CatmullRom);
    let found = faces(&picture);
    assert_eq!(found.len(), 1);
    assert!(found[0].size() > 2000.0, "{:?}", found[0].bounds);
}

#[test]
fn two_faces_are_two_and_the_larger_comes_first() {
    let mut canvas = on_canvas(&astronaut(), (1400, 700), (800, 100));
    imageops::replace(&mut canvas, &shrunk(&astronaut(), 300), 100, 200);
    let found = faces(&canvas);
    assert_eq!(found.len(), 2);
    assert!(found[0].bounds[0] > 800.0 && found[1].bounds[2] < 400.0);
}

#[test]
fn nothing_is_found_where_nothing_is() {
    assert!(faces(&noise(700, 900)).is_empty());
    assert!(faces(&RgbImage::new(640, 480)).is_empty());
    assert!(faces(&RgbImage::new(1, 5000)).is_empty());
    let no_head = imageops::crop_imm(&astronaut(), 0, 260, 512, 252).to_image();
    assert!(faces(&no_head).is_empty());
}

#[test]
fn an_impossible_size_is_refused() {
    for (width, height) in [(0, 10), (20_000, 1)] {
        let result = crate::pictures::models().analyse(&RgbImage::new(width, height));
        assert!(matches!(result, Err(InferError::PictureSize { .. })));
    }
}

#[test]
fn missing_models_name_the_cure() {
    let error = FaceModels::load("/nowhere".as_ref()).unwrap_err();
    assert!(error.to_string().contains("cargo xtask setup"), "{error}");
}

#[test]
fn a_pool_of_one_thread_and_many_callers_agree() {
    let models = FaceModels::load_with_threads(&likeness_models::default_dir(), 1).unwrap();
    let picture = astronaut();
    let find = || models.analyse(&picture).unwrap()[0].landmarks.clone();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3).map(|_| scope.spawn(find)).collect();
        let runs: Vec<_> = runs.into_iter().map(|run| run.join().unwrap()).collect();
        assert!(runs.windows(2).all(|pair| pair[0] == pair[1]));
    });
}

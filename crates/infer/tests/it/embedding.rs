//! Faces of one person and of others.

use image::{RgbImage, imageops};
use likeness_infer::{FaceEmbedder, FaceEmbedding, InferError, SAME_PERSON};

use crate::pictures::{astronaut, faces, shrunk, turned};

fn embedder() -> FaceEmbedder {
    FaceEmbedder::load(&likeness_models::default_dir()).expect("the network is installed")
}

fn embed(embedder: &FaceEmbedder, picture: &RgbImage) -> FaceEmbedding {
    let landmarks = faces(picture).remove(0).landmarks;
    embedder
        .embed(picture, &landmarks)
        .expect("the network runs on any picture")
}

#[test]
fn a_changed_photo_is_still_of_the_same_person() {
    let embedder = embedder();
    let photo = astronaut();
    let original = embed(&embedder, &photo);
    let changed = [
        ("mirrored", imageops::flip_horizontal(&photo)),
        ("turned", turned(&photo, 12.0)),
        ("small", shrunk(&photo, 300)),
        ("dark", imageops::brighten(&photo, -50)),
    ];
    for (name, picture) in changed {
        let other = embed(&embedder, &picture);
        let (far, alike) = (original.distance(&other), original.similarity(&other));
        println!("{name}: distance {far:.3}, similarity {alike:.3}");
        assert!(
            original.is_same_person(&other) && alike > 0.9,
            "{name}: {far}"
        );
        assert!(far < 0.75 * SAME_PERSON, "{name}: {far}");
    }
}

#[test]
fn a_face_of_other_proportions_is_another_person() {
    let embedder = embedder();
    let photo = astronaut();
    let original = embed(&embedder, &photo);
    // No second person is at hand: a face a third narrower, of inverted colours, is none of hers.
    let mut other = imageops::resize(&photo, 340, 512, imageops::FilterType::CatmullRom);
    imageops::invert(&mut other);
    let landmarks: Vec<[f32; 3]> = faces(&photo)[0]
        .landmarks
        .iter()
        .map(|&[x, y, z]| [x * 340.0 / 512.0, y, z])
        .collect();
    let far = original.distance(&embedder.embed(&other, &landmarks).unwrap());
    println!("other: distance {far:.3}");
    assert!(far > SAME_PERSON, "{far}");
}

#[test]
fn too_few_landmarks_are_refused() {
    let error = embedder().embed(&astronaut(), &[[0.0; 3]; 5]).unwrap_err();
    assert!(matches!(error, InferError::Shape { .. }), "{error}");
}

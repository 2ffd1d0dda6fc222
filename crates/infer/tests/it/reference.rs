//! Against the numbers of Python `MediaPipe` with the same networks.

use likeness_infer::{BLENDSHAPE_NAMES, LANDMARKS};

use crate::pictures::{astronaut, faces, models};

const REFERENCE: &str = include_str!("../data/astronaut-reference.txt");

#[test]
fn landmarks_are_those_of_mediapipe() {
    let face = &faces(&astronaut())[0];
    let rows = REFERENCE
        .lines()
        .filter_map(|line| line.strip_prefix("landmark "));
    let mut worst = [0.0f32; 2];
    let mut count = 0;
    for (row, point) in rows.zip(&face.landmarks) {
        let row: Vec<f32> = row
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect();
        worst[0] = worst[0].max((row[0] - point[0]).hypot(row[1] - point[1]));
        worst[1] = worst[1].max((row[2] - point[2]).abs());
        count += 1;
    }
    assert_eq!(count, LANDMARKS);
    println!(
        "landmarks differ by at most {:.3} px, depth by {:.3} px",
        worst[0], worst[1]
    );
    assert!(worst[0] < 0.05 && worst[1] < 0.1, "{worst:?}");
    assert!(
        face.presence > 0.9 && face.score > 0.8,
        "{} {}",
        face.presence,
        face.score
    );
}

#[test]
fn blendshapes_are_those_of_mediapipe() {
    let face = &faces(&astronaut())[0];
    let rows = REFERENCE
        .lines()
        .filter_map(|line| line.strip_prefix("blendshape "));
    let mut worst = 0.0f32;
    let mut names = BLENDSHAPE_NAMES.iter().zip(face.blendshapes);
    for row in rows {
        let (name, score) = row.split_once(' ').unwrap();
        let (expected_name, got) = names.next().unwrap();
        assert_eq!(name, *expected_name);
        worst = worst.max((score.parse::<f32>().unwrap() - got).abs());
    }
    assert!(names.next().is_none());
    println!("blendshapes differ by at most {worst:.4}");
    assert!(worst < 0.005, "{worst}");
}

#[test]
fn she_smiles_looks_ahead_and_is_a_woman() {
    let face = &faces(&astronaut())[0];
    let shape = |wanted: &str| {
        face.blendshapes[BLENDSHAPE_NAMES
            .iter()
            .position(|name| *name == wanted)
            .unwrap()]
    };
    println!(
        "{:?} {:?} smile {}",
        face.gender,
        face.pose,
        shape("mouthSmileLeft")
    );
    assert!(shape("mouthSmileLeft") > 0.5 && shape("mouthSmileRight") > 0.5);
    assert!(shape("eyeBlinkLeft") < 0.5 && shape("jawOpen") < 0.3);
    assert!(face.gender.female > 0.8, "{:?}", face.gender);
    assert!(
        face.pose.yaw.abs() < 0.2 && face.pose.pitch.abs() < 0.5,
        "{:?}",
        face.pose
    );
}

#[test]
fn a_face_is_followed_from_its_landmarks() {
    let picture = astronaut();
    let face = &faces(&picture)[0];
    let moved: Vec<[f32; 3]> = face
        .landmarks
        .iter()
        .map(|&[x, y, z]| [x + 6.0, y - 4.0, z])
        .collect();
    let tracked = models().track(&picture, &moved).unwrap().unwrap();
    let expected = face.landmarks.iter().map(|&[x, y, _]| [x, y]);
    let distance = crate::pictures::mean_distance(&tracked.landmarks, expected);
    println!("followed to {distance:.2} px");
    assert!(distance < 1.5, "{distance}");
    let away: Vec<[f32; 3]> = face
        .landmarks
        .iter()
        .map(|&[x, y, z]| [x - 200.0, y + 300.0, z])
        .collect();
    assert!(models().track(&picture, &away).unwrap().is_none());
    assert!(models().track(&picture, &[]).unwrap().is_none());
}

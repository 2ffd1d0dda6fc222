//! Numbers that the original networks give for a made up input, computed once with `LiteRT` 2 and ONNX Runtime, against
//! those of the installed files.

use rten::{Model, ModelOptions, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use crate::models_dir;

/// Pseudo-random numbers from -1 to 1, the same as in the reference runs.
fn made_up(shape: &[usize]) -> Tensor<f32> {
    let count = shape.iter().product::<usize>();
    let numbers =
        (0..count).map(|n| f32::from(u16::try_from(n * 7919 % 1000).unwrap()) / 500.0 - 1.0);
    Tensor::from_data(shape, numbers.collect::<Vec<f32>>())
}

fn load(file: &str) -> Model {
    ModelOptions::with_all_ops()
        .load_file(models_dir().join(file))
        .unwrap()
}

fn run(model: &Model, inputs: &[ValueOrView]) -> Vec<Tensor<f32>> {
    let inputs = model
        .input_ids()
        .iter()
        .copied()
        .zip(inputs.iter().cloned())
        .collect();
    let outputs = model.run(inputs, model.output_ids(), None).unwrap();
    outputs
        .into_iter()
        .map(|output| Tensor::try_from(output).unwrap())
        .collect()
}

/// First number, the one after a third, last number and mean size of one output.
type Reference = (usize, [f64; 3], f64);

fn assert_outputs(file: &str, shape: &[usize], references: &[Reference], tolerance: f64) {
    let outputs = run(&load(file), &[made_up(shape).view().into()]);
    assert_eq!(outputs.len(), references.len(), "{file}");
    for (output, (length, picks, mean)) in outputs.iter().zip(references) {
        let numbers: Vec<f64> = output.to_vec().into_iter().map(f64::from).collect();
        assert_eq!(numbers.len(), *length, "{file}");
        for (place, expected) in [0, length / 3, length - 1].into_iter().zip(picks) {
            let off = (numbers[place] - expected).abs();
            assert!(
                off < tolerance,
                "{file}: number {place} is {} not {expected}",
                numbers[place]
            );
        }
        let sum: f64 = numbers.iter().map(|number| number.abs()).sum();
        let found = sum / f64::from(u32::try_from(*length).unwrap());
        assert!(
            (found - mean).abs() < tolerance,
            "{file}: mean size {found} not {mean}"
        );
    }
}

#[test]
fn the_face_detector_computes_what_the_original_does() {
    let boxes = (
        14336,
        [
            1.338_441_491_127_014_2,
            -2.642_839_193_344_116,
            -12.642_232_894_897_461,
        ],
        13.331_325_533_432_375,
    );
    let scores = (
        896,
        [
            -4.669_553_279_876_709,
            -3.771_888_732_910_156_2,
            -27.138_648_986_816_406,
        ],
        3.460_486_502_652_721,
    );
    assert_outputs(
        "face/detector.onnx",
        &[1, 128, 128, 3],
        &[boxes, scores],
        1e-3,
    );
}

#[test]
fn the_landmark_network_computes_what_the_original_does() {
    let points = (
        1434,
        [
            107.950_859_069_824_22,
            80.893_249_511_718_75,
            3.640_025_377_273_559_6,
        ],
        83.501_698_589_901_93,
    );
    let presence = (1, [-18.543_880_462_646_484; 3], 18.543_880_462_646_484);
    let tongue = (1, [0.0; 3], 0.0);
    let references = [points, presence, tongue];
    assert_outputs("face/landmarks.onnx", &[1, 256, 256, 3], &references, 2e-3);
}

#[test]
fn the_blendshape_network_computes_what_the_original_does() {
    let scores = (
        52,
        [
            0.000_160_130_599_397_234_62,
            0.339_909_672_737_121_6,
            0.000_098_346_684_512,
        ],
        0.200_485_618_491_949,
    );
    assert_outputs("face/blendshapes.onnx", &[1, 146, 2], &[scores], 1e-5);
}

#[test]
fn the_person_network_computes_what_the_original_does() {
    // The original ran in MediaPipe 0.10.21 on this picture in bytes: a head and shoulders of one colour each.
    let mut numbers = Vec::new();
    for row in 0..256_i32 {
        for column in 0..256_i32 {
            let head = 4 * (column - 128).pow(2) + 2 * (row - 100).pow(2) < 10_000;
            let body = (column - 128).pow(2) + (row - 260).pow(2) < 110 * 110;
            let colour = match (head, body) {
                (true, _) => [200, 160, 140],
                (false, true) => [40, 50, 90],
                (false, false) => [column, 180, 255 - row],
            };
            numbers.extend(colour.map(|c| f32::from(u8::try_from(c).unwrap()) / 255.0));
        }
    }
    let picture = Tensor::from_data(&[1, 256, 256, 3], numbers);
    let outputs = run(&load("face/person.onnx"), &[picture.view().into()]);
    let seen = outputs[0].to_vec();
    assert_eq!(seen.len(), 65_536);
    for (place, expected) in [
        (0, 0.0),
        (21_845, 0.127_486_3),
        (24_745, 0.302_046_4),
        (25_728, 0.053_604_6),
    ] {
        let found = seen[place];
        assert!(
            (found - expected).abs() < 1e-3,
            "number {place} is {found}, not {expected}"
        );
    }
    let mean = f64::from(seen.iter().sum::<f32>()) / 65_536.0;
    assert!((mean - 0.003_167_743).abs() < 1e-5, "{mean}");
}

#[test]
fn the_face_embedding_computes_what_the_original_does() {
    let embedding = (
        128,
        [
            -0.179_049_208_760_261_54,
            -0.005_352_778_360_247_612,
            0.057_069_666_683_673_86,
        ],
        0.085_277_512_669_563_3,
    );
    let shape = [1, 3, 150, 150];
    assert_outputs("face/embedding.onnx", &shape, &[embedding], 1e-5);
}

#[test]
fn kokoro_speaks_and_tells_how_long_each_phoneme_is() {
    let model = load("kokoro/model.onnx");
    let style = std::fs::read(models_dir().join("kokoro/voices/af_heart.bin")).unwrap();
    let style: Vec<f32> = style
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    let tokens = [
        0, 50, 83, 54, 156, 57, 135, 16, 65, 156, 87, 158, 54, 46, 5, 0,
    ];
    let tokens = Tensor::from_data(&[1, tokens.len()], tokens.to_vec());
    let style = Tensor::from_data(&[1, 256], style[13 * 256..14 * 256].to_vec());
    let speed = Tensor::from_data(&[1], vec![1.0f32]);
    let outputs = run(
        &model,
        &[
            tokens.view().into(),
            style.view().into(),
            speed.view().into(),
        ],
    );
    let frames = outputs[1].to_vec();
    let reference = [17u8, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 13, 7, 1].map(f32::from);
    assert_eq!(frames.len(), reference.len());
    for (found, expected) in frames.iter().zip(reference) {
        // Int8 products are rounded in other places by other runtimes.
        assert!((found - expected).abs() <= 1.0, "{frames:?}");
    }
    let samples = outputs[0].to_vec();
    let total: f32 = frames.iter().sum();
    let missing = 600.0 * total - f32::from(u16::try_from(samples.len()).unwrap());
    assert!(missing.abs() < 0.5, "{missing} samples missing");
    let mean = samples.iter().map(|sample| sample.abs()).sum::<f32>() / (600.0 * total);
    assert!(
        (0.025..0.037).contains(&mean),
        "mean level {mean}, 0.031 in ONNX Runtime"
    );
}

#[test]
fn the_networks_that_are_taken_as_they_are_load() {
    for file in [
        "face/gender.onnx",
        "hibari/hibari.onnx",
        "hibari/oov.onnx",
        "hibari/oov_gb.onnx",
    ] {
        assert!(!load(file).output_ids().is_empty());
    }
}

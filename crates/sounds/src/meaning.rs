//! Ranking of sounds by what a query means: the network `all-MiniLM-L6-v2` turns texts into points, and texts of like
//! meaning into near ones (Reimers and Gurevych 2019).

use std::path::{Path, PathBuf};

use rten::{Model, ModelOptions, NodeId, ValueOrView};
use rten_tensor::Tensor;

use crate::words::Words;
use crate::{Kind, Sound, catalogue};

/// Numbers in an embedding.
const WIDTH: usize = 384;
/// Cosine at which a description fits a query half, and how sharply the score turns there. Measured: of queries and the
/// sound they mean the cosine is 0.35 to 0.75, of others 0 to 0.3.
const HALF: f32 = 0.28;
const SHARPNESS: f32 = 11.0;

/// Why a query could not be ranked.
#[derive(Debug, thiserror::Error)]
pub enum MeaningError {
    /// A file of the network is missing or unreadable.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        source: std::io::Error,
    },
    /// The network is not one that the runtime can run.
    #[error("load the network {}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        source: Box<rten::LoadError>,
    },
    /// The network refused its input.
    #[error("run the sentence embedder")]
    Run(#[from] Box<rten::RunError>),
    /// The network has other values, or gave other numbers, than it should.
    #[error("the sentence embedder is not the expected one: {0}")]
    Unexpected(&'static str),
}

/// The embedder with the sounds' own embeddings.
pub struct Meaning {
    model: Model,
    inputs: [NodeId; 2],
    output: NodeId,
    words: Words,
    sounds: Vec<(Sound, Vec<f32>)>,
}

impl std::fmt::Debug for Meaning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meaning")
    }
}

impl Meaning {
    /// Loads the network from the folder that the setup command fills, and reads all descriptions (a second).
    pub fn load(models_dir: &Path) -> Result<Self, MeaningError> {
        let dir = models_dir.join("meaning");
        let path = dir.join("vocabulary.txt");
        let vocabulary =
            std::fs::read_to_string(&path).map_err(|source| MeaningError::Read { path, source })?;
        let path = dir.join("minilm.onnx");
        let model = ModelOptions::with_all_ops()
            .load_file(&path)
            .map_err(|source| MeaningError::Load {
                path,
                source: Box::new(source),
            })?;
        let find = |name: &str| {
            model
                .find_node(name)
                .ok_or(MeaningError::Unexpected("it lacks a value"))
        };
        let mut meaning = Self {
            inputs: [find("tokens")?, find("positions")?],
            output: find("states")?,
            words: Words::new(&vocabulary),
            sounds: Vec::new(),
            model,
        };
        for sound in catalogue() {
            let text = format!("{}. {}", sound.name, sound.description);
            let embedding = meaning.embed(&text)?;
            meaning.sounds.push((sound, embedding));
        }
        Ok(meaning)
    }

    /// The sounds of a kind with their scores from 0 to 1, best first.
    pub fn rank(&self, query: &str, kind: Kind) -> Result<Vec<(Sound, f32)>, MeaningError> {
        let query = self.embed(query)?;
        let of_kind = self.sounds.iter().filter(|(sound, _)| sound.kind == kind);
        let mut ranked: Vec<(Sound, f32)> = of_kind
            .map(|(sound, embedding)| (*sound, score(cosine(&query, embedding))))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.id.cmp(b.0.id)));
        Ok(ranked)
    }

    /// The mean of the network's states over all pieces, of length 1.
    fn embed(&self, text: &str) -> Result<Vec<f32>, MeaningError> {
        let pieces = self.words.pieces(text);
        let count = pieces.len();
        let positions: Vec<i32> = (0..count as i32).collect();
        let inputs: Vec<(NodeId, ValueOrView)> = vec![
            (self.inputs[0], Tensor::from_data(&[count], pieces).into()),
            (
                self.inputs[1],
                Tensor::from_data(&[count], positions).into(),
            ),
        ];
        let mut outputs = self
            .model
            .run(inputs, &[self.output], None)
            .map_err(Box::new)?;
        let states = outputs
            .pop()
            .and_then(|value| Tensor::<f32>::try_from(value).ok())
            .map(Tensor::into_data)
            .filter(|states| states.len() == count * WIDTH)
            .ok_or(MeaningError::Unexpected("its states have another shape"))?;
        let mut mean = vec![0.0; WIDTH];
        for state in states.chunks_exact(WIDTH) {
            for (sum, number) in mean.iter_mut().zip(state) {
                *sum += number;
            }
        }
        let length = mean
            .iter()
            .map(|n| n * n)
            .sum::<f32>()
            .sqrt()
            .max(f32::MIN_POSITIVE);
        Ok(mean.into_iter().map(|n| n / length).collect())
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The contract drops results below 0.7 unless told otherwise, so a fitting sound has to lie above that.
fn score(cosine: f32) -> f32 {
    1.0 / (1.0 + (-(cosine - HALF) * SHARPNESS).exp())
}

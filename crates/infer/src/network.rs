//! One network: a picture or points in, all outputs as plain numbers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use crate::InferError;

/// A loaded network with one input, run with `&self` from any thread.
pub(crate) struct Network {
    name: &'static str,
    model: Model,
    input: NodeId,
    pool: Option<Arc<ThreadPool>>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The file of a network below the models folder.
pub(crate) fn file(dir: &Path, name: &str) -> PathBuf {
    dir.join("face").join(format!("{name}.onnx"))
}

impl Network {
    pub(crate) fn load(
        dir: &Path,
        name: &'static str,
        pool: Option<Arc<ThreadPool>>,
    ) -> Result<Self, InferError> {
        let path = file(dir, name);
        let model = ModelOptions::with_all_ops()
            .load_file(&path)
            .map_err(|source| InferError::Load {
                path,
                source: source.into(),
            })?;
        let &[input] = model.input_ids() else {
            let what = format!("{} inputs instead of one", model.input_ids().len());
            return Err(InferError::Shape {
                network: name,
                what,
            });
        };
        Ok(Self {
            name,
            model,
            input,
            pool,
        })
    }

    /// Runs the network; the outputs must have at least the given lengths, in the network's order.
    pub(crate) fn run<const N: usize>(
        &self,
        input: &Tensor<f32>,
        lengths: [usize; N],
    ) -> Result<[Vec<f32>; N], InferError> {
        let view: ValueOrView = input.view().into();
        let options = RunOptions::default().with_thread_pool(self.pool.clone());
        let outputs = self
            .model
            .run(
                vec![(self.input, view)],
                self.model.output_ids(),
                Some(options),
            )
            .map_err(|source| InferError::Run {
                network: self.name,
                source: Box::new(source),
            })?;
        let mut outputs = outputs.into_iter();
        let mut taken = std::array::from_fn(|_| Vec::new());
        for (slot, length) in taken.iter_mut().zip(lengths) {
            let tensor = outputs
                .next()
                .and_then(|value| Tensor::<f32>::try_from(value).ok());
            let data = tensor.map(|tensor| tensor.to_vec()).unwrap_or_default();
            if data.len() < length {
                let what = format!("an output of {} numbers instead of {length}", data.len());
                return Err(InferError::Shape {
                    network: self.name,
                    what,
                });
            }
            *slot = data;
        }
        Ok(taken)
    }
}

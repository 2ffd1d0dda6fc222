//! Loading of networks, running them by the names of their values, and loading once.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, NodeId, Value, ValueOrView};
use rten_tensor::Tensor;

use crate::HearingError;

/// A loaded network with the values we feed and ask for.
pub(crate) struct Network {
    name: &'static str,
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Network {
    pub(crate) fn load(
        name: &'static str,
        path: &Path,
        inputs: &[String],
        outputs: &[String],
    ) -> Result<Self, HearingError> {
        let model = ModelOptions::with_all_ops()
            .load_file(path)
            .map_err(|source| HearingError::Load {
                path: path.to_owned(),
                source: Box::new(source),
            })?;
        let find = |names: &[String]| -> Result<Vec<NodeId>, HearingError> {
            let find = |node: &String| {
                model.find_node(node).ok_or_else(|| HearingError::BadFile {
                    path: path.to_owned(),
                    reason: format!("it has no value {node}"),
                })
            };
            names.iter().map(find).collect()
        };
        let (inputs, outputs) = (find(inputs)?, find(outputs)?);
        Ok(Self {
            name,
            model,
            inputs,
            outputs,
        })
    }

    /// Runs the network on `inputs`, in the order of the names given to [`load`](Self::load).
    pub(crate) fn run(
        &self,
        inputs: Vec<ValueOrView<'_>>,
    ) -> Result<std::vec::IntoIter<Value>, HearingError> {
        let inputs = self.inputs.iter().copied().zip(inputs).collect();
        let values = self
            .model
            .run(inputs, &self.outputs, None)
            .map_err(|source| HearingError::Run {
                network: self.name,
                source: Box::new(source),
            })?;
        Ok(values.into_iter())
    }

    pub(crate) fn bad_output(&self, reason: &'static str) -> HearingError {
        HearingError::BadOutput {
            network: self.name,
            reason,
        }
    }

    /// A value as numbers in row-major order.
    pub(crate) fn floats(&self, value: Option<Value>) -> Result<Vec<f32>, HearingError> {
        value
            .and_then(|value| Tensor::<f32>::try_from(value).ok())
            .map(Tensor::into_data)
            .ok_or_else(|| self.bad_output("an output is missing or of another type"))
    }
}

/// Something big that is loaded by the first who needs it and then shared.
#[derive(Debug)]
pub(crate) struct Shared<T>(Mutex<Option<Arc<T>>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Shared<T> {
    /// The loaded thing. Others wait while one loads; after a failure the next caller tries again.
    pub(crate) fn get_or_load<E>(&self, load: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &*slot {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(load()?);
        *slot = Some(Arc::clone(&loaded));
        Ok(loaded)
    }
}

/// A file's contents.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, HearingError> {
    std::fs::read(path).map_err(|source| HearingError::Read {
        path: path.to_owned(),
        source,
    })
}

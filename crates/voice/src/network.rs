//! Small shared things about the networks: loading, asking for outputs by name, loading once.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView};
use rten_tensor::Tensor;

use crate::VoiceError;

/// A loaded network with the nodes we feed and ask for.
pub(crate) struct Network {
    name: &'static str,
    model: Model,
    inputs: Vec<NodeId>,
    outputs: Vec<NodeId>,
    /// Threads for runs that keep to one each; `None` where a run uses all cores.
    lanes: Option<Lanes>,
}

impl Network {
    /// Loads the file and looks up its nodes; an output may be any node inside the graph.
    pub(crate) fn load(
        name: &'static str,
        path: &Path,
        inputs: &[&str],
        outputs: &[&str],
    ) -> Result<Self, VoiceError> {
        let model = open(path, &ModelOptions::with_all_ops())?;
        Self::of(name, path, model, inputs, outputs)
    }

    /// The same for a small network that is run often. Each run keeps to one thread, as several go side by side and none
    /// is long enough to be worth sharing out; the weights are laid out once for all runs, which costs their size again.
    pub(crate) fn load_small(
        name: &'static str,
        path: &Path,
        inputs: &[&str],
        outputs: &[&str],
    ) -> Result<Self, VoiceError> {
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let network = Self::of(name, path, open(path, &options)?, inputs, outputs)?;
        Ok(Self {
            lanes: Some(Lanes::default()),
            ..network
        })
    }

    fn of(
        name: &'static str,
        path: &Path,
        model: Model,
        inputs: &[&str],
        outputs: &[&str],
    ) -> Result<Self, VoiceError> {
        let find = |names: &[&str]| {
            names
                .iter()
                .map(|node| {
                    model.find_node(node).ok_or_else(|| VoiceError::BadFile {
                        path: path.to_owned(),
                        reason: format!("it has no node {node}"),
                    })
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let (inputs, outputs) = (find(inputs)?, find(outputs)?);
        Ok(Self {
            name,
            model,
            inputs,
            outputs,
            lanes: None,
        })
    }

    /// Loads a network that has one input and one output, whatever they are called.
    pub(crate) fn load_ends(name: &'static str, path: &Path) -> Result<Self, VoiceError> {
        let model = open(path, &ModelOptions::with_all_ops())?;
        Ok(Self {
            name,
            inputs: model.input_ids().to_vec(),
            outputs: model.output_ids().to_vec(),
            model,
            lanes: None,
        })
    }

    /// A node inside the graph.
    pub(crate) fn node(&self, name: &str) -> Option<NodeId> {
        self.model.find_node(name)
    }

    /// The outputs in the order of the names given to [`load`](Self::load).
    pub(crate) fn outputs(&self) -> &[NodeId] {
        &self.outputs
    }

    /// Runs the network on `inputs`, in the order of the names given to [`load`](Self::load).
    pub(crate) fn run(&self, inputs: Vec<ValueOrView<'_>>) -> Result<Outputs, VoiceError> {
        self.run_with(inputs, Vec::new(), &self.outputs)
    }

    /// Runs the network with some of its inner values given, as far as `outputs` need it.
    pub(crate) fn run_with(
        &self,
        inputs: Vec<ValueOrView<'_>>,
        inner: Vec<(NodeId, ValueOrView<'_>)>,
        outputs: &[NodeId],
    ) -> Result<Outputs, VoiceError> {
        let inputs = self
            .inputs
            .iter()
            .copied()
            .zip(inputs)
            .chain(inner)
            .collect();
        let lane = self.lanes.as_ref().map(Lanes::take);
        let options = RunOptions::default().with_thread_pool(lane.clone());
        let values = self.model.run(inputs, outputs, Some(options));
        if let Some((lanes, lane)) = self.lanes.as_ref().zip(lane) {
            lanes.give_back(lane);
        }
        let values = values.map_err(|source| VoiceError::Run {
            network: self.name,
            source,
        })?;
        Ok(Outputs {
            network: self.name,
            values: values.into_iter(),
        })
    }

    pub(crate) fn bad_output(&self, reason: &'static str) -> VoiceError {
        VoiceError::BadOutput {
            network: self.name,
            reason,
        }
    }
}

fn open(path: &Path, options: &ModelOptions) -> Result<Model, VoiceError> {
    options.load_file(path).map_err(|source| VoiceError::Load {
        path: path.to_owned(),
        source,
    })
}

/// Pools of one thread each that wait for work: as many as there were runs at the same time.
#[derive(Debug, Default)]
struct Lanes(Mutex<Vec<Arc<ThreadPool>>>);

impl Lanes {
    fn take(&self) -> Arc<ThreadPool> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(|| Arc::new(ThreadPool::with_num_threads(1)))
    }

    fn give_back(&self, lane: Arc<ThreadPool>) {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(lane);
    }
}

/// What a run returned, taken one by one in the order of the output names.
pub(crate) struct Outputs {
    network: &'static str,
    values: std::vec::IntoIter<Value>,
}

impl Outputs {
    /// The next output with its shape.
    pub(crate) fn next_shaped(&mut self) -> Result<Tensor<f32>, VoiceError> {
        let tensor = self
            .values
            .next()
            .and_then(|v| Tensor::<f32>::try_from(v).ok());
        tensor.ok_or(VoiceError::BadOutput {
            network: self.network,
            reason: "an output is missing or of another type",
        })
    }

    /// The next output as a flat list in row-major order.
    pub(crate) fn next_f32(&mut self) -> Result<Vec<f32>, VoiceError> {
        self.next_tensor::<f32>()
    }

    /// The next output as a flat list of integers.
    pub(crate) fn next_i32(&mut self) -> Result<Vec<i32>, VoiceError> {
        self.next_tensor::<i32>()
    }

    fn next_tensor<T: Clone>(&mut self) -> Result<Vec<T>, VoiceError>
    where
        Tensor<T>: TryFrom<Value>,
    {
        let tensor = self
            .values
            .next()
            .and_then(|value| Tensor::<T>::try_from(value).ok());
        tensor.map(Tensor::into_data).ok_or(VoiceError::BadOutput {
            network: self.network,
            reason: "an output is missing or of another type",
        })
    }
}

/// A row of token numbers as the networks take them, `[1, n]`.
pub(crate) fn row(tokens: &[i32]) -> Tensor<i32> {
    Tensor::from_data(&[1, tokens.len()], tokens.to_vec())
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

//! Networks of convolutions that run on every frame of a film.
//!
//! `rten` computes convolutions of single channels (depthwise) number by number, which is most of the time of networks that
//! were made for telephones. Here their few operations run on whole vectors, with what follows a convolution done in the
//! same pass.

mod graph;
mod kernels;
mod plan;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::InferError;
use plan::{Plan, Step};

/// A loaded network of one picture, run with `&self` from any thread, on that thread.
pub(crate) struct ConvNetwork {
    name: &'static str,
    plan: Plan,
    /// The memory of runs that have ended.
    idle: Mutex<Vec<Memory>>,
}

/// One buffer for each of the plan's, and one for the borders of depthwise convolutions.
#[derive(Debug, Default)]
struct Memory {
    buffers: Vec<Vec<f32>>,
    bordered: Vec<f32>,
}

impl std::fmt::Debug for ConvNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConvNetwork")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl ConvNetwork {
    /// Loads `face/{name}.onnx` below the models folder; of its outputs, the first `outputs` are computed.
    pub(crate) fn load(dir: &Path, name: &'static str, outputs: usize) -> Result<Self, InferError> {
        let path = crate::network::file(dir, name);
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| InferError::Load {
            path: path.clone(),
            source,
        };
        let file = fs::read(&path).map_err(|error| failed(error.into()))?;
        let plan = graph::plan(&file, outputs).map_err(|error| failed(error.into()))?;
        Ok(Self {
            name,
            plan,
            idle: Mutex::default(),
        })
    }

    /// Runs the network on rows of pixels with the channels last; the outputs have at least the given lengths.
    pub(crate) fn run<const N: usize>(
        &self,
        input: &[f32],
        lengths: [usize; N],
    ) -> Result<[Vec<f32>; N], InferError> {
        let shape = |what| InferError::Shape {
            network: self.name,
            what,
        };
        if input.len() != self.plan.input.numbers() {
            return Err(shape(format!("an input of {} numbers", input.len())));
        }
        let outputs = &self.plan.outputs;
        let short = (0..N).find(|&n| outputs.get(n).is_none_or(|out| out.1 < lengths[n]));
        if let Some(n) = short {
            return Err(shape(format!("no output of {} numbers", lengths[n])));
        }
        let mut memory = self.idle().pop().unwrap_or_default();
        memory
            .buffers
            .resize_with(self.plan.buffers.len(), Vec::new);
        for (buffer, &size) in memory.buffers.iter_mut().zip(&self.plan.buffers) {
            buffer.resize(size, 0.0);
        }
        for step in &self.plan.steps {
            memory.run(step, input);
        }
        let taken = std::array::from_fn(|n| {
            let (buffer, count, plane) = outputs[n];
            let planes = memory.buffers[buffer].chunks(plane);
            planes.take(count).map(|plane| plane[0]).collect()
        });
        self.idle().push(memory);
        Ok(taken)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Memory>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn run(&mut self, step: &Step, input: &[f32]) {
        let mut out = std::mem::take(&mut self.buffers[step.to()]);
        match step {
            Step::Picture(patches, _) => kernels::patches(patches, input, &mut out),
            Step::Patches(patches, from, _) => {
                kernels::patches(patches, &self.buffers[*from], &mut out);
            }
            Step::Pool(shape, from, _) => kernels::pool(*shape, &self.buffers[*from], &mut out),
            Step::Depthwise(layer, from, _) => {
                let from = &self.buffers[*from];
                kernels::depthwise(layer, from, &mut self.bordered, &mut out);
            }
            Step::Pointwise {
                layer, from, skip, ..
            } => {
                let skip = skip.map(|(buffer, numbers)| &self.buffers[buffer][..numbers]);
                kernels::pointwise(layer, &self.buffers[*from], skip, &mut out);
            }
        }
        self.buffers[step.to()] = out;
    }
}

//! What is computed, in what order and where it is kept.

/// Numbers in the widest vector.
pub(super) const WIDEST: usize = 16;

/// Channels, height and width of a picture in planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Shape {
    pub(super) fn pixels(self) -> usize {
        self.height * self.width
    }

    pub(super) fn numbers(self) -> usize {
        self.channels * self.pixels()
    }

    /// Numbers from one plane to the next: whole vectors, and one more, as pixels of planes that lie a power of two apart
    /// fall into the same few places of the cache.
    pub(super) fn plane(self) -> usize {
        self.pixels().next_multiple_of(WIDEST) + WIDEST
    }
}

/// The pixels under a kernel, each of its places as a plane of its own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patches {
    /// The picture that is read.
    pub shape: Shape,
    /// From one pixel to the next, and from one channel to the next.
    pub pixel: usize,
    pub channel: usize,
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    /// Rows above and columns to the left of the picture that are zero.
    pub before: [usize; 2],
    /// The result: a channel for each channel, row and column of the kernel.
    pub result: Shape,
}

/// A convolution of single channels, three by three, which keeps the size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Depthwise {
    pub shape: Shape,
    /// For each channel, by rows.
    pub weights: Vec<[f32; 9]>,
    pub bias: Vec<f32>,
}

/// Output channels that are computed together.
pub(super) const TOGETHER: usize = 4;

/// A convolution of single pixels, with what follows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pointwise {
    /// Of the result. Its channels are filled up to a multiple of [`TOGETHER`].
    pub shape: Shape,
    /// For [`TOGETHER`] output channels each, by input channel.
    pub weights: Vec<Vec<[f32; TOGETHER]>>,
    pub bias: Vec<f32>,
    /// What numbers below zero are multiplied with, by channel.
    pub slopes: Option<Vec<f32>>,
}

/// One operation; buffers are named by number, that of the result last.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Patches of the network's input.
    Picture(Patches, usize),
    Patches(Patches, usize, usize),
    /// The greatest of two by two.
    Pool(Shape, usize, usize),
    Depthwise(Depthwise, usize, usize),
    Pointwise {
        layer: Pointwise,
        from: usize,
        /// What is added to the first numbers of the result, before the slopes, and how many these are.
        skip: Option<(usize, usize)>,
        to: usize,
    },
}

impl Step {
    pub(super) fn to(&self) -> usize {
        match self {
            Self::Picture(_, to)
            | Self::Patches(_, _, to)
            | Self::Pool(_, _, to)
            | Self::Depthwise(_, _, to)
            | Self::Pointwise { to, .. } => *to,
        }
    }

    /// The buffers that are named: those that are read, and then that of the result.
    fn named(&mut self) -> Vec<&mut usize> {
        match self {
            Self::Picture(_, to) => vec![to],
            Self::Patches(_, from, to) | Self::Pool(_, from, to) | Self::Depthwise(_, from, to) => {
                vec![from, to]
            }
            Self::Pointwise { from, skip, to, .. } => {
                let skip = skip.iter_mut().map(|(buffer, _)| buffer);
                std::iter::once(from).chain(skip).chain([to]).collect()
            }
        }
    }

    /// Numbers of the result.
    fn size(&self) -> usize {
        let (shape, channels) = match self {
            Self::Picture(patches, _) | Self::Patches(patches, ..) => {
                (patches.result, patches.result.channels)
            }
            Self::Pool(shape, ..) => (halved(*shape), shape.channels),
            Self::Depthwise(layer, ..) => (layer.shape, layer.shape.channels),
            Self::Pointwise { layer, .. } => (layer.shape, layer.bias.len()),
        };
        channels * shape.plane()
    }
}

/// The shape of what [`Step::Pool`] makes.
pub(super) fn halved(shape: Shape) -> Shape {
    Shape {
        height: shape.height / 2,
        width: shape.width / 2,
        ..shape
    }
}

/// A whole network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub input: Shape,
    pub steps: Vec<Step>,
    /// Their sizes.
    pub buffers: Vec<usize>,
    /// Buffer, channels and distance of the planes of each output, of which the first pixel is given.
    pub outputs: Vec<(usize, usize, usize)>,
}

impl Plan {
    /// Steps and outputs name a buffer of its own for each result; here they come to share those that are not read any more.
    pub(super) fn new(
        input: Shape,
        mut steps: Vec<Step>,
        mut outputs: Vec<(usize, usize, usize)>,
    ) -> Self {
        let mut last_read = vec![0; steps.len()];
        for (at, step) in steps.iter_mut().enumerate() {
            for value in step.named() {
                last_read[*value] = at;
            }
        }
        for (value, ..) in &outputs {
            last_read[*value] = usize::MAX;
        }
        let mut buffers: Vec<usize> = Vec::new();
        let mut idle: Vec<usize> = Vec::new();
        let mut kept = vec![0; steps.len()];
        for (at, step) in steps.iter_mut().enumerate() {
            let size = step.size();
            let buffer = idle.pop().unwrap_or_else(|| {
                buffers.push(0);
                buffers.len() - 1
            });
            buffers[buffer] = buffers[buffer].max(size);
            kept[step.to()] = buffer;
            for value in step.named() {
                if last_read[*value] == at {
                    last_read[*value] = usize::MAX;
                    idle.push(kept[*value]);
                }
                *value = kept[*value];
            }
        }
        for (value, ..) in &mut outputs {
            *value = kept[*value];
        }
        Self {
            input,
            steps,
            buffers,
            outputs,
        }
    }
}

//! Operators that look at a picture through a window: convolutions, pooling, and scaling.

use super::super::onnx::Attribute;
use super::super::tflite::{Operator, code};
use super::{Converted, Converter, Order, int, ints, names};
use crate::ConvertError;

impl Converter<'_> {
    pub(super) fn convolution(&mut self, operator: &Operator) -> Converted {
        let depthwise = operator.code == code::DEPTHWISE_CONV_2D;
        let [_, height, width, channels] = self.shape(operator.input(0)?)?;
        // Depthwise weights are [1, height, width, out], others [out, height, width, in of the group].
        let order = if depthwise {
            [3, 0, 1, 2]
        } else {
            [0, 3, 1, 2]
        };
        let (shape, weights) = self.constant(operator.input(1)?)?.reordered(order)?;
        let groups = if depthwise {
            channels
        } else {
            channels.checked_div(shape[1]).unwrap_or(0)
        };
        let options = if depthwise { (4, 5, 6) } else { (3, 4, 5) };
        let (activation, dilation_x, dilation_y) = options;
        let strides = [operator.option(2, 1)?, operator.option(1, 1)?];
        let dilations = [
            operator.option(dilation_y, 1)?,
            operator.option(dilation_x, 1)?,
        ];
        let kernel = [shape[2], shape[3]];
        let window = Window {
            picture: [height, width],
            kernel,
            strides,
            dilations,
        };
        let mut attributes = window.attributes(operator.choice(0)?)?;
        attributes.push(Attribute::Ints(
            "dilations",
            dilations.map(i64::from).to_vec(),
        ));
        attributes.push(Attribute::Int("group", int(groups)?));

        let mut inputs = vec![
            self.planar(operator.input(0)?)?,
            self.graph.floats(&shape, &weights),
        ];
        if let Ok(bias) = operator.input(2) {
            let bias = self.constant(bias)?.clone();
            inputs.push(self.graph.floats(&bias.shape, bias.floats()?));
        }
        let made = self.graph.node("Conv", &names(&inputs), &attributes);
        self.activate(operator, activation, made, Order::Planar)
    }

    pub(super) fn pool(&mut self, op: &str, operator: &Operator) -> Converted {
        let [_, height, width, _] = self.shape(operator.input(0)?)?;
        let size = |number: i32| {
            usize::try_from(number).map_err(|_| ConvertError::Damaged("a negative size"))
        };
        let window = Window {
            picture: [height, width],
            kernel: [size(operator.option(4, 0)?)?, size(operator.option(3, 0)?)?],
            strides: [operator.option(2, 0)?, operator.option(1, 0)?],
            dilations: [1, 1],
        };
        let attributes = window.attributes(operator.choice(0)?)?;
        let input = self.planar(operator.input(0)?)?;
        let made = self.graph.node(op, &[&input], &attributes);
        self.activate(operator, 5, made, Order::Planar)
    }

    /// Bilinear scaling. ONNX calls the three conventions of where pixels lie by name.
    pub(super) fn resize(&mut self, operator: &Operator) -> Converted {
        let where_pixels_lie = match (operator.switch(2)?, operator.switch(3)?) {
            (true, _) => "align_corners",
            (false, true) => "half_pixel",
            (false, false) => "asymmetric",
        };
        let [batch, height, width, channels] = self.shape(operator.output)?;
        let input = self.planar(operator.input(0)?)?;
        let sizes = ints(&[batch, channels, height, width])?;
        let sizes = self.graph.ints(&[4], &sizes);
        let attributes = [
            Attribute::Text("mode", "linear"),
            Attribute::Text("coordinate_transformation_mode", where_pixels_lie),
        ];
        // Two optional inputs, a region and factors, are left out.
        let made = self
            .graph
            .node("Resize", &[&input, "", "", &sizes], &attributes);
        self.keep(operator, made, Order::Planar);
        Ok(())
    }

    pub(super) fn custom(&mut self, operator: &Operator) -> Converted {
        match operator.custom.name {
            b"Convolution2DTransposeBias" => self.transposed_convolution(operator),
            other => {
                let name = String::from_utf8_lossy(other).into_owned();
                Err(ConvertError::Unknown(format!("operator {name}")))
            }
        }
    }

    /// `MediaPipe`'s own operator: a convolution that enlarges, with a bias. Its options are three 32-bit numbers,
    /// padding (0 is SAME, 1 is VALID), stride across and stride down; its weights are `[out, height, width, in]`; the
    /// result is the input's size times the strides.
    fn transposed_convolution(&mut self, operator: &Operator) -> Converted {
        let number = |n: usize| -> Converted<usize> {
            let word = operator
                .custom
                .options
                .get(n * 4..)
                .and_then(|b| b.first_chunk());
            let number = word.map(|word| i32::from_le_bytes(*word));
            number
                .and_then(|number| usize::try_from(number).ok())
                .ok_or(ConvertError::Damaged("an operator lacks its options"))
        };
        let strides = [number(2)?, number(1)?];
        let [_, height, width, _] = self.shape(operator.input(0)?)?;
        let (shape, weights) = self.constant(operator.input(1)?)?.reordered([3, 0, 1, 2])?;
        let bias = self.constant(operator.input(2)?)?.clone();
        let mut pads = [0; 4];
        for (axis, picture) in [height, width].into_iter().enumerate() {
            let (kernel, stride) = (shape[axis + 2], strides[axis]);
            // What a plain transposed convolution gives beyond the size that is wanted is cut off.
            let surplus =
                (picture.saturating_sub(1) * stride + kernel).saturating_sub(picture * stride);
            (pads[axis], pads[axis + 2]) = (surplus / 2, surplus - surplus / 2);
        }
        let attributes = [
            Attribute::Ints("kernel_shape", ints(&shape[2..])?),
            Attribute::Ints("strides", ints(&strides)?),
            Attribute::Ints("pads", ints(&pads)?),
        ];
        let inputs = [
            self.planar(operator.input(0)?)?,
            self.graph.floats(&shape, &weights),
            self.graph.floats(&bias.shape, bias.floats()?),
        ];
        let made = self
            .graph
            .node("ConvTranspose", &names(&inputs), &attributes);
        self.keep(operator, made, Order::Planar);
        Ok(())
    }
}

/// How a kernel moves over a picture; height before width.
#[derive(Debug)]
struct Window {
    picture: [usize; 2],
    kernel: [usize; 2],
    strides: [i32; 2],
    dilations: [i32; 2],
}

impl Window {
    /// Kernel, strides and padding as ONNX names them. Padding 0 is SAME: each stride gives one result, and an odd
    /// pixel of padding goes to the bottom and the right. Padding 1 is none.
    fn attributes(&self, padding: i8) -> Converted<Vec<Attribute<'static>>> {
        let kernel = ints(&self.kernel)?;
        let mut pads = vec![0; 4];
        if padding == 0 {
            for (axis, picture) in ints(&self.picture)?.into_iter().enumerate() {
                let [stride, dilation] = [self.strides[axis], self.dilations[axis]].map(i64::from);
                if stride < 1 || kernel[axis] < 1 {
                    return Err(ConvertError::Damaged("a window has no size or no stride"));
                }
                let covered = (kernel[axis] - 1) * dilation + 1;
                let results = (picture + stride - 1) / stride;
                let missing = ((results - 1) * stride + covered - picture).max(0);
                pads[axis] = missing / 2;
                pads[axis + 2] = missing - missing / 2;
            }
        }
        Ok(vec![
            Attribute::Ints("kernel_shape", kernel),
            Attribute::Ints("strides", self.strides.map(i64::from).to_vec()),
            Attribute::Ints("pads", pads),
        ])
    }
}

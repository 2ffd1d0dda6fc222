//! Constants of a network: numbers with a shape.

use super::tflite::{Tensor, kind};
use crate::ConvertError;

/// A constant tensor.
#[derive(Debug, Clone)]
pub(crate) struct Constant {
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Numbers,
}

#[derive(Debug, Clone)]
pub(crate) enum Numbers {
    Floats(Vec<f32>),
    Ints(Vec<i64>),
}

impl Constant {
    /// The numbers of a tensor; `None` if it is computed.
    pub(crate) fn of(tensor: &Tensor) -> Result<Option<Self>, ConvertError> {
        if tensor.data.is_empty() {
            return Ok(None);
        }
        let words = || tensor.data.as_chunks::<4>().0.iter();
        let halves = || tensor.data.as_chunks::<2>().0.iter();
        let (numbers, size) = match tensor.kind {
            kind::FLOAT32 => (
                Numbers::Floats(words().map(|b| f32::from_le_bytes(*b)).collect()),
                4,
            ),
            kind::FLOAT16 => {
                let widen = |b: &[u8; 2]| half_to_f32(u16::from_le_bytes(*b));
                (Numbers::Floats(halves().map(widen).collect()), 2)
            }
            kind::INT32 => (
                Numbers::Ints(words().map(|b| i32::from_le_bytes(*b).into()).collect()),
                4,
            ),
            other => return Err(ConvertError::Unknown(format!("numbers of kind {other}"))),
        };
        let count = tensor
            .shape
            .iter()
            .try_fold(size, |all: usize, n| all.checked_mul(*n));
        if count != Some(tensor.data.len()) {
            return Err(ConvertError::Damaged(
                "a tensor has more or fewer numbers than its shape",
            ));
        }
        Ok(Some(Self {
            shape: tensor.shape.clone(),
            numbers,
        }))
    }

    pub(crate) fn floats(&self) -> Result<&[f32], ConvertError> {
        match &self.numbers {
            Numbers::Floats(floats) => Ok(floats),
            Numbers::Ints(_) => Err(ConvertError::Damaged("whole numbers instead of floats")),
        }
    }

    pub(crate) fn ints(&self) -> Result<&[i64], ConvertError> {
        match &self.numbers {
            Numbers::Ints(ints) => Ok(ints),
            Numbers::Floats(_) => Err(ConvertError::Damaged("floats instead of whole numbers")),
        }
    }

    /// The same floats with dimension `order[n]` in place n. Only for four dimensions.
    pub(crate) fn reordered(
        &self,
        order: [usize; 4],
    ) -> Result<([usize; 4], Vec<f32>), ConvertError> {
        let shape = four(&self.shape)?;
        let floats = self.floats()?;
        let strides = [
            shape[1] * shape[2] * shape[3],
            shape[2] * shape[3],
            shape[3],
            1,
        ];
        let sizes = order.map(|dimension| shape[dimension]);
        let steps = order.map(|dimension| strides[dimension]);
        let mut moved = Vec::with_capacity(floats.len());
        for a in 0..sizes[0] {
            for b in 0..sizes[1] {
                for c in 0..sizes[2] {
                    let start = a * steps[0] + b * steps[1] + c * steps[2];
                    moved.extend((0..sizes[3]).map(|d| floats[start + d * steps[3]]));
                }
            }
        }
        Ok((sizes, moved))
    }
}

/// A shape of four dimensions.
pub(crate) fn four(shape: &[usize]) -> Result<[usize; 4], ConvertError> {
    shape
        .try_into()
        .map_err(|_| ConvertError::Unknown(format!("{} dimensions", shape.len())))
}

/// IEEE 754 binary16 to binary32; exact.
fn half_to_f32(half: u16) -> f32 {
    let sign = u32::from(half >> 15) << 31;
    let exponent = u32::from(half >> 10) & 31;
    let fraction = u32::from(half & 0x3ff);
    match exponent {
        // Zero and subnormal numbers: multiples of 2^-24.
        0 => {
            let size = f32::from(half & 0x3ff) / 16_777_216.0;
            f32::from_bits(size.to_bits() | sign)
        }
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 112) << 23 | fraction << 13),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_widen_exactly() {
        let cases = [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x83ff, -6.097_555e-5),
            (0x7c00, f32::INFINITY),
        ];
        for (half, expected) in cases {
            assert_eq!(
                half_to_f32(half).to_bits(),
                f32::to_bits(expected),
                "{half:04x}"
            );
        }
        assert!(half_to_f32(0x7e00).is_nan());
    }

    #[test]
    fn reordering_moves_dimensions() {
        let floats: Vec<f32> = (0..24u8).map(f32::from).collect();
        let constant = Constant {
            shape: vec![1, 2, 3, 4],
            numbers: Numbers::Floats(floats),
        };
        let (shape, moved) = constant.reordered([0, 3, 1, 2]).unwrap();
        assert_eq!(shape, [1, 4, 2, 3]);
        assert_eq!(moved[..7], [0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 1.0]);
    }
}

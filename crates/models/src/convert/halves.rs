//! Weights in half precision by name: what the speech and text networks are read into before their graphs are written.

use std::collections::BTreeMap;

use crate::ConvertError;

/// A tensor of binary16 numbers in row-major order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Halves {
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Vec<u16>,
}

impl Halves {
    /// Takes little-endian binary16 numbers; as many as the shape says.
    pub(crate) fn from_halves(shape: Vec<usize>, bytes: &[u8]) -> Result<Self, ConvertError> {
        let (words, rest) = bytes.as_chunks::<2>();
        let numbers = words.iter().map(|word| u16::from_le_bytes(*word)).collect();
        Self::checked(shape, numbers, rest.is_empty())
    }

    /// Takes little-endian binary32 numbers, each rounded to the nearest half.
    pub(crate) fn from_floats(shape: Vec<usize>, bytes: &[u8]) -> Result<Self, ConvertError> {
        let (words, rest) = bytes.as_chunks::<4>();
        let numbers = words
            .iter()
            .map(|word| f32_to_half(f32::from_le_bytes(*word)))
            .collect();
        Self::checked(shape, numbers, rest.is_empty())
    }

    fn checked(shape: Vec<usize>, numbers: Vec<u16>, whole: bool) -> Result<Self, ConvertError> {
        let count = shape
            .iter()
            .try_fold(1, |all: usize, size| all.checked_mul(*size));
        if whole && count == Some(numbers.len()) {
            Ok(Self { shape, numbers })
        } else {
            Err(ConvertError::Damaged(
                "a tensor has more or fewer numbers than its shape",
            ))
        }
    }

    /// Rows and columns of a matrix.
    pub(crate) fn matrix(&self) -> Result<[usize; 2], ConvertError> {
        self.shape
            .as_slice()
            .try_into()
            .map_err(|_| ConvertError::Unexpected(format!("a matrix of shape {:?}", self.shape)))
    }

    /// A matrix with rows and columns changed over.
    pub(crate) fn transposed(&self) -> Result<Self, ConvertError> {
        let [rows, columns] = self.matrix()?;
        let mut numbers = Vec::with_capacity(self.numbers.len());
        for column in 0..columns {
            numbers.extend((0..rows).map(|row| self.numbers[row * columns + column]));
        }
        Ok(Self {
            shape: vec![columns, rows],
            numbers,
        })
    }

    /// The `part`th of `parts` equal slices along the first dimension.
    pub(crate) fn part(&self, part: usize, parts: usize) -> Result<Self, ConvertError> {
        let first = self.shape.first().copied().unwrap_or(0);
        if first % parts != 0 || part >= parts {
            return Err(ConvertError::Unexpected(format!(
                "{parts} parts of shape {:?}",
                self.shape
            )));
        }
        let length = self.numbers.len() / parts;
        let mut shape = self.shape.clone();
        shape[0] = first / parts;
        Ok(Self {
            shape,
            numbers: self.numbers[part * length..(part + 1) * length].to_vec(),
        })
    }
}

/// All weights of a network.
#[derive(Debug, Default)]
pub(crate) struct Weights(pub(crate) BTreeMap<String, Halves>);

impl Weights {
    pub(crate) fn get(&self, name: &str) -> Result<&Halves, ConvertError> {
        self.0
            .get(name)
            .ok_or_else(|| ConvertError::Unexpected(format!("the weights {name} are missing")))
    }
}

/// IEEE 754 binary32 to binary16, to nearest, ties to even; what is too large becomes infinite.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is cut off is zero: the halves are made in the low 16 bits"
)]
fn f32_to_half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16 & 0x8000) as u16;
    let size = bits & 0x7fff_ffff;
    if size >= 0x7f80_0000 {
        let fraction = if size > 0x7f80_0000 { 0x200 } else { 0 };
        return sign | 0x7c00 | fraction;
    }
    // Below 2^-14 the step is 2^-24: adding 2^-1, whose last bit is that step, lets the processor round.
    if size < 0x3880_0000 {
        let rounded = (f32::from_bits(size) + 0.5).to_bits() - 0.5_f32.to_bits();
        return sign | rounded as u16;
    }
    let odd = size >> 13 & 1;
    let rounded = (size + 0xfff + odd) - (112 << 23);
    sign | (rounded >> 13).min(0x7c00) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_rounded_to_the_nearest_half() {
        let cases = [
            (0.0, 0x0000),
            (1.0, 0x3c00),
            (-2.0, 0xc000),
            (65504.0, 0x7bff),
            (65519.0, 0x7bff),
            (65520.0, 0x7c00),
            (1e9, 0x7c00),
            (0.333_251_95, 0x3555),
            (1.0 + 1.0 / 2048.0, 0x3c00),
            (1.0 + 3.0 / 2048.0, 0x3c02),
            (5.960_464_5e-8, 0x0001),
            (2.9e-8, 0x0000),
            (-6.097_555e-5, 0x83ff),
            (6.103_5e-5, 0x0400),
            (f32::NEG_INFINITY, 0xfc00),
        ];
        for (float, half) in cases {
            assert_eq!(f32_to_half(float), half, "{float}");
        }
        assert_eq!(f32_to_half(f32::NAN) & 0x7e00, 0x7e00);
    }

    #[test]
    fn matrices_are_turned_and_cut() {
        let bytes: Vec<u8> = (0..12_u16).flat_map(u16::to_le_bytes).collect();
        let matrix = Halves::from_halves(vec![4, 3], &bytes).unwrap();
        assert_eq!(matrix.transposed().unwrap().numbers[..5], [0, 3, 6, 9, 1]);
        assert_eq!(matrix.part(1, 2).unwrap().numbers, [6, 7, 8, 9, 10, 11]);
        assert!(matrix.part(0, 3).is_err());
        assert!(Halves::from_halves(vec![4, 4], &bytes).is_err());
        assert!(Halves::from_halves(vec![12], &bytes[1..]).is_err());
    }
}

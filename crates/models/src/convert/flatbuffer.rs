//! Reading of flatbuffers, the container of `TFLite` files: tables with numbered fields, each found by offsets.
//!
//! Every access checks its bounds, so a damaged file is an error and never a panic.

use crate::ConvertError;

/// A table inside a buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    bytes: &'a [u8],
    /// Where the table begins.
    at: usize,
}

fn damaged<T>() -> Result<T, ConvertError> {
    Err(ConvertError::Damaged("an offset leads out of the file"))
}

/// Little-endian bytes at a place.
fn take<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], ConvertError> {
    match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(chunk) => Ok(*chunk),
        None => damaged(),
    }
}

/// Follows the offset that stands at a place.
fn follow(bytes: &[u8], at: usize) -> Result<usize, ConvertError> {
    let offset = u32::from_le_bytes(take(bytes, at)?);
    match usize::try_from(offset)
        .ok()
        .and_then(|offset| at.checked_add(offset))
    {
        Some(target) if target < bytes.len() => Ok(target),
        _ => damaged(),
    }
}

impl<'a> Table<'a> {
    /// The root table of a file.
    pub(crate) fn root(bytes: &'a [u8]) -> Result<Self, ConvertError> {
        Ok(Self {
            bytes,
            at: follow(bytes, 0)?,
        })
    }

    /// Where field number `field` lies; `None` if it has its default.
    fn field(&self, field: usize) -> Result<Option<usize>, ConvertError> {
        let back = i32::from_le_bytes(take(self.bytes, self.at)?);
        let vtable = isize::try_from(back)
            .ok()
            .and_then(|back| self.at.checked_add_signed(-back));
        let Some(vtable) = vtable else {
            return damaged();
        };
        let length = usize::from(u16::from_le_bytes(take(self.bytes, vtable)?));
        let slot = 4 + 2 * field;
        if slot + 2 > length {
            return Ok(None);
        }
        let offset = usize::from(u16::from_le_bytes(take(self.bytes, vtable + slot)?));
        Ok((offset != 0).then_some(self.at + offset))
    }

    pub(crate) fn i8(&self, field: usize) -> Result<i8, ConvertError> {
        Ok(self
            .field(field)?
            .map(|at| take(self.bytes, at))
            .transpose()?
            .map_or(0, i8::from_le_bytes))
    }

    pub(crate) fn bool(&self, field: usize) -> Result<bool, ConvertError> {
        Ok(self.i8(field)? != 0)
    }

    pub(crate) fn i32_or(&self, field: usize, default: i32) -> Result<i32, ConvertError> {
        let bytes = self
            .field(field)?
            .map(|at| take(self.bytes, at))
            .transpose()?;
        Ok(bytes.map_or(default, i32::from_le_bytes))
    }

    /// An index; a missing field is 0.
    pub(crate) fn index(&self, field: usize) -> Result<usize, ConvertError> {
        usize::try_from(self.i32_or(field, 0)?).or_else(|_| damaged())
    }

    /// A table that the field refers to.
    pub(crate) fn table(&self, field: usize) -> Result<Option<Self>, ConvertError> {
        let Some(at) = self.field(field)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            bytes: self.bytes,
            at: follow(self.bytes, at)?,
        }))
    }

    /// Start and number of elements of a vector whose elements have `size` bytes.
    fn vector(&self, field: usize, size: usize) -> Result<Option<(usize, usize)>, ConvertError> {
        let Some(at) = self.field(field)? else {
            return Ok(None);
        };
        let start = follow(self.bytes, at)?;
        let Ok(count) = usize::try_from(u32::from_le_bytes(take(self.bytes, start)?)) else {
            return damaged();
        };
        let start = start + 4;
        match count
            .checked_mul(size)
            .and_then(|length| start.checked_add(length))
        {
            Some(end) if end <= self.bytes.len() => Ok(Some((start, count))),
            _ => damaged(),
        }
    }

    /// A vector of bytes; a missing one is empty.
    pub(crate) fn bytes(&self, field: usize) -> Result<&'a [u8], ConvertError> {
        let vector = self.vector(field, 1)?;
        Ok(vector.map_or(&[], |(start, count)| &self.bytes[start..start + count]))
    }

    /// A vector of numbers; a missing one is empty.
    pub(crate) fn i32s(&self, field: usize) -> Result<Vec<i32>, ConvertError> {
        let Some((start, count)) = self.vector(field, 4)? else {
            return Ok(Vec::new());
        };
        let chunks = self.bytes[start..start + 4 * count].as_chunks::<4>().0;
        Ok(chunks
            .iter()
            .map(|bytes| i32::from_le_bytes(*bytes))
            .collect())
    }

    /// A vector of tables; a missing one is empty.
    pub(crate) fn tables(&self, field: usize) -> Result<Vec<Self>, ConvertError> {
        let Some((start, count)) = self.vector(field, 4)? else {
            return Ok(Vec::new());
        };
        let places = (0..count).map(|index| start + 4 * index);
        places
            .map(|at| {
                Ok(Self {
                    bytes: self.bytes,
                    at: follow(self.bytes, at)?,
                })
            })
            .collect()
    }
}

//! Reading and writing of protocol buffers, the container of ONNX files, without a schema.
//!
//! A message is read as the list of its fields and written back as it came, so that an edit keeps what it does not
//! know.

use crate::ConvertError;

/// One field of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) number: u64,
    pub(crate) value: Value<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    /// A string, packed numbers, or a message.
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// All fields of a message, in order.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Vec<Field<'_>>, ConvertError> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut bytes)?),
            1 => Value::Fixed64(fixed(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).unwrap_or(usize::MAX);
                let Some((head, rest)) = bytes.split_at_checked(length) else {
                    return truncated();
                };
                bytes = rest;
                Value::Bytes(head)
            }
            5 => Value::Fixed32(fixed(&mut bytes)?),
            _ => return Err(ConvertError::Damaged("a field has an unknown wire type")),
        };
        fields.push(Field {
            number: key >> 3,
            value,
        });
    }
    Ok(fields)
}

fn truncated<T>() -> Result<T, ConvertError> {
    Err(ConvertError::Damaged("it ends in the middle of a field"))
}

fn varint(bytes: &mut &[u8]) -> Result<u64, ConvertError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let Some((byte, rest)) = bytes.split_first() else {
            return truncated();
        };
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(ConvertError::Damaged("a number has more than 64 bits"))
}

fn fixed<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], ConvertError> {
    let Some((head, rest)) = bytes.split_first_chunk() else {
        return truncated();
    };
    *bytes = rest;
    Ok(*head)
}

/// A message that is being written.
#[derive(Debug, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    pub(crate) fn varint(&mut self, number: u64, value: u64) -> &mut Self {
        self.key(number, 0);
        self.number(value);
        self
    }

    /// A signed number, as `int64` (not zigzag).
    pub(crate) fn int(&mut self, number: u64, value: i64) -> &mut Self {
        self.varint(number, value.cast_unsigned())
    }

    pub(crate) fn bytes(&mut self, number: u64, value: &[u8]) -> &mut Self {
        self.key(number, 2);
        self.number(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    pub(crate) fn string(&mut self, number: u64, value: &str) -> &mut Self {
        self.bytes(number, value.as_bytes())
    }

    pub(crate) fn message(&mut self, number: u64, value: &Self) -> &mut Self {
        self.bytes(number, &value.0)
    }

    pub(crate) fn float(&mut self, number: u64, value: f32) -> &mut Self {
        self.fixed(number, 5, &value.to_le_bytes())
    }

    /// A field as it was read.
    pub(crate) fn field(&mut self, field: &Field) -> &mut Self {
        match field.value {
            Value::Varint(value) => self.varint(field.number, value),
            Value::Bytes(value) => self.bytes(field.number, value),
            Value::Fixed64(value) => self.fixed(field.number, 1, &value),
            Value::Fixed32(value) => self.fixed(field.number, 5, &value),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn fixed(&mut self, number: u64, wire_type: u64, value: &[u8]) -> &mut Self {
        self.key(number, wire_type);
        self.0.extend_from_slice(value);
        self
    }

    fn key(&mut self, number: u64, wire_type: u64) {
        self.number(number << 3 | wire_type);
    }

    fn number(&mut self, mut value: u64) {
        loop {
            let low = value.to_le_bytes()[0] & 0x7f;
            value >>= 7;
            if value == 0 {
                return self.0.push(low);
            }
            self.0.push(low | 0x80);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_copied() {
        let mut inner = Message::default();
        inner.string(1, "Ümlaut").int(3, -1);
        let mut message = Message::default();
        message
            .varint(1, 300)
            .message(2, &inner)
            .fixed(7, 5, &[1, 2, 3, 4])
            .fixed(8, 1, &[9; 8]);
        let bytes = message.finish();
        let fields = read(&bytes).unwrap();
        assert_eq!(
            fields[0],
            Field {
                number: 1,
                value: Value::Varint(300)
            }
        );
        let Value::Bytes(inner) = fields[1].value else {
            panic!()
        };
        assert_eq!(read(inner).unwrap()[1].value, Value::Varint(u64::MAX));
        let mut copy = Message::default();
        for field in &fields {
            copy.field(field);
        }
        assert_eq!(copy.finish(), bytes);
    }

    #[test]
    fn every_truncation_is_an_error() {
        let mut message = Message::default();
        message
            .bytes(1, b"abc")
            .fixed(2, 1, &[0; 8])
            .varint(3, 1 << 40);
        let bytes = message.finish();
        let ends = [0, 5, 14, bytes.len()];
        for end in 0..=bytes.len() {
            assert_eq!(read(&bytes[..end]).is_ok(), ends.contains(&end), "{end}");
        }
        assert!(read(&[0x08; 1]).is_err());
        assert!(read(&[0xff; 12]).is_err());
        assert!(read(&[0x0b, 0x0c]).is_err());
    }
}

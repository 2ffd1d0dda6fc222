//! From a `MeCab` dictionary to what reading aloud needs of it: words, costs and pronunciations.
//!
//! `MeCab` writes a header of ten numbers and the name of the alphabet, a double array of the words, 16 bytes for each
//! entry and a line of features for each. Of an entry we keep the two context numbers, the cost and the pronunciation
//! (the ninth feature), each pronunciation once: 39 MB of 103.
//!
//! The file that is written, in little-endian numbers:
//!
//! ```text
//! "JWORDS01"  double array bytes u32  entries u32  pronunciation bytes u32
//! double array: (base i32, check u32) a unit, as in the dictionary
//! entries: left context u16, right context u16, cost i16, 0 u16, place of the pronunciation u32
//! pronunciations: length u8, UTF-8
//! ```

use std::collections::HashMap;

use crate::ConvertError;

/// Bytes before the double array.
const HEADER: usize = 72;
/// Number that, with the file's length mixed in, begins every dictionary.
const MAGIC: u32 = 0xef71_8f77;
/// Version of the format that is understood.
const VERSION: u32 = 102;
/// Bytes of an entry.
const ENTRY: usize = 16;
/// Place of the pronunciation among the features.
const PRONUNCIATION: usize = 8;

/// The compact form of a dictionary file.
pub(crate) fn compact(dictionary: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let damaged = ConvertError::Damaged;
    let number = |at: usize| -> Result<usize, ConvertError> {
        let bytes = dictionary
            .get(at..at + 4)
            .and_then(|b| b.first_chunk::<4>());
        let number = u32::from_le_bytes(*bytes.ok_or(damaged("the dictionary's head is short"))?);
        usize::try_from(number).map_err(|_| damaged("a number is too large"))
    };
    let length = u32::try_from(dictionary.len()).map_err(|_| damaged("it is too long"))?;
    if number(0)? != (length ^ MAGIC) as usize || number(4)? != VERSION as usize {
        return Err(ConvertError::Unexpected(
            "not a dictionary of MeCab".to_owned(),
        ));
    }
    let (array, entries, features) = (number(24)?, number(28)?, number(32)?);
    let part = |from: usize, len: usize| {
        dictionary
            .get(from..from + len)
            .ok_or(damaged("the dictionary ends early"))
    };
    let array = part(HEADER, array)?;
    let entries = part(HEADER + array.len(), entries)?;
    let features = part(HEADER + array.len() + entries.len(), features)?;
    let mut sounds = Sounds::default();
    let mut kept = Vec::with_capacity(entries.len() / ENTRY * 12);
    for entry in entries.chunks_exact(ENTRY) {
        let at = u32::from_le_bytes([entry[8], entry[9], entry[10], entry[11]]);
        let sound = pronunciation(features, at as usize)?;
        // Left and right context; then, past the part of speech, the cost.
        kept.extend_from_slice(&entry[0..4]);
        kept.extend_from_slice(&entry[6..8]);
        kept.extend_from_slice(&[0, 0]);
        kept.extend_from_slice(&sounds.place(sound)?.to_le_bytes());
    }
    let mut file = b"JWORDS01".to_vec();
    for size in [array.len(), kept.len() / 12, sounds.bytes.len()] {
        let size = u32::try_from(size).map_err(|_| damaged("it is too long"))?;
        file.extend_from_slice(&size.to_le_bytes());
    }
    file.extend_from_slice(array);
    file.extend_from_slice(&kept);
    file.extend_from_slice(&sounds.bytes);
    Ok(file)
}

/// The ninth feature of the line at `at`; entries of unknown words have none.
fn pronunciation(features: &[u8], at: usize) -> Result<&str, ConvertError> {
    let line = features.get(at..).unwrap_or_default();
    let end = line.iter().position(|byte| *byte == 0);
    let line = end.map(|end| &line[..end]);
    let line = line.ok_or(ConvertError::Damaged("an entry has no features"))?;
    let line = std::str::from_utf8(line)
        .map_err(|_| ConvertError::Damaged("the features are not UTF-8"))?;
    let sound = line.split(',').nth(PRONUNCIATION).unwrap_or_default();
    Ok(if sound == "*" { "" } else { sound })
}

/// Pronunciations, each once.
#[derive(Debug, Default)]
struct Sounds<'a> {
    bytes: Vec<u8>,
    places: HashMap<&'a str, u32>,
}

impl<'a> Sounds<'a> {
    fn place(&mut self, sound: &'a str) -> Result<u32, ConvertError> {
        if let Some(place) = self.places.get(sound) {
            return Ok(*place);
        }
        let long = || ConvertError::Damaged("a pronunciation is too long");
        let place = u32::try_from(self.bytes.len()).map_err(|_| long())?;
        self.bytes
            .push(u8::try_from(sound.len()).map_err(|_| long())?);
        self.bytes.extend_from_slice(sound.as_bytes());
        self.places.insert(sound, place);
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(features: &[&str]) -> Vec<u8> {
        let array = [1u8; 16];
        let mut text = Vec::new();
        let mut entries = Vec::new();
        for (n, line) in (1u16..).zip(features) {
            entries.extend_from_slice(&n.to_le_bytes());
            entries.extend_from_slice(&(n + 10).to_le_bytes());
            entries.extend_from_slice(&7u16.to_le_bytes());
            entries.extend_from_slice(&(-5i16).to_le_bytes());
            entries.extend_from_slice(&u32::try_from(text.len()).unwrap().to_le_bytes());
            entries.extend_from_slice(&0u32.to_le_bytes());
            text.extend_from_slice(line.as_bytes());
            text.push(0);
        }
        let length = HEADER + array.len() + entries.len() + text.len();
        let head = [
            u32::try_from(length).unwrap() ^ MAGIC,
            VERSION,
            0,
            1,
            1,
            1,
            16,
            u32::try_from(entries.len()).unwrap(),
            u32::try_from(text.len()).unwrap(),
            0,
        ];
        let mut file: Vec<u8> = head.iter().flat_map(|n| n.to_le_bytes()).collect();
        file.resize(HEADER, 0);
        file.extend_from_slice(&array);
        file.extend(entries);
        file.extend(text);
        file
    }

    #[test]
    fn words_keep_their_costs_and_sounds() {
        let file = compact(&dictionary(&[
            "名詞,一般,*,*,*,*,今日,キョウ,キョー,1/2,C3",
            "副詞,*,*,*,*,*,今日,キョウ,キョー,1/2,*",
            "名詞,一般,*,*,*,*,*",
        ]))
        .unwrap();
        assert_eq!(&file[..8], b"JWORDS01");
        assert_eq!(&file[8..20], [16, 0, 0, 0, 3, 0, 0, 0, 11, 0, 0, 0]);
        let entry = |n: usize| &file[36 + 12 * n..48 + 12 * n];
        assert_eq!(entry(0), [1, 0, 11, 0, 251, 255, 0, 0, 0, 0, 0, 0]);
        assert_eq!(entry(1)[8], 0, "the same sound is kept once");
        assert_eq!(entry(2)[8], 10);
        assert_eq!(&file[72..], "\u{9}キョー\0".as_bytes());
    }

    #[test]
    fn damaged_dictionaries_are_refused() {
        let whole = dictionary(&["a,b,c,d,e,f,g,h,i"]);
        for cut in [0, 10, 50, whole.len() - 1] {
            assert!(compact(&whole[..cut]).is_err(), "{cut}");
        }
    }
}

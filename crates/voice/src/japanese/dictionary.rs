//! The words of Japanese, found as `MeCab` finds them: the cheapest path through all words that a text may consist of.
//!
//! The dictionary is `mecab-naist-jdic` as Open `JTalk` has it; the files are those of `MeCab` but for the list of words,
//! which the setup has reduced to costs and pronunciations.

use std::fmt;
use std::path::Path;

use crate::VoiceError;

/// Longest run of one kind of unknown characters taken as one word.
const MAX_GROUP: usize = 24;

/// All that is needed to cut a text into words.
pub(crate) struct Dictionary {
    words: Words,
    unknown: Words,
    /// Cost of a word with one context behind a word with another: `[left of the later][right of the earlier]`.
    costs: Vec<i16>,
    contexts: usize,
    categories: Vec<String>,
    /// Kind of each character of the basic plane, see [`Kind`].
    kinds: Vec<u32>,
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dictionary").finish_non_exhaustive()
    }
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Bytes of the text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// In kana; `None` for a word that is not in the dictionary.
    pub(crate) sound: Option<String>,
}

impl Dictionary {
    /// Loads `words.bin`, `unknown.bin`, `matrix.bin` and `char.bin`.
    pub(crate) fn load(dir: &Path) -> Result<Self, VoiceError> {
        let (contexts, costs) = matrix(&dir.join("matrix.bin"))?;
        let (categories, kinds) = characters(&dir.join("char.bin"))?;
        Ok(Self {
            words: Words::load(&dir.join("words.bin"))?,
            unknown: Words::load(&dir.join("unknown.bin"))?,
            costs,
            contexts,
            categories,
            kinds,
        })
    }

    /// Cuts a text into words, in order and without holes. Latin letters and digits should be full-width.
    pub(crate) fn words(&self, text: &str) -> Vec<Found> {
        let mut lattice = Lattice::new(text.len());
        for (at, _) in text.char_indices() {
            if !lattice.is_reached(at) {
                continue;
            }
            let mut known = false;
            self.words
                .prefixes(&text.as_bytes()[at..], |length, entry| {
                    known = true;
                    lattice.add(self, at, at + length, entry, true);
                });
            self.add_unknown(&mut lattice, text, at, known);
        }
        lattice.best(self)
    }

    fn add_unknown(&self, lattice: &mut Lattice, text: &str, at: usize, known: bool) {
        let rest = &text[at..];
        let mut chars = rest.char_indices();
        let Some((_, first)) = chars.next() else {
            return;
        };
        let kind = self.kind(first);
        if known && !kind.invoked {
            return;
        }
        let category = self
            .categories
            .get(kind.category)
            .map_or("DEFAULT", String::as_str);
        let ends: Vec<usize> = rest
            .char_indices()
            .take(MAX_GROUP)
            .take_while(|(_, c)| self.kind(*c).kinds & kind.kinds != 0)
            .map(|(place, c)| place + c.len_utf8())
            .collect();
        let mut lengths: Vec<usize> = Vec::new();
        if kind.grouped {
            lengths.extend(ends.last());
        }
        lengths.extend(ends.iter().take(kind.length));
        if lengths.is_empty() {
            lengths.push(first.len_utf8());
        }
        lengths.dedup();
        self.unknown.prefixes(category.as_bytes(), |length, entry| {
            if length == category.len() {
                for &length in &lengths {
                    lattice.add(self, at, at + length, entry, false);
                }
            }
        });
    }

    fn kind(&self, c: char) -> Kind {
        let bits = self.kinds.get(c as usize).or(self.kinds.first());
        let bits = bits.copied().unwrap_or_default();
        Kind {
            kinds: bits & 0x3_ffff,
            category: (bits >> 18 & 0xff) as usize,
            length: (bits >> 26 & 0xf) as usize,
            grouped: bits >> 30 & 1 == 1,
            invoked: bits >> 31 == 1,
        }
    }

    fn joint(&self, right_of_earlier: u16, left_of_later: u16) -> i32 {
        let place = usize::from(right_of_earlier) + self.contexts * usize::from(left_of_later);
        self.costs.get(place).copied().map_or(0, i32::from)
    }
}

/// How unknown words of a character are made.
#[derive(Debug, Clone, Copy)]
struct Kind {
    kinds: u32,
    category: usize,
    length: usize,
    grouped: bool,
    /// Whether unknown words are tried even where known ones are found.
    invoked: bool,
}

/// One list of words: a double array from their bytes to their entries.
struct Words {
    array: Vec<(i32, u32)>,
    entries: Vec<Entry>,
    sounds: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    left: u16,
    right: u16,
    cost: i16,
    sound: u32,
}

impl Words {
    fn load(path: &Path) -> Result<Self, VoiceError> {
        let bytes = read(path)?;
        let bad = || bad(path, "it is not a list of words");
        let head = bytes
            .get(..20)
            .filter(|head| head.starts_with(b"JWORDS01"))
            .ok_or_else(bad)?;
        let size = |at: usize| u32_at(head, at).map_or(0, |n| n as usize);
        let (array, entries, sounds) = (size(8), size(12) * 12, size(16));
        let body = &bytes[20..];
        if body.len() != array + entries + sounds {
            return Err(bad());
        }
        let (array, rest) = body.split_at(array);
        let (entries, sounds) = rest.split_at(entries);
        let u16_at = |b: &[u8], at: usize| u16::from_le_bytes([b[at], b[at + 1]]);
        Ok(Self {
            array: array
                .chunks_exact(8)
                .map(|unit| {
                    let base = u32_at(unit, 0).unwrap_or_default().cast_signed();
                    (base, u32_at(unit, 4).unwrap_or_default())
                })
                .collect(),
            entries: entries
                .chunks_exact(12)
                .map(|entry| Entry {
                    left: u16_at(entry, 0),
                    right: u16_at(entry, 2),
                    cost: u16_at(entry, 4).cast_signed(),
                    sound: u32_at(entry, 8).unwrap_or_default(),
                })
                .collect(),
            sounds: sounds.to_vec(),
        })
    }

    /// Tells every word that `key` begins with: its length in bytes and each of its entries.
    fn prefixes(&self, key: &[u8], mut found: impl FnMut(usize, Entry)) {
        let unit = |at: i64| usize::try_from(at).ok().and_then(|at| self.array.get(at));
        let Some(&(mut base, _)) = unit(0) else {
            return;
        };
        for length in 0..=key.len() {
            // A value hangs on the unit of the base itself.
            if let Some(&(value, check)) = unit(i64::from(base))
                && i64::from(check) == i64::from(base)
                && value < 0
            {
                let value = (-(i64::from(value)) - 1) as usize;
                let (first, count) = (value >> 8, value & 0xff);
                for entry in self.entries.iter().skip(first).take(count) {
                    found(length, *entry);
                }
            }
            let Some(byte) = key.get(length) else { return };
            match unit(i64::from(base) + i64::from(*byte) + 1) {
                Some(&(next, check)) if i64::from(check) == i64::from(base) => base = next,
                _ => return,
            }
        }
    }

    fn sound(&self, entry: Entry) -> String {
        let at = entry.sound as usize;
        let length = self.sounds.get(at).copied().unwrap_or_default() as usize;
        let bytes = self.sounds.get(at + 1..at + 1 + length).unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// Every way to read a text, with the cheapest path to each word.
#[derive(Debug)]
struct Lattice {
    nodes: Vec<Node>,
    /// Nodes that end at each byte.
    ends: Vec<Vec<usize>>,
}

#[derive(Debug)]
struct Node {
    start: usize,
    end: usize,
    entry: Entry,
    known: bool,
    cost: i32,
    before: usize,
}

impl Lattice {
    fn new(length: usize) -> Self {
        let start = Node {
            start: 0,
            end: 0,
            entry: Entry {
                left: 0,
                right: 0,
                cost: 0,
                sound: 0,
            },
            known: false,
            cost: 0,
            before: 0,
        };
        let mut ends = vec![Vec::new(); length + 1];
        ends[0].push(0);
        Self {
            nodes: vec![start],
            ends,
        }
    }

    fn is_reached(&self, at: usize) -> bool {
        !self.ends[at].is_empty()
    }

    fn add(
        &mut self,
        dictionary: &Dictionary,
        start: usize,
        end: usize,
        entry: Entry,
        known: bool,
    ) {
        if end <= start || end >= self.ends.len() {
            return;
        }
        let Some((before, cost)) = self.cheapest(dictionary, start, entry.left) else {
            return;
        };
        self.ends[end].push(self.nodes.len());
        self.nodes.push(Node {
            start,
            end,
            entry,
            known,
            cost: cost.saturating_add(i32::from(entry.cost)),
            before,
        });
    }

    fn cheapest(&self, dictionary: &Dictionary, at: usize, left: u16) -> Option<(usize, i32)> {
        self.ends[at]
            .iter()
            .map(|&node| {
                let earlier = &self.nodes[node];
                let joint = dictionary.joint(earlier.entry.right, left);
                (node, earlier.cost.saturating_add(joint))
            })
            .min_by_key(|(_, cost)| *cost)
    }

    fn best(&self, dictionary: &Dictionary) -> Vec<Found> {
        let last = self.ends.len() - 1;
        let Some((mut node, _)) = self.cheapest(dictionary, last, 0) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        while node != 0 {
            let word = &self.nodes[node];
            let sound = word.known.then(|| dictionary.words.sound(word.entry));
            found.push(Found {
                start: word.start,
                end: word.end,
                sound,
            });
            node = word.before;
        }
        found.reverse();
        found
    }
}

fn matrix(path: &Path) -> Result<(usize, Vec<i16>), VoiceError> {
    let bytes = read(path)?;
    let numbers: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .collect();
    let [left, right, costs @ ..] = &numbers[..] else {
        return Err(bad(path, "it is too short"));
    };
    if costs.len() != usize::from(*left) * usize::from(*right) {
        return Err(bad(path, "it is not a table of costs"));
    }
    let costs = costs.iter().map(|cost| cost.cast_signed()).collect();
    Ok((usize::from(*left), costs))
}

fn characters(path: &Path) -> Result<(Vec<String>, Vec<u32>), VoiceError> {
    let bytes = read(path)?;
    let count = u32_at(&bytes, 0).unwrap_or_default() as usize;
    let names = count
        .checked_mul(32)
        .and_then(|length| bytes.get(4..4 + length));
    let names = names.ok_or_else(|| bad(path, "it is too short"))?;
    let kinds = bytes[4 + names.len()..].chunks_exact(4);
    let name = |name: &[u8]| {
        let end = name
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(name.len());
        String::from_utf8_lossy(&name[..end]).into_owned()
    };
    Ok((
        names.chunks_exact(32).map(name).collect(),
        kinds
            .map(|kind| u32_at(kind, 0).unwrap_or_default())
            .collect(),
    ))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

fn read(path: &Path) -> Result<Vec<u8>, VoiceError> {
    std::fs::read(path).map_err(|source| VoiceError::Read {
        path: path.to_owned(),
        source,
    })
}

fn bad(path: &Path, reason: &str) -> VoiceError {
    VoiceError::BadFile {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

//! Recordings that need not lie in memory.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Sound at [`crate::SAMPLE_RATE_HZ`] that can be read piece by piece, from -1 to 1.
pub trait Recording {
    /// Samples in all.
    fn length(&self) -> u64;

    /// Fills `out` with the samples from `start` on. The whole range lies within the recording.
    fn read(&mut self, start: u64, out: &mut [f32]) -> io::Result<()>;
}

impl Recording for &[f32] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> io::Result<()> {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let samples = self
            .get(start..)
            .and_then(|rest| rest.get(..out.len()))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(samples);
        Ok(())
    }
}

/// A file of 16-bit little-endian samples at 16 kHz, one channel, without a header.
#[derive(Debug)]
pub struct PcmFile {
    file: File,
    samples: u64,
    buffer: Vec<u8>,
}

impl PcmFile {
    /// Opens a file; an odd byte at its end is left out.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let samples = file.metadata()?.len() / 2;
        Ok(Self {
            file,
            samples,
            buffer: Vec::new(),
        })
    }
}

impl Recording for PcmFile {
    fn length(&self) -> u64 {
        self.samples
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> io::Result<()> {
        self.buffer.resize(out.len() * 2, 0);
        self.file.seek(SeekFrom::Start(start * 2))?;
        self.file.read_exact(&mut self.buffer)?;
        for (sample, bytes) in out.iter_mut().zip(self.buffer.as_chunks::<2>().0) {
            *sample = f32::from(i16::from_le_bytes(*bytes)) / 32768.0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_a_slice_read_alike() {
        let samples = [0.0, 0.5, -0.5, -1.0, 0.25];
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.pcm");
        let mut bytes: Vec<u8> = samples
            .iter()
            .flat_map(|s| ((s * 32768.0) as i16).to_le_bytes())
            .collect();
        bytes.push(7);
        std::fs::write(&path, bytes).unwrap();
        let mut file = PcmFile::open(&path).unwrap();
        assert_eq!(file.length(), 5);
        let mut out = [0.0; 3];
        file.read(1, &mut out).unwrap();
        let bits = |samples: [f32; 3]| samples.map(f32::to_bits);
        assert_eq!(bits(out), bits([0.5, -0.5, -1.0]));
        let mut slice = &samples[..];
        let mut same = [0.0; 3];
        slice.read(1, &mut same).unwrap();
        assert_eq!(bits(same), bits(out));
        assert!(slice.read(3, &mut same).is_err());
        assert!(file.read(3, &mut out).is_err());
    }
}

//! A WAV file written as the samples come, so that a long script takes no more memory than a short one.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::SAMPLE_RATE_HZ;

const HEADER_BYTES: u32 = 44;
/// Bytes of sample data that the 32-bit sizes of a RIFF header can describe.
const MAX_DATA_BYTES: u64 = (u32::MAX - HEADER_BYTES) as u64;

/// Writes 16-bit mono PCM at [`SAMPLE_RATE_HZ`]. Until [`finish`](Self::finish) the header claims no samples.
#[derive(Debug)]
pub struct WavWriter {
    file: BufWriter<File>,
    data_bytes: u64,
}

impl WavWriter {
    /// Creates or empties the file.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        file.write_all(&header(0))?;
        Ok(Self {
            file,
            data_bytes: 0,
        })
    }

    /// Appends samples of -1 to 1; what lies outside is clipped, what is not a number is silence.
    pub fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        let bytes = samples.len() as u64 * 2;
        if self.data_bytes + bytes > MAX_DATA_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "a WAV file ends at 4 GiB",
            ));
        }
        for sample in samples {
            let pcm = (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16;
            self.file.write_all(&pcm.to_le_bytes())?;
        }
        self.data_bytes += bytes;
        Ok(())
    }

    /// Appends `samples` of silence.
    pub fn write_silence(&mut self, samples: u64) -> io::Result<()> {
        const STEP: u64 = 4096;
        let mut left = samples;
        while left > 0 {
            let step = left.min(STEP);
            self.write(&[0.0; STEP as usize][..step as usize])?;
            left -= step;
        }
        Ok(())
    }

    /// Appends the samples of a file that another writer has finished; gives their number.
    pub fn append(&mut self, path: impl AsRef<Path>) -> io::Result<u64> {
        let mut part = BufReader::new(File::open(path)?);
        let mut start = [0; HEADER_BYTES as usize];
        part.read_exact(&mut start)?;
        let bytes = part.get_ref().metadata()?.len() - u64::from(HEADER_BYTES);
        let own = u32::try_from(bytes).is_ok_and(|bytes| start == header(bytes));
        if !own || self.data_bytes + bytes > MAX_DATA_BYTES {
            let message =
                "only a finished file of this format, up to 4 GiB in all, can be appended";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        io::copy(&mut part, &mut self.file)?;
        self.data_bytes += bytes;
        Ok(bytes / 2)
    }

    /// Lets others read what was written so far; gives the bytes of the file.
    pub fn flush(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(u64::from(HEADER_BYTES) + self.data_bytes)
    }

    /// Puts the true sizes into the header and closes the file.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let data_bytes = u32::try_from(self.data_bytes).expect("write refuses more than 4 GiB");
        self.file.write_all(&header(data_bytes))?;
        self.file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(())
    }
}

fn header(data_bytes: u32) -> [u8; HEADER_BYTES as usize] {
    let mut header = [0; HEADER_BYTES as usize];
    header[0..4].copy_from_slice(b"RIFF");
    header[4..8].copy_from_slice(&(data_bytes + HEADER_BYTES - 8).to_le_bytes());
    header[8..16].copy_from_slice(b"WAVEfmt ");
    header[16..20].copy_from_slice(&16_u32.to_le_bytes());
    header[20..22].copy_from_slice(&1_u16.to_le_bytes()); // PCM
    header[22..24].copy_from_slice(&1_u16.to_le_bytes()); // one channel
    header[24..28].copy_from_slice(&SAMPLE_RATE_HZ.to_le_bytes());
    header[28..32].copy_from_slice(&(SAMPLE_RATE_HZ * 2).to_le_bytes());
    header[32..34].copy_from_slice(&2_u16.to_le_bytes());
    header[34..36].copy_from_slice(&16_u16.to_le_bytes());
    header[36..40].copy_from_slice(b"data");
    header[40..44].copy_from_slice(&data_bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_length_and_samples_are_clipped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        let mut wav = WavWriter::create(&path).unwrap();
        wav.write(&[0.0, 0.5]).unwrap();
        wav.write(&[2.0, -2.0, f32::NAN]).unwrap();
        wav.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 44 + 10);
        assert_eq!(bytes[4..8], 46_u32.to_le_bytes());
        assert_eq!(bytes[24..28], 24_000_u32.to_le_bytes());
        assert_eq!(bytes[40..44], 10_u32.to_le_bytes());
        let pcm: Vec<i16> = bytes[44..]
            .chunks_exact(2)
            .map(|b| i16::from_le_bytes([b[0], b[1]]))
            .collect();
        assert_eq!(pcm, [0, 16384, 32767, -32767, 0]);
    }

    #[test]
    fn files_are_appended_and_silence_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let (part, whole) = (dir.path().join("part.wav"), dir.path().join("whole.wav"));
        let mut wav = WavWriter::create(&part).unwrap();
        wav.write(&[0.5; 3]).unwrap();
        wav.finish().unwrap();
        let mut wav = WavWriter::create(&whole).unwrap();
        assert_eq!(wav.append(&part).unwrap(), 3);
        wav.write_silence(5000).unwrap();
        assert_eq!(wav.append(&part).unwrap(), 3);
        std::fs::write(&part, [0; 50]).unwrap();
        let error = wav.append(&part).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        wav.finish().unwrap();
        let bytes = std::fs::read(&whole).unwrap();
        assert_eq!(bytes.len(), 44 + 2 * 5006);
        assert_eq!(bytes[40..44], 10_012_u32.to_le_bytes());
        let sample = |k: usize| i16::from_le_bytes([bytes[44 + 2 * k], bytes[45 + 2 * k]]);
        assert_eq!([2, 3, 5002, 5003].map(sample), [16384, 0, 0, 16384]);
    }
}

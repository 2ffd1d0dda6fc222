//! The encoder, measured by what comes out of the file.

use std::f32::consts::TAU;
use std::path::{Path, PathBuf};

use likeness_media::encode::{Container, EncodeError, EncodeSettings, EncodeSpec, Encoder};
use likeness_media::ffmpeg::{Ffmpeg, FfmpegError};
use likeness_media::mastering::{Bed, LOUDNESS_LUFS};

use super::worker;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;

fn ffmpeg() -> Ffmpeg {
    Ffmpeg::find().unwrap().with_worker(worker())
}

fn spec(folder: &Path, audio: Option<PathBuf>) -> EncodeSpec {
    EncodeSpec {
        width: WIDTH,
        height: HEIGHT,
        fps: 25,
        audio,
        out: folder.join("out.mp4"),
        container: Container::Mp4,
        settings: EncodeSettings::new(ffmpeg()),
    }
}

/// A grey ramp in time: frame `n` of `count` has one luma, with a coloured right half.
fn frame(luma: u8) -> Vec<u8> {
    let (w, h) = (WIDTH as usize, HEIGHT as usize);
    let mut i420 = vec![luma; w * h];
    let chroma = |left: u8, right: u8| {
        let row = [vec![left; w / 4], vec![right; w / 4]].concat();
        row.repeat(h / 2)
    };
    i420.extend(chroma(128, 100));
    i420.extend(chroma(128, 180));
    i420
}

/// 16-bit mono WAV of a 440 Hz tone at half level.
fn tone(path: &Path, seconds: f32) {
    let rate = 24_000u32;
    let samples: Vec<u8> = (0..(seconds * rate as f32) as u32)
        .flat_map(|n| ((n as f32 * 440.0 * TAU / rate as f32).sin() * 16_384.0).to_le_i16())
        .collect();
    let size = samples.len() as u32;
    let mut wav = [
        &b"RIFF"[..],
        &(36 + size).to_le_bytes(),
        b"WAVEfmt \x10\0\0\0\x01\0\x01\0",
    ]
    .concat();
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * 2).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend(size.to_le_bytes());
    wav.extend(samples);
    std::fs::write(path, wav).unwrap();
}

trait ToLeI16 {
    fn to_le_i16(self) -> [u8; 2];
}

impl ToLeI16 for f32 {
    fn to_le_i16(self) -> [u8; 2] {
        (self as i16).to_le_bytes()
    }
}

fn encode(folder: &Path, frames: u32, audio: Option<PathBuf>) -> PathBuf {
    let spec = spec(folder, audio);
    let out = spec.out.clone();
    let mut encoder = Encoder::start(&spec).unwrap();
    for n in 0..frames {
        encoder
            .write_frame(&frame((40 + n * 150 / frames) as u8))
            .unwrap();
    }
    let file = encoder.finish().unwrap();
    assert_eq!(file.bytes, std::fs::metadata(&out).unwrap().len());
    assert!((file.duration_s - f64::from(frames) / 25.0).abs() < 1e-9);
    out
}

#[test]
fn the_installed_ffmpeg_has_what_we_need() {
    let report = ffmpeg().check().unwrap();
    assert!(
        report.version.starts_with(|c: char| c.is_ascii_digit()),
        "{report:?}"
    );
    assert!(report.missing_encoders.is_empty(), "{report:?}");
}

#[test]
fn a_video_has_the_promised_streams_and_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("a.wav");
    tone(&wav, 2.0);
    let out = encode(folder.path(), 60, Some(wav));
    let info = ffmpeg().probe(&out).unwrap();
    let video = info.video.unwrap();
    assert_eq!(
        (video.codec.as_str(), video.profile.as_deref()),
        ("h264", Some("High"))
    );
    assert_eq!(
        (video.width, video.height, video.frames),
        (WIDTH, HEIGHT, Some(60))
    );
    assert_eq!(video.pixel_format.as_deref(), Some("yuv420p"));
    assert_eq!(
        (video.color_space.as_deref(), video.color_range.as_deref()),
        (Some("bt709"), Some("tv"))
    );
    assert!((video.fps.unwrap() - 25.0).abs() < 1e-6);
    let audio = info.audio.unwrap();
    assert_eq!(
        (audio.codec.as_str(), audio.sample_rate_hz, audio.channels),
        ("aac", 48_000, 2)
    );

    // The index lies before the data, so that players start at once.
    let bytes = std::fs::read(&out).unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|w| w == name).unwrap();
    assert!(place(b"moov") < place(b"mdat"));

    // Frame 30 has luma 115; BT.709 limited range: grey (115 - 16) * 255 / 219 = 115.
    let shown = ffmpeg().extract_frame(&out, 30.0 / 25.0).unwrap();
    let left = shown.get_pixel(WIDTH / 4, HEIGHT / 2).0;
    assert!(left.iter().all(|c| c.abs_diff(115) <= 4), "{left:?}");
    // The right half: Cb 100, Cr 180 gives R 208, G 96, B 56 by ITU-R BT.709.
    let right = shown.get_pixel(WIDTH * 3 / 4, HEIGHT / 2).0;
    assert!(
        right
            .iter()
            .zip([208u8, 96, 56])
            .all(|(a, b)| a.abs_diff(b) <= 9),
        "{right:?}"
    );
}

#[test]
fn sound_is_padded_or_cut_to_the_length_of_the_pictures() {
    for (sound_s, frames) in [(1.0, 75), (4.0, 75), (3.0, 75), (0.3, 1), (2.0, 333)] {
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("a.wav");
        tone(&wav, sound_s);
        let out = encode(folder.path(), frames, Some(wav));
        let info = ffmpeg().probe(&out).unwrap();
        let (video, audio) = (info.video.unwrap(), info.audio.unwrap());
        let expected = f64::from(frames) / 25.0;
        assert_eq!(video.frames, Some(u64::from(frames)));
        assert!((video.duration_s.unwrap() - expected).abs() < 0.001);
        // AAC comes in frames of 1024 samples, 21.3 ms; times are rounded to the millisecond.
        let off = audio.duration_s.unwrap() - expected;
        assert!(
            off.abs() < 0.025,
            "{sound_s} s of sound, {frames} frames: {off}"
        );

        let samples = ffmpeg().decode_audio(&out, 24_000, 60).unwrap();
        let level = |from: f64, to: f64| {
            let at = |t: f64| ((t * 24_000.0) as usize).min(samples.len());
            let part = &samples[at(from)..at(to)];
            (part.iter().map(|s| s * s).sum::<f32>() / part.len().max(1) as f32).sqrt()
        };
        let heard = f64::from(sound_s).min(expected);
        if heard > 0.5 {
            // A sine at half level has an RMS of 0.354 on either side, and 3 dB more when the two are joined.
            assert!(
                (level(0.1, heard - 0.1) - 0.5).abs() < 0.04,
                "{}",
                level(0.1, heard - 0.1)
            );
        }
        if expected > heard + 0.3 {
            assert!(level(heard + 0.1, expected) < 0.001);
        }
    }
}

/// Integrated loudness (LUFS) and true peak (dBTP) as ffmpeg's own meter tells them at its end.
fn metered(file: &Path) -> (f64, f64) {
    let output = std::process::Command::new("ffmpeg")
        .args(["-nostats", "-hide_banner", "-i"])
        .arg(file)
        .args(["-af", "ebur128=peak=true", "-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let summary = said.rsplit_once("Summary:").unwrap().1;
    let value = |name: &str| {
        let rest = summary.split_once(name).unwrap().1;
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    (value("I:"), value("Peak:"))
}

#[test]
fn finished_sound_has_its_loudness_and_no_peak_that_clips() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from.wav"), dir.path().join("to.wav"));
    for (source, least) in [
        // Steady and loud, steady and soft, and noise in short bursts, whose peaks stand far out.
        ("sine=440:r=24000:d=4", -16.3),
        ("sine=440:r=24000:d=4,volume=-14dB", -16.3),
        (
            "anoisesrc=r=24000:d=4:seed=1,volume='if(lt(mod(t,0.5),0.06),0.2,0.01)':eval=frame",
            -17.5,
        ),
    ] {
        let made = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", source])
            .arg(&from)
            .status();
        assert!(made.unwrap().success());
        ffmpeg().master(&from, &to, 24_000, LOUDNESS_LUFS).unwrap();
        let samples = |file| ffmpeg().decode_audio(file, 24_000, 60).unwrap().len();
        assert_eq!(samples(&to), samples(&from), "{source}");

        let spec = spec(dir.path(), Some(to.clone()));
        let mut encoder = Encoder::start(&spec).unwrap();
        for _ in 0..100 {
            encoder.write_frame(&frame(100)).unwrap();
        }
        encoder.finish().unwrap();
        let (loudness, peak) = metered(&spec.out);
        assert!(
            (least..-15.7).contains(&loudness),
            "{source}: {loudness} LUFS"
        );
        assert!(peak < -1.0, "{source}: {peak} dBTP");
    }
}

/// Amplitude of a tone of `hz` within samples of 24 kHz.
fn amplitude(samples: &[f32], hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (index, sample) in samples.iter().enumerate() {
        let (sin, cos) = (std::f64::consts::TAU * hz * index as f64 / 24_000.0).sin_cos();
        re += f64::from(*sample) * cos;
        im += f64::from(*sample) * sin;
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

/// Speech is a tone of 440 Hz with a pause, music one of 1 kHz that is shorter than the video.
#[test]
fn music_lies_under_speech_comes_back_in_pauses_and_ends_with_the_video() {
    let dir = tempfile::tempdir().unwrap();
    let made = |source: &str, args: &[&str], name: &str| {
        let file = dir.path().join(name);
        let made = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", source])
            .args(args)
            .arg(&file)
            .status();
        assert!(made.unwrap().success());
        file
    };
    let speech = "aevalsrc='0.3*sin(2*PI*440*t)*between(mod(t,5),1,3)':s=24000:d=7";
    let speech = made(speech, &[], "speech.wav");
    let bed = "aevalsrc=0.2*sin(2*PI*1000*t):s=44100:d=1.5";
    let bed = made(bed, &["-ac", "2", "-f", "s16le"], "bed.pcm");
    let to = dir.path().join("mixed.wav");
    let bed = Bed {
        pcm: &bed,
        rate_hz: 44_100,
        volume: 0.25,
        duration_s: 7.0,
    };
    let above = ffmpeg().loudness(&speech).unwrap().unwrap();
    ffmpeg().lay_under(&speech, &bed, &to, 24_000).unwrap();
    let mixed = ffmpeg().decode_audio(&to, 24_000, 60).unwrap();
    assert_eq!(mixed.len(), 7 * 24_000);
    let part = |from: f64, to: f64, hz| {
        amplitude(
            &mixed[(from * 24_000.0) as usize..(to * 24_000.0) as usize],
            hz,
        )
    };
    // As loud as the speech was measured to be, times the volume, from a bed that is taken to have -16 LUFS.
    // The program that makes the bed gives each of two channels 3 dB less than the one it had.
    let source = 0.2 * std::f64::consts::FRAC_1_SQRT_2;
    let expected = source * 0.25 * 10_f64.powf((above - LOUDNESS_LUFS) / 20.0);
    let (pause, under) = (part(4.3, 5.3, 1000.0), part(1.5, 2.5, 1000.0));
    assert!(
        (0.85..1.15).contains(&(pause / expected)),
        "{pause} {expected}"
    );
    assert!((0.1..0.6).contains(&(under / pause)), "{under} {pause}");
    assert!((part(1.5, 2.5, 440.0) - 0.3).abs() < 0.01);
    assert!(part(6.9, 7.0, 1000.0) < 0.2 * pause);
}

#[test]
fn silence_stays_silent() {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("from.wav"), dir.path().join("to.wav"));
    let made = std::process::Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "anullsrc=r=24000:cl=mono:d=1",
        ])
        .arg(&from)
        .status();
    assert!(made.unwrap().success());
    assert_eq!(ffmpeg().loudness(&from).unwrap(), None);
    ffmpeg().master(&from, &to, 24_000, LOUDNESS_LUFS).unwrap();
    let samples = ffmpeg().decode_audio(&to, 24_000, 60).unwrap();
    assert_eq!(samples.len(), 24_000);
    assert!(samples.iter().all(|s| s.abs() < 1e-4));
}

#[test]
fn a_silent_video_has_no_sound_stream() {
    let folder = tempfile::tempdir().unwrap();
    let info = ffmpeg().probe(&encode(folder.path(), 10, None)).unwrap();
    assert!(info.audio.is_none() && info.video.unwrap().frames == Some(10));
}

#[test]
fn wrong_requests_are_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    for change in [
        |s: &mut EncodeSpec| s.width = 321,
        |s: &mut EncodeSpec| s.height = 0,
        |s: &mut EncodeSpec| s.width = 100_000,
        |s: &mut EncodeSpec| s.fps = 0,
        |s: &mut EncodeSpec| s.settings.crf = 52,
        |s: &mut EncodeSpec| s.out = "relative.mp4".into(),
    ] {
        let mut spec = spec(folder.path(), None);
        change(&mut spec);
        assert!(Encoder::start(&spec).is_err());
    }
    let mut encoder = Encoder::start(&spec(folder.path(), None)).unwrap();
    assert!(matches!(
        encoder.write_frame(&[0; 10]),
        Err(EncodeError::FrameSize { .. })
    ));
    assert!(matches!(encoder.finish(), Err(EncodeError::Spec(_))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_dropped_encoder_leaves_neither_file_nor_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoder = Encoder::start(&spec(folder.path(), None)).unwrap();
    for _ in 0..50 {
        encoder.write_frame(&frame(100)).unwrap();
    }
    drop(encoder);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn ffmpegs_own_words_reach_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("a.wav");
    std::fs::write(&wav, b"this is not a wave file").unwrap();
    let mut encoder = Encoder::start(&spec(folder.path(), Some(wav))).unwrap();
    let error = (0..500)
        .find_map(|_| encoder.write_frame(&frame(50)).err())
        .unwrap();
    assert!(
        matches!(&error, EncodeError::Ffmpeg(FfmpegError::Failed { .. })),
        "{error}"
    );
    assert!(error.to_string().contains("a.wav"), "{error}");
    drop(encoder);
    assert!(!folder.path().join("out.mp4").exists());
}

#[test]
fn what_is_no_media_is_a_typed_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mp4");
    std::fs::write(&path, super::noise(7).take(10_000).collect::<Vec<_>>()).unwrap();
    assert!(matches!(
        ffmpeg().probe(&path),
        Err(FfmpegError::Failed { .. })
    ));
    assert!(matches!(
        ffmpeg().probe(Path::new("relative")),
        Err(FfmpegError::Path(_))
    ));
    assert!(ffmpeg().probe(&folder.path().join("absent.mp4")).is_err());
}

/// Width, height and pixels of the first frame, luma and opacity, as libvpx decodes them.
fn decoded_with_alpha(file: &Path) -> Vec<u8> {
    let output = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-c:v", "libvpx-vp9", "-i"])
        .arg(file)
        .args([
            "-frames:v",
            "1",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuva420p",
            "-",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

#[test]
fn a_transparent_video_keeps_its_opacity_and_its_sound() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("a.wav");
    tone(&wav, 1.0);
    let mut spec = spec(folder.path(), Some(wav));
    spec.container = Container::TransparentWebm;
    spec.out = folder.path().join("out.webm");
    let mut encoder = Encoder::start(&spec).unwrap();
    // A disc with a soft edge over nothing.
    let alpha: Vec<u8> = (0..WIDTH * HEIGHT)
        .map(|k| {
            let (x, y) = ((k % WIDTH) as f32 - 160.0, (k / WIDTH) as f32 - 90.0);
            ((60.0 - x.hypot(y)) * 16.0 + 128.0).clamp(0.0, 255.0) as u8
        })
        .collect();
    let mut picture = frame(150);
    picture.extend(&alpha);
    for _ in 0..25 {
        encoder.write_frame(&picture).unwrap();
    }
    assert!(matches!(
        encoder.write_frame(&frame(150)),
        Err(EncodeError::FrameSize { .. })
    ));
    encoder.finish().unwrap();

    let found = decoded_with_alpha(&spec.out);
    let pixels = (WIDTH * HEIGHT) as usize;
    assert_eq!(found.len(), pixels * 5 / 2);
    let (luma, opacity) = (&found[..pixels], &found[pixels * 3 / 2..]);
    let off: f64 = opacity
        .iter()
        .zip(&alpha)
        .map(|(a, b)| f64::from(a.abs_diff(*b)))
        .sum();
    assert!(
        off / (pixels as f64) < 1.5,
        "opacity is off by {}",
        off / pixels as f64
    );
    let middle = 90 * WIDTH as usize + 160;
    assert!(opacity[0] < 4 && opacity[middle] > 251);
    assert!(luma[middle].abs_diff(150) < 4, "{}", luma[middle]);
    let probe = ffmpeg().probe(&spec.out).unwrap();
    let text = format!("{probe:?}");
    assert!(text.contains("vp9") && text.contains("opus"), "{text}");
}

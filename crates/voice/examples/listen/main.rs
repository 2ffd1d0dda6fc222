//! Lets every installed voice speak, writes down what is heard, and judges the sound: `listen MODELS [VOICE]` prints
//! tables in Markdown. Fails if a voice is silent, clips, is not understood, or its file plays at another rate than it
//! was made for.

#![allow(clippy::print_stdout, reason = "a command's output")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "samples and seconds of short sounds"
)]

mod comparison;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use likeness_domain::avatar::Gender;
use likeness_hearing::{Hearing, SAMPLE_RATE_HZ};
use likeness_voice::{
    SpeakOptions, VoiceInfo, VoiceLibrary, WavWriter, heard_pitch_hz, known_pitch_hz,
};

use comparison::{Comparison, asked, unit};

/// What is spoken, by language: everyday sentences without names and numbers, which have more than one right spelling.
/// Chosen before anything was heard, and not to be changed for the sake of a result.
const TEXTS: [(&str, &str); 9] = [
    (
        "en",
        "The weather was wonderful when we walked through the old village, and people were sitting in front of their houses. \
         Could you tell me where the nearest station is? My train leaves in half an hour.",
    ),
    (
        "es",
        "Hace muy buen tiempo esta mañana y la gente camina tranquila por las calles del pueblo. \
         ¿Puede decirme dónde está la estación más cercana? Mi tren sale dentro de media hora.",
    ),
    (
        "fr",
        "Il fait très beau ce matin et les gens marchent tranquillement dans les rues du village. \
         Pouvez-vous me dire où se trouve la gare la plus proche ? Mon train part dans une demi-heure.",
    ),
    (
        "hi",
        "आज सुबह मौसम बहुत अच्छा है और लोग गाँव की गलियों में घूम रहे हैं। \
         क्या आप बता सकते हैं कि सबसे नज़दीकी स्टेशन कहाँ है? मेरी ट्रेन आधे घंटे में निकलती है।",
    ),
    (
        "it",
        "Questa mattina il tempo è molto bello e la gente cammina tranquilla per le strade del paese. \
         Può dirmi dove si trova la stazione più vicina? Il mio treno parte tra mezz'ora.",
    ),
    (
        "ja",
        "今日はとても天気がいいので、みんなで公園を散歩しました。\
         一番近い駅はどこにあるか教えていただけますか。電車はもうすぐ出ます。",
    ),
    (
        "pt",
        "Hoje de manhã o tempo está muito bonito e as pessoas caminham pelas ruas da cidade. \
         Pode me dizer onde fica a estação mais próxima? Meu trem sai daqui a meia hora.",
    ),
    (
        "zh",
        "今天天气很好，我们一起去公园散步吧。请问最近的车站在哪里？我的火车半个小时以后就要开了。",
    ),
    (
        "de",
        "Heute Morgen ist das Wetter sehr schön, und die Leute gehen durch die Straßen des Dorfes. \
         Können Sie mir sagen, wo der nächste Bahnhof ist? Mein Zug fährt in einer halben Stunde.",
    ),
];

/// A voice with more errors than this is not understood.
const MAX_ERRORS: f64 = 0.5;
/// Quieter speech than this is silence (-34 dB full scale; it is made at -18.4).
const MIN_LEVEL: f32 = 0.02;
/// Speech is kept under -1 dB full scale.
const MAX_PEAK: f32 = 0.892;
/// A wave that stands still over this many samples, at more than half of the peak, was cut off.
const FLAT_SAMPLES: usize = 4;
/// Factor between the pitch that is heard and the one that was measured of the voice before; half an octave would be
/// 1.41, another usual sample rate (22.05, 32, 44.1 or 48 kHz) is 1.09 or at least 1.33, and other sentences move the
/// median by a few per cent.
const MAX_PITCH_FACTOR: f32 = 1.25;

/// What was found about one voice.
struct Judgement {
    errors: f64,
    heard: String,
    faults: Vec<String>,
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let models = args.next().context("models folder")?;
    let only = args.next();
    let ears = Ears {
        comparison: Comparison::load(Path::new(&models))?,
        voices: VoiceLibrary::open(Path::new(&models))?,
        hearing: Hearing::new(Path::new(&models)),
        scratch: tempfile::tempdir()?,
    };
    let wanted = |voice: &&VoiceInfo| only.as_ref().is_none_or(|only| voice.name == *only);
    ears.check()?;
    println!("| voice | language | errors | heard |\n|---|---|---|---|");
    let mut by_language: BTreeMap<(String, &str), Vec<f64>> = BTreeMap::new();
    let mut faults = Vec::new();
    for voice in ears.voices.voices().iter().filter(wanted) {
        let judged = ears.judge(voice)?;
        println!(
            "| {} ({}) | {} | {:.0} % | {} |",
            voice.name,
            voice.pack,
            voice.language,
            judged.errors * 100.0,
            judged.heard
        );
        let language = (voice.language.clone(), unit(code_of(voice)));
        by_language.entry(language).or_default().push(judged.errors);
        let named = |fault| format!("{}: {fault}", voice.name);
        faults.extend(judged.faults.into_iter().map(named));
    }
    println!("\n| language | voices | errors | counted in |\n|---|---|---|---|");
    for ((language, unit), errors) in &by_language {
        let (voices, mean) = (
            errors.len(),
            errors.iter().sum::<f64>() / errors.len() as f64,
        );
        println!("| {language} | {voices} | {:.1} % | {unit} |", mean * 100.0);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        bail!("{}", faults.join("\n"))
    }
}

/// What speaks and what listens.
struct Ears {
    voices: VoiceLibrary,
    hearing: Hearing,
    comparison: Comparison,
    scratch: tempfile::TempDir,
}

impl Ears {
    fn judge(&self, voice: &VoiceInfo) -> Result<Judgement> {
        let code = code_of(voice);
        let Some((_, text)) = TEXTS.iter().find(|(of, _)| *of == code) else {
            bail!("no text in {}", voice.language);
        };
        // Through the file, as a listener gets it.
        let path = self.scratch.path().join("speech.wav");
        let timed_s = self.speak(voice, text, &path)?;
        let (samples, rate_hz) = read_wav(&path)?;
        let mut faults = faults(&samples);
        if (samples.len() as f64 / f64::from(rate_hz) - timed_s).abs() > 0.02 {
            faults.push("sound and timing have different lengths".to_owned());
        }
        faults.extend(pitch_fault(voice, &samples, rate_hz));
        let words = self.hearing.words()?;
        let heard = words.transcribe(&at_16_khz(&samples, rate_hz), Some(asked(code)))?;
        let heard = heard.text();
        let errors = self.comparison.errors(code, text, &heard);
        if errors > MAX_ERRORS {
            faults.push(format!("it is not understood: {heard}"));
        }
        Ok(Judgement {
            errors,
            heard,
            faults,
        })
    }

    /// Makes sure that faults are found: they are made in the sound of a voice.
    fn check(&self) -> Result<()> {
        comparison::check()?;
        let voice = self.voices.voices().first().context("no voice")?;
        let path = self.scratch.path().join("speech.wav");
        self.speak(voice, TEXTS[0].1, &path)?;
        let (samples, rate_hz) = read_wav(&path)?;
        let changed = |gain: f32| -> Vec<f32> {
            let gained = samples.iter().map(|s| (s * gain).clamp(-0.8, 0.8));
            gained.collect()
        };
        ensure!(faults(&samples).is_empty(), "good sound is not found so");
        ensure!(!faults(&changed(0.0)).is_empty(), "silence is not found");
        ensure!(!faults(&changed(0.02)).is_empty(), "a whisper is not found");
        ensure!(!faults(&changed(4.0)).is_empty(), "clipping is not found");
        for wrong_hz in [rate_hz / 2, rate_hz * 2] {
            let fault = pitch_fault(voice, &samples, wrong_hz);
            ensure!(fault.is_some(), "{wrong_hz} Hz are not found");
        }
        Ok(())
    }

    /// Speaks into a file; gives the seconds that the timing counts.
    fn speak(&self, voice: &VoiceInfo, text: &str, path: &Path) -> Result<f64> {
        let speaker = self.voices.speaker(&voice.id)?;
        let utterances = speaker.prepare(text, SpeakOptions::default())?;
        let (mut wav, mut timed_s) = (WavWriter::create(path)?, 0.0);
        speaker.speak_all(&utterances, |speech| {
            let speech = speech?;
            timed_s += speech.timing.duration_s;
            anyhow::Ok(wav.write(&speech.samples)?)
        })?;
        wav.finish()?;
        Ok(timed_s)
    }
}

/// The code of the language of a voice.
fn code_of(voice: &VoiceInfo) -> &str {
    voice.locale.split('-').next().unwrap_or_default()
}

/// What is wrong with the level of a sound.
fn faults(samples: &[f32]) -> Vec<String> {
    let mut faults = Vec::new();
    let level = (samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32).sqrt();
    if level < MIN_LEVEL {
        faults.push(format!("it is silent, at {level}"));
    }
    let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    if peak > MAX_PEAK {
        faults.push(format!("it is too loud, up to {peak}"));
    }
    let flat = |run: &&[f32]| {
        run[0].abs() > peak / 2.0 && run.iter().all(|s| s.to_bits() == run[0].to_bits())
    };
    let clipped = samples.windows(FLAT_SAMPLES).filter(flat).count();
    if peak > 0.0 && clipped > 0 {
        faults.push(format!("it is clipped in {clipped} places"));
    }
    faults
}

/// Whether it is another voice than it should be, as a sound at another rate is.
fn pitch_fault(voice: &VoiceInfo, samples: &[f32], rate_hz: u32) -> Option<String> {
    let Some(heard) = heard_pitch_hz(samples, rate_hz) else {
        return Some("no voice is heard in it".to_owned());
    };
    let known = known_pitch_hz(&voice.key).filter(|_| voice.pack == "kokoro");
    let (low, high) = match (known, voice.gender) {
        (Some(known), _) => (known / MAX_PITCH_FACTOR, known * MAX_PITCH_FACTOR),
        (None, Some(Gender::Male)) => (75.0, 180.0),
        (None, Some(Gender::Female)) => (140.0, 300.0),
        (None, None) => (75.0, 300.0),
    };
    let usual = (low..=high).contains(&heard);
    (!usual).then(|| format!("its pitch is {heard:.0} Hz, not {low:.0} to {high:.0}"))
}

/// The samples of a mono file of 16 bits and the rate that its header tells.
fn read_wav(path: &Path) -> Result<(Vec<f32>, u32)> {
    let bytes = std::fs::read(path)?;
    let (header, data) = bytes.split_at_checked(44).context("no WAV file")?;
    let field = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let formats = (&header[..4], field(20), field(34) & 0xffff);
    anyhow::ensure!(
        formats == (b"RIFF", 0x1_0001, 16),
        "no mono file of 16 bits"
    );
    let (samples, _) = data.as_chunks::<2>();
    let samples = samples
        .iter()
        .map(|b| f32::from(i16::from_le_bytes(*b)) / 32768.0);
    Ok((samples.collect(), field(24)))
}

/// The sound at the recogniser's rate, through a windowed sine with its border at 7.6 kHz.
fn at_16_khz(samples: &[f32], rate_hz: u32) -> Vec<f32> {
    const REACH: i64 = 24;
    let step = f64::from(rate_hz) / f64::from(SAMPLE_RATE_HZ);
    let cut = f64::min(1.0, 15_200.0 / f64::from(rate_hz));
    let at = |index: i64| {
        let index = usize::try_from(index).ok();
        index.and_then(|i| samples.get(i)).copied().unwrap_or(0.0)
    };
    let sample = |index: usize| {
        let place = index as f64 * step;
        let middle = place.round() as i64;
        let sum: f64 = (middle - REACH..=middle + REACH)
            .map(|i| {
                let x = i as f64 - place;
                let angle = std::f64::consts::PI * x * cut;
                let sine = if angle.abs() < 1e-9 {
                    1.0
                } else {
                    angle.sin() / angle
                };
                let window = 0.5 + 0.5 * (std::f64::consts::PI * x / (REACH + 1) as f64).cos();
                f64::from(at(i)) * sine * cut * window
            })
            .sum();
        sum as f32
    };
    (0..(samples.len() as f64 / step) as usize)
        .map(sample)
        .collect()
}

//! Instruments: a note in, sound out. Each is a well known way to make sound by arithmetic.

use std::f32::consts::TAU;

use crate::random::Random;
use crate::stereo::{Filter, RATE, lowpass, samples, sine};

/// A note to play.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Note {
    pub(crate) hz: f32,
    pub(crate) seconds: f32,
    /// 0 to 1; loud notes are brighter, too.
    pub(crate) velocity: f32,
}

/// What plays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Instrument {
    /// Saws beside each other through a slow filter.
    Pad,
    /// Bowed strings: saws with vibrato that swell.
    Strings,
    /// Hammered strings: partials a little sharp, each dying in its own time.
    Piano,
    /// A tine by frequency modulation.
    ElectricPiano,
    /// Plucked strings (Karplus and Strong 1983).
    Guitar,
    /// The same, bright and short.
    Ukulele,
    Harp,
    Marimba,
    MusicBox,
    Flute,
    Bass,
    /// A pulse through a filter that closes.
    SynthBass,
    /// A bright saw lead with a filter.
    Lead,
    Organ,
    /// Vowels of a choir: saws through formants.
    Choir,
    Brass,
}

/// Plays a note. The sound is longer than the note by what rings on.
pub(crate) fn play(instrument: Instrument, note: Note, random: &mut Random) -> Vec<f32> {
    match instrument {
        Instrument::Pad => pad(note, random, 0.9, 1.6),
        Instrument::Strings => strings(note, random),
        Instrument::Piano => piano(note),
        Instrument::ElectricPiano => electric_piano(note),
        Instrument::Guitar => plucked(note, random, 0.996, 3200.0, 2.2),
        Instrument::Ukulele => plucked(note, random, 0.990, 4200.0, 0.9),
        Instrument::Harp => plucked(note, random, 0.9975, 5200.0, 3.0),
        Instrument::Marimba => struck(
            note,
            &[(1.0, 1.0, 0.5), (3.93, 0.25, 0.15), (9.2, 0.06, 0.06)],
        ),
        Instrument::MusicBox => struck(
            note,
            &[
                (1.0, 1.0, 1.4),
                (2.76, 0.35, 0.7),
                (5.4, 0.2, 0.35),
                (8.93, 0.08, 0.2),
            ],
        ),
        Instrument::Flute => flute(note, random),
        Instrument::Bass => bass(note),
        Instrument::SynthBass => synth_bass(note),
        Instrument::Lead => lead(note, random),
        Instrument::Organ => organ(note),
        Instrument::Choir => choir(note, random),
        Instrument::Brass => brass(note, random),
    }
}

/// Attack, a held part that sinks to `sustain`, and release; seconds.
fn shape(at: f32, note_s: f32, attack: f32, decay: f32, sustain: f32, release: f32) -> f32 {
    let held = |t: f32| {
        if t < attack {
            t / attack
        } else {
            sustain + (1.0 - sustain) * (-(t - attack) / decay).exp()
        }
    };
    if at <= note_s {
        held(at)
    } else {
        held(note_s) * (-(at - note_s) * 4.6 / release).exp()
    }
}

/// A saw without what would fold back (a polynomial step of two samples, Välimäki and Huovilainen 2006).
#[derive(Debug, Clone, Copy)]
struct Saw {
    phase: f32,
}

impl Saw {
    fn new(random: &mut Random) -> Self {
        Self {
            phase: random.share(),
        }
    }

    fn step(&mut self, hz: f32) -> f32 {
        let step = hz / RATE;
        self.phase += step;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        let smooth = if self.phase < step {
            let t = self.phase / step;
            2.0 * t - t * t - 1.0
        } else if self.phase > 1.0 - step {
            let t = (self.phase - 1.0) / step;
            t * t + 2.0 * t + 1.0
        } else {
            0.0
        };
        2.0 * self.phase - 1.0 - smooth
    }
}

/// Makes `seconds + ring` of sound.
fn sound(note: Note, ring: f32, mut at: impl FnMut(f32) -> f32) -> Vec<f32> {
    let length = samples(note.seconds + ring);
    (0..length).map(|i| at(i as f32 / RATE)).collect()
}

fn pad(note: Note, random: &mut Random, attack: f32, release: f32) -> Vec<f32> {
    let mut saws: Vec<(Saw, f32)> = [-0.007, -0.003, 0.0, 0.004, 0.008]
        .iter()
        .map(|off| (Saw::new(random), 1.0 + off))
        .collect();
    let mut filter = Filter::default();
    let phase = random.share() * TAU;
    sound(note, release, |t| {
        let sum: f32 = saws
            .iter_mut()
            .map(|(saw, off)| saw.step(note.hz * *off))
            .sum();
        let open = 500.0 + 900.0 * note.velocity + 350.0 * (TAU * 0.11 * t + phase).sin();
        let low = filter.step(sum * 0.2, open + note.hz, 1.3)[0];
        low * note.velocity * shape(t, note.seconds, attack, 1.0, 0.9, release)
    })
}

fn strings(note: Note, random: &mut Random) -> Vec<f32> {
    let mut players: Vec<(Saw, f32, f32)> = (0..4)
        .map(|_| {
            (
                Saw::new(random),
                1.0 + random.between(-0.004, 0.004),
                random.between(4.8, 5.8),
            )
        })
        .collect();
    let mut filter = Filter::default();
    let attack = if note.seconds < 0.6 { 0.06 } else { 0.22 };
    sound(note, 0.5, |t| {
        let grown = (t / 0.6).min(1.0);
        let sum: f32 = players
            .iter_mut()
            .map(|(saw, off, hz)| saw.step(note.hz * *off * (1.0 + 0.003 * grown * sine(*hz, t))))
            .sum();
        let open = 900.0 + 2600.0 * note.velocity + note.hz;
        let low = filter.step(sum * 0.25, open, 1.2)[0];
        low * note.velocity * shape(t, note.seconds, attack, 1.5, 0.85, 0.5)
    })
}

fn piano(note: Note) -> Vec<f32> {
    let ring = 1.2;
    let partials: Vec<(f32, f32, f32)> = (1..=12)
        .map(|n| {
            let n = n as f32;
            let sharp = (1.0 + 0.0004 * n * n).sqrt();
            let bright = 0.35 + 0.5 * note.velocity;
            let decay = 3.2 / (1.0 + 0.35 * n) * (260.0 / note.hz).powf(0.4).clamp(0.3, 2.0);
            (note.hz * n * sharp, bright.powf(n - 1.0) / n.sqrt(), decay)
        })
        .filter(|(hz, _, _)| *hz < 14_000.0)
        .collect();
    sound(note, ring, |t| {
        let sum: f32 = partials
            .iter()
            .map(|(hz, size, decay)| {
                let beating = 0.6 * sine(*hz, t) + 0.4 * sine(*hz * 1.0006, t);
                beating * size * (-t / decay).exp()
            })
            .sum();
        let knock = (-t * 90.0).exp() * sine(note.hz * 2.3 + 190.0, t) * 0.15;
        (sum * 0.45 + knock) * note.velocity * shape(t, note.seconds, 0.003, 50.0, 1.0, ring * 0.5)
    })
}

fn electric_piano(note: Note) -> Vec<f32> {
    sound(note, 0.8, |t| {
        let tine = sine(note.hz * 14.0, t) * 0.35 * note.velocity * (-t * 9.0).exp();
        let body = (TAU * (note.hz * t).fract()
            + 1.4 * note.velocity * (-t * 2.2).exp() * sine(note.hz, t)
            + tine)
            .sin();
        let tremolo = 1.0 + 0.12 * sine(4.6, t);
        body * 0.6
            * tremolo
            * note.velocity
            * (-t * 0.9).exp()
            * shape(t, note.seconds, 0.004, 50.0, 1.0, 0.5)
    })
}

/// A line of noise goes round through a mild lowpass. `loss` a round, `bright` of the pick, `ring` seconds at most.
fn plucked(note: Note, random: &mut Random, loss: f32, bright: f32, ring: f32) -> Vec<f32> {
    let period = RATE / note.hz;
    let length = (period - 0.5).floor().max(2.0) as usize;
    let part = period - 0.5 - length as f32;
    let mut line: Vec<f32> = (0..length).map(|_| random.noise()).collect();
    lowpass(&mut line, bright * (0.5 + note.velocity));
    // Picked a fifth along the string, which takes out every fifth partial.
    let pick = (length / 5).max(1);
    let picked: Vec<f32> = (0..length)
        .map(|i| line[i] - line[(i + length - pick) % length])
        .collect();
    let mut line = picked;
    let (mut place, mut last, mut tuned, mut before) = (0, 0.0, 0.0, 0.0);
    let allpass = (1.0 - part) / (1.0 + part);
    sound(note, ring, |t| {
        let out = line[place];
        let smooth = loss * (0.5 * out + 0.5 * last);
        last = out;
        // A fraction of a sample of delay keeps it in tune.
        tuned = allpass * (smooth - tuned) + before;
        before = smooth;
        line[place] = tuned;
        place = (place + 1) % length;
        out * 0.6 * note.velocity * shape(t, note.seconds, 0.001, 50.0, 1.0, ring)
    })
}

/// Partials as (ratio, size, seconds to fall to a third).
fn struck(note: Note, partials: &[(f32, f32, f32)]) -> Vec<f32> {
    let longest = partials.iter().map(|p| p.2).fold(0.0, f32::max);
    let note = Note {
        seconds: 0.0,
        ..note
    };
    sound(note, longest * 4.0, |t| {
        let sum: f32 = partials
            .iter()
            .filter(|(ratio, _, _)| note.hz * ratio < 16_000.0)
            .map(|(ratio, size, decay)| sine(note.hz * ratio, t) * size * (-t / decay).exp())
            .sum();
        sum * 0.6 * note.velocity * (t / 0.002).min(1.0)
    })
}

fn flute(note: Note, random: &mut Random) -> Vec<f32> {
    let mut breath = Filter::default();
    sound(note, 0.25, |t| {
        let vibrato = 1.0 + 0.004 * (t / 0.5).min(1.0) * sine(5.1, t);
        let hz = note.hz * vibrato;
        let air = breath.step(random.noise(), note.hz * 2.0, 0.6)[1] * 0.08;
        let tone = sine(hz, t) + 0.22 * sine(hz * 2.0, t) + 0.06 * sine(hz * 3.0, t);
        (tone * 0.5 + air) * note.velocity * shape(t, note.seconds, 0.07, 2.0, 0.85, 0.2)
    })
}

fn bass(note: Note) -> Vec<f32> {
    sound(note, 0.12, |t| {
        let tone = sine(note.hz, t)
            + 0.35 * sine(note.hz * 2.0, t) * (-t * 3.0).exp()
            + 0.15 * sine(note.hz * 3.0, t) * (-t * 6.0).exp();
        tone * 0.7 * note.velocity * shape(t, note.seconds, 0.006, 1.2, 0.6, 0.1)
    })
}

fn synth_bass(note: Note) -> Vec<f32> {
    let mut saw = Saw { phase: 0.0 };
    let mut square = Saw { phase: 0.5 };
    let mut filter = Filter::default();
    sound(note, 0.08, |t| {
        let pulse = saw.step(note.hz) - square.step(note.hz);
        let open = 120.0 + 1800.0 * note.velocity * (-t * 7.0).exp();
        let low = filter.step(pulse * 0.5, open + note.hz, 0.8)[0];
        (low + 0.5 * sine(note.hz, t))
            * 0.6
            * note.velocity
            * shape(t, note.seconds, 0.004, 0.8, 0.7, 0.07)
    })
}

fn lead(note: Note, random: &mut Random) -> Vec<f32> {
    let mut saws = [
        (Saw::new(random), 0.996),
        (Saw::new(random), 1.0),
        (Saw::new(random), 1.005),
    ];
    let mut filter = Filter::default();
    sound(note, 0.3, |t| {
        let sum: f32 = saws
            .iter_mut()
            .map(|(saw, off)| saw.step(note.hz * *off))
            .sum();
        let open = 900.0 + 3500.0 * note.velocity * (-t * 2.5).exp() + note.hz;
        filter.step(sum * 0.25, open, 0.9)[0]
            * note.velocity
            * shape(t, note.seconds, 0.01, 0.7, 0.6, 0.25)
    })
}

fn organ(note: Note) -> Vec<f32> {
    const DRAWBARS: [(f32, f32); 5] = [(0.5, 0.5), (1.0, 0.8), (1.5, 0.3), (2.0, 0.5), (4.0, 0.2)];
    sound(note, 0.08, |t| {
        let sum: f32 = DRAWBARS
            .iter()
            .map(|(ratio, size)| sine(note.hz * ratio, t) * size)
            .sum();
        let turning = 1.0 + 0.08 * sine(6.3, t);
        sum * 0.3 * turning * note.velocity * shape(t, note.seconds, 0.01, 50.0, 1.0, 0.06)
    })
}

fn choir(note: Note, random: &mut Random) -> Vec<f32> {
    let mut voices: Vec<(Saw, f32, f32)> = (0..5)
        .map(|_| {
            (
                Saw::new(random),
                1.0 + random.between(-0.006, 0.006),
                random.between(4.5, 6.0),
            )
        })
        .collect();
    let mut formants = [Filter::default(); 3];
    sound(note, 0.9, |t| {
        let sum: f32 = voices
            .iter_mut()
            .map(|(saw, off, hz)| saw.step(note.hz * *off * (1.0 + 0.004 * sine(*hz, t))))
            .sum();
        let [a, b, c] = &mut formants;
        // The vowel "ah".
        let vowel = a.step(sum, 730.0, 0.18)[1]
            + 0.5 * b.step(sum, 1090.0, 0.14)[1]
            + 0.2 * c.step(sum, 2440.0, 0.1)[1];
        vowel * 0.045 * note.velocity * shape(t, note.seconds, 0.5, 2.0, 0.9, 0.8)
    })
}

fn brass(note: Note, random: &mut Random) -> Vec<f32> {
    let mut saws = [(Saw::new(random), 0.998), (Saw::new(random), 1.003)];
    let mut filter = Filter::default();
    sound(note, 0.25, |t| {
        let sum: f32 = saws
            .iter_mut()
            .map(|(saw, off)| saw.step(note.hz * *off))
            .sum();
        let swell = (t / 0.12).min(1.0);
        let open = note.hz * (1.0 + 5.0 * note.velocity * swell);
        filter.step(sum * 0.4, open, 1.1)[0]
            * note.velocity
            * shape(t, note.seconds, 0.05, 1.5, 0.8, 0.2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Instrument; 16] = [
        Instrument::Pad,
        Instrument::Strings,
        Instrument::Piano,
        Instrument::ElectricPiano,
        Instrument::Guitar,
        Instrument::Ukulele,
        Instrument::Harp,
        Instrument::Marimba,
        Instrument::MusicBox,
        Instrument::Flute,
        Instrument::Bass,
        Instrument::SynthBass,
        Instrument::Lead,
        Instrument::Organ,
        Instrument::Choir,
        Instrument::Brass,
    ];

    /// Strength of a frequency in a sound.
    fn strength(sound: &[f32], hz: f32) -> f32 {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, sample) in sound.iter().enumerate() {
            let angle = TAU * (hz * i as f32 / RATE).fract();
            re += sample * angle.cos();
            im += sample * angle.sin();
        }
        (re * re + im * im).sqrt() / sound.len() as f32
    }

    #[test]
    fn every_instrument_plays_in_tune_and_dies_away() {
        for instrument in ALL {
            let note = Note {
                hz: 220.0,
                seconds: 1.0,
                velocity: 0.8,
            };
            let sound = play(instrument, note, &mut Random::of("tune"));
            assert!(
                sound.iter().all(|s| s.is_finite() && s.abs() < 1.5),
                "{instrument:?}"
            );
            let body = &sound[4_410..30_000.min(sound.len())];
            let own = strength(body, 220.0);
            // Half a tone beside it there is less.
            for beside in [207.6, 233.1] {
                assert!(own > 1.5 * strength(body, beside), "{instrument:?}: {own}");
            }
            let level =
                |part: &[f32]| (part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32).sqrt();
            let end = &sound[sound.len() - 441..];
            assert!(level(end) < 0.3 * level(body), "{instrument:?}");
        }
    }
}

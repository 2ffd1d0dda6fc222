//! Music: a style and a few numbers become a track that can be played in a circle.
//!
//! Chords go round a progression; each layer plays its pattern over them, enters and leaves by sections, and the melody
//! wanders over the scale by chance that the track's name decides, repeating itself as melodies do (A A B A).

use crate::drums::{Drum, hit};
use crate::instruments::{Instrument, Note, play};
use crate::loudness;
use crate::random::Random;
use crate::stereo::{Hall, Stereo, samples};

/// How a layer plays the chords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// The chord once a bar, held.
    Held,
    /// The chord on every beat.
    Beats,
    /// The chord behind the beats, short.
    Offbeats,
    /// Chord tones one after another in eighths, up and down.
    Eighths,
    /// The same in sixteenths.
    Sixteenths,
    /// A waltz: low, high, high.
    Waltz,
    /// Broken chords in slow quarters.
    Quarters,
    /// Root once a bar.
    Root,
    /// Root, and the fifth before the next beat.
    RootAndFifth,
    /// Root in eighths.
    Driving,
    /// Root and octave, off and on the beat.
    Syncopated,
    /// A walking line in quarters.
    Walking,
    /// A tune in the scale.
    Melody,
    /// Few long notes of the scale.
    SlowMelody,
}

/// One instrument in a track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layer {
    pub(crate) instrument: Instrument,
    pub(crate) pattern: Pattern,
    /// Octaves above the key's own.
    pub(crate) octave: i32,
    pub(crate) gain: f32,
    /// -1 left to 1 right.
    pub(crate) pan: f32,
    /// Which quarters of the track it plays in, one bit each from the first.
    pub(crate) sections: u8,
}

/// Drums, sixteen steps a bar (twelve in a waltz): `x` a hit, `o` a soft one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beat {
    pub(crate) drum: Drum,
    pub(crate) steps: &'static str,
    pub(crate) gain: f32,
    pub(crate) pan: f32,
    pub(crate) sections: u8,
}

/// A whole track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) beats_per_minute: f32,
    /// Semitones of the key's note from A at 220 Hz.
    pub(crate) key: i32,
    pub(crate) minor: bool,
    /// Steps of the scale, 0 the first; one chord a bar.
    pub(crate) chords: &'static [i32],
    pub(crate) bars: u32,
    pub(crate) beats_per_bar: u32,
    /// Sevenths on top of the chords.
    pub(crate) sevenths: bool,
    /// How late every second eighth comes: 0 straight, 0.33 swung.
    pub(crate) swing: f32,
    pub(crate) hall: Hall,
    /// Level of the hall's answer.
    pub(crate) wet: f32,
    pub(crate) layers: &'static [Layer],
    pub(crate) beats: &'static [Beat],
}

/// Loudness of every bed, as the videos have it that it goes with, and its highest peak (-1.5 dBTP).
const LUFS: f64 = -16.0;
const CEILING: f32 = 0.841;

const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];

impl Score {
    pub(crate) fn duration_s(&self) -> f32 {
        (self.bars * self.beats_per_bar) as f32 * self.beat_s()
    }

    fn beat_s(&self) -> f32 {
        60.0 / self.beats_per_minute
    }

    /// Plays the track; `name` decides its chances.
    pub(crate) fn render(&self, name: &str) -> Stereo {
        let length = samples(self.duration_s());
        let mut dry = Stereo::silent(length);
        for (index, layer) in self.layers.iter().enumerate() {
            let mut random = Random::of(&format!("{name} {index}"));
            self.layer(layer, &mut dry, &mut random);
        }
        for (index, beat) in self.beats.iter().enumerate() {
            let mut random = Random::of(&format!("{name} drum {index}"));
            self.drum(beat, &mut dry, &mut random);
        }
        let answer = self.hall.answer(&dry, true);
        dry.mix(&answer, self.wet);
        loudness::level(&mut dry, LUFS, CEILING);
        dry
    }

    fn hz(&self, step: i32, octave: i32) -> f32 {
        let scale = if self.minor { MINOR } else { MAJOR };
        let semitones = scale[step.rem_euclid(7) as usize] + 12 * (step.div_euclid(7) + octave);
        220.0 * 2_f32.powf((self.key + semitones) as f32 / 12.0)
    }

    fn plays(&self, sections: u8, bar: u32) -> bool {
        let section = bar * 4 / self.bars.max(1);
        sections >> section & 1 == 1
    }

    /// Seconds of a place in the track, in beats; swung.
    fn at(&self, beats: f32) -> f32 {
        let eighth = (beats * 2.0).floor();
        let late = if eighth as i64 % 2 == 1 {
            self.swing * 0.5
        } else {
            0.0
        };
        (beats + late) * self.beat_s()
    }

    fn layer(&self, layer: &Layer, into: &mut Stereo, random: &mut Random) {
        let tune = self.tune(layer, random);
        for bar in (0..self.bars).filter(|bar| self.plays(layer.sections, *bar)) {
            let chord = self.chords[bar as usize % self.chords.len()];
            for strike in self.strikes(layer.pattern, bar, chord, &tune) {
                let beats = (bar * self.beats_per_bar) as f32 + strike.beat;
                // People are never quite on time, nor equally loud.
                let at_s = (self.at(beats) + random.between(-0.006, 0.006)).max(0.0);
                let accent = if strike.beat.fract() == 0.0 {
                    1.0
                } else {
                    0.86
                };
                let note = Note {
                    hz: self.hz(strike.step, layer.octave),
                    seconds: strike.beats * self.beat_s(),
                    velocity: (strike.velocity * accent * random.between(0.9, 1.05)).min(1.0),
                };
                let sound = play(layer.instrument, note, random);
                into.add(samples(at_s), &sound, layer.gain, layer.pan + strike.pan);
            }
        }
    }

    fn drum(&self, beat: &Beat, into: &mut Stereo, random: &mut Random) {
        let steps = beat.steps.len().max(1) as f32;
        let sounds: Vec<Vec<f32>> = (0..3).map(|_| hit(beat.drum, random)).collect();
        for bar in (0..self.bars).filter(|bar| self.plays(beat.sections, *bar)) {
            for (step, mark) in beat.steps.bytes().enumerate() {
                let size = match mark {
                    b'x' => 1.0,
                    b'o' => 0.5,
                    _ => continue,
                };
                let beats = (bar * self.beats_per_bar) as f32
                    + step as f32 / steps * self.beats_per_bar as f32;
                let gain = beat.gain * size * random.between(0.85, 1.0);
                let sound = &sounds[random.below(sounds.len())];
                into.add(samples(self.at(beats)), sound, gain, beat.pan);
            }
        }
    }

    fn chord_tones(&self, chord: i32) -> Vec<i32> {
        let mut tones = vec![chord, chord + 2, chord + 4];
        if self.sevenths {
            tones.push(chord + 6);
        }
        // Chords stay near each other: what lies high goes down an octave.
        for tone in &mut tones {
            if *tone > 6 {
                *tone -= 7;
            }
        }
        tones.sort_unstable();
        tones
    }

    fn strikes(&self, pattern: Pattern, bar: u32, chord: i32, tune: &[Vec<Strike>]) -> Vec<Strike> {
        let tones = self.chord_tones(chord);
        let beats = self.beats_per_bar;
        let together = |beat: f32, length: f32, velocity: f32| -> Vec<Strike> {
            let spread = tones.iter().enumerate();
            spread
                .map(|(i, tone)| {
                    Strike::new(beat, *tone, length, velocity).panned(i as f32 * 0.16 - 0.2)
                })
                .collect()
        };
        let broken = |per_beat: u32, velocity: f32| -> Vec<Strike> {
            let count = beats * per_beat;
            let order = up_and_down(&tones);
            (0..count)
                .map(|i| {
                    let step = order[i as usize % order.len()];
                    let length = 1.6 / per_beat as f32;
                    Strike::new(i as f32 / per_beat as f32, step, length, velocity)
                        .panned(if i % 2 == 0 { -0.12 } else { 0.12 })
                })
                .collect()
        };
        let low = |beat: f32, step: i32, length: f32| Strike::new(beat, step, length, 0.85);
        let root = if chord > 4 { chord - 7 } else { chord };
        match pattern {
            Pattern::Held => together(0.0, beats as f32 * 0.98, 0.7),
            Pattern::Beats => (0..beats)
                .flat_map(|b| together(b as f32, 0.7, 0.7))
                .collect(),
            Pattern::Offbeats => (0..beats)
                .flat_map(|b| together(b as f32 + 0.5, 0.3, 0.65))
                .collect(),
            Pattern::Eighths => broken(2, 0.65),
            Pattern::Sixteenths => broken(4, 0.55),
            Pattern::Quarters => broken(1, 0.7),
            Pattern::Waltz => {
                let mut all = vec![low(0.0, root - 7, 1.0)];
                all.extend((1..beats).flat_map(|b| together(b as f32, 0.6, 0.5)));
                all
            }
            Pattern::Root => vec![low(0.0, root, beats as f32 * 0.95)],
            Pattern::RootAndFifth => vec![
                low(0.0, root, 1.4),
                low(beats as f32 * 0.5, root, 0.9),
                low(beats as f32 - 0.5, root + 4 - 7, 0.5),
            ],
            Pattern::Driving => (0..beats * 2)
                .map(|i| low(i as f32 * 0.5, root, 0.42))
                .collect(),
            Pattern::Syncopated => [
                (0.0, 0, 0.7),
                (0.75, 7, 0.25),
                (1.5, 0, 0.5),
                (2.5, 7, 0.3),
                (3.0, 0, 0.6),
            ]
            .iter()
            .map(|(beat, up, length)| low(*beat, root + up, *length))
            .collect(),
            Pattern::Walking => {
                let next = self.chords[(bar as usize + 1) % self.chords.len()];
                let next = if next > 4 { next - 7 } else { next };
                let steps = [
                    root,
                    root + 2,
                    root + 4,
                    next + if next > root { -1 } else { 1 },
                ];
                (0..beats)
                    .map(|b| low(b as f32, steps[b as usize % 4], 0.9))
                    .collect()
            }
            Pattern::Melody | Pattern::SlowMelody => {
                let bar = &tune[bar as usize % tune.len()];
                // The first note of a bar belongs to the chord.
                let nearest = |step: i32| {
                    let all = tones.iter().flat_map(|tone| [*tone, tone + 7]);
                    all.min_by_key(|tone| (tone - step).abs()).unwrap_or(step)
                };
                bar.iter()
                    .enumerate()
                    .map(|(i, strike)| Strike {
                        step: if i == 0 {
                            nearest(strike.step)
                        } else {
                            strike.step
                        },
                        ..*strike
                    })
                    .collect()
            }
        }
    }

    /// Sixteen bars of tune: four, the same again, four others, the first.
    fn tune(&self, layer: &Layer, random: &mut Random) -> Vec<Vec<Strike>> {
        let slow = match layer.pattern {
            Pattern::Melody => false,
            Pattern::SlowMelody => true,
            _ => return vec![Vec::new()],
        };
        let mut step = 4;
        let mut phrase = |random: &mut Random| -> Vec<Vec<Strike>> {
            (0..4)
                .map(|bar| self.tune_bar(slow, bar == 3, &mut step, random))
                .collect()
        };
        let (a, b) = (phrase(random), phrase(random));
        [a.clone(), a.clone(), b, a].concat()
    }

    fn tune_bar(&self, slow: bool, last: bool, step: &mut i32, random: &mut Random) -> Vec<Strike> {
        let beats = self.beats_per_bar as f32;
        let lengths: &[f32] = if slow {
            &[2.0, 3.0, 4.0]
        } else {
            &[0.5, 0.5, 1.0, 1.0, 1.5]
        };
        let mut bar = Vec::new();
        let mut beat = 0.0;
        while beat < beats {
            let length = if last && !slow && beat >= beats * 0.5 {
                beats - beat
            } else {
                lengths[random.below(lengths.len())].min(beats - beat)
            };
            if !random.chance(if slow { 0.15 } else { 0.18 }) || beat == 0.0 {
                bar.push(Strike::new(beat, *step, length * 0.92, 0.75));
            }
            let leap = [-2, -1, -1, 1, 1, 2, 3, -3][random.below(8)];
            *step = (*step + leap).clamp(0, 9);
            beat += length;
        }
        bar
    }
}

/// A note of a pattern.
#[derive(Debug, Clone, Copy)]
struct Strike {
    /// In its bar.
    beat: f32,
    /// Of the scale.
    step: i32,
    beats: f32,
    velocity: f32,
    pan: f32,
}

impl Strike {
    fn new(beat: f32, step: i32, beats: f32, velocity: f32) -> Self {
        Self {
            beat,
            step,
            beats,
            velocity,
            pan: 0.0,
        }
    }

    fn panned(self, pan: f32) -> Self {
        Self { pan, ..self }
    }
}

fn up_and_down(tones: &[i32]) -> Vec<i32> {
    let mut order: Vec<i32> = tones.to_vec();
    order.push(tones[0] + 7);
    order.extend(tones.iter().rev().take(tones.len() - 1));
    order
}

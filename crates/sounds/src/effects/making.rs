//! What effects are made of: swept noise, bursts, bells, weather.

use std::f32::consts::TAU;

use crate::instruments::{Instrument, Note, play};
use crate::random::Random;
use crate::stereo::{Filter, Hall, RATE, Stereo, samples, sine};

pub(super) const SMALL: Hall = Hall {
    decay_s: 0.5,
    damping: 0.5,
};
pub(super) const LARGE: Hall = Hall {
    decay_s: 2.6,
    damping: 0.3,
};

/// Noise through a band whose place and size follow the time's share.
pub(super) fn swept(
    track: &mut Stereo,
    random: &mut Random,
    hz: impl Fn(f32) -> f32,
    size: impl Fn(f32) -> f32,
    pan: impl Fn(f32) -> f32,
) {
    let length = track.length();
    let mut filter = [Filter::default(); 2];
    for i in 0..length {
        let share = i as f32 / length as f32;
        let band = filter[0].step(random.noise(), hz(share), 0.7)[1];
        let band = filter[1].step(band, hz(share), 0.9)[1] * size(share);
        let pan = pan(share).clamp(-1.0, 1.0);
        track.left[i] += band * (1.0 - pan.max(0.0));
        track.right[i] += band * (1.0 + pan.min(0.0));
    }
}

pub(super) fn tones(
    track: &mut Stereo,
    random: &mut Random,
    instrument: Instrument,
    notes: &[(f32, f32, f32)],
) {
    for (at, hz, seconds) in notes {
        let note = Note {
            hz: *hz,
            seconds: *seconds,
            velocity: 0.8,
        };
        let sound = play(instrument, note, random);
        let room = track.length() - samples(*at).min(track.length());
        track.add(samples(*at), &sound[..sound.len().min(room)], 0.6, 0.0);
    }
}

pub(super) fn put(track: &mut Stereo, at_s: f32, sound: &[f32], gain: f32, pan: f32) {
    let at = samples(at_s).min(track.length());
    let room = track.length() - at;
    if room > 0 {
        track.add(at, &sound[..sound.len().min(room)], gain, pan);
    }
}

pub(super) fn burst(
    random: &mut Random,
    seconds: f32,
    hz: f32,
    damping: f32,
    decay: f32,
) -> Vec<f32> {
    let mut filter = Filter::default();
    (0..samples(seconds))
        .map(|i| {
            let t = i as f32 / RATE;
            filter.step(random.noise(), hz, damping)[1] * (-t / decay).exp() * (t / 0.0008).min(1.0)
        })
        .collect()
}

pub(super) fn room(track: &mut Stereo, hall: Hall, wet: f32) {
    let answer = hall.answer(track, false);
    track.mix(&answer, wet);
}

/// A bell of inharmonic partials.
pub(super) fn bell(hz: f32, seconds: f32, decay: f32) -> Vec<f32> {
    const PARTIALS: [(f32, f32, f32); 6] = [
        (0.5, 0.5, 1.2),
        (1.0, 1.0, 1.0),
        (1.19, 0.5, 0.8),
        (2.0, 0.6, 0.6),
        (2.74, 0.4, 0.45),
        (3.76, 0.25, 0.3),
    ];
    (0..samples(seconds))
        .map(|i| {
            let t = i as f32 / RATE;
            let sum: f32 = PARTIALS
                .iter()
                .map(|(ratio, size, long)| sine(hz * ratio, t) * size * (-t / (decay * long)).exp())
                .sum();
            sum * 0.3 * (t / 0.002).min(1.0)
        })
        .collect()
}

/// Joins the end of a bed to its beginning: the first part is mixed over the last, then cut off.
pub(super) fn circle(track: &mut Stereo, make: impl FnOnce(&mut Stereo)) {
    let over = samples(0.5);
    let mut longer = Stereo::silent(track.length() + over);
    make(&mut longer);
    for (out, long) in [
        (&mut track.left, &longer.left),
        (&mut track.right, &longer.right),
    ] {
        let length = out.len();
        out.copy_from_slice(&long[over..over + length]);
        for i in 0..over {
            let share = i as f32 / over as f32 * std::f32::consts::FRAC_PI_2;
            let place = length - over + i;
            out[place] = long[over + place] * share.cos() + long[i] * share.sin();
        }
    }
}

pub(super) fn rain(track: &mut Stereo, random: &mut Random, drops_per_s: f32) {
    circle(track, |long| {
        for channel in [0, 1] {
            let mut filter = Filter::default();
            for i in 0..long.length() {
                let [_, band, high] = filter.step(random.noise(), 1400.0, 1.6);
                let hiss = band * 0.10 + high * 0.05;
                if channel == 0 {
                    long.left[i] += hiss;
                } else {
                    long.right[i] += hiss;
                }
            }
        }
        let drops = (long.length() as f32 / RATE * drops_per_s) as usize;
        for _ in 0..drops {
            let hz = random.between(1800.0, 6500.0);
            let drop = burst(random, 0.02, hz, 0.25, random.clone().between(0.002, 0.005));
            let at = random.below(long.length());
            let (gain, pan) = (random.between(0.05, 0.5), random.between(-0.9, 0.9));
            long.add(at, &drop, gain, pan);
        }
    });
}

/// Noise whose colour and size drift slowly, each channel on its own.
pub(super) fn drifting(
    track: &mut Stereo,
    random: &mut Random,
    hz: [f32; 2],
    period_s: f32,
    depth: f32,
) {
    let total = track.length() as f32 / RATE;
    let turns = (total / period_s).round().max(1.0);
    circle(track, |long| {
        for channel in 0..2 {
            let phase = random.share() * TAU + channel as f32 * 0.7;
            let mut filter = [Filter::default(); 2];
            for i in 0..long.length() {
                let t = i as f32 / RATE;
                let wave = 0.5
                    + 0.35 * (TAU * turns / total * t + phase).sin()
                    + 0.15 * (TAU * turns * 3.0 / total * t + phase * 2.0).sin();
                let cutoff = hz[0] * (hz[1] / hz[0]).powf(wave);
                let low = filter[0].step(random.noise(), cutoff, 0.9)[0];
                let low = filter[1].step(low, cutoff, 1.4)[0] * (1.0 - depth + depth * wave * wave);
                if channel == 0 {
                    long.left[i] += low;
                } else {
                    long.right[i] += low;
                }
            }
        }
    });
}

pub(super) fn chirps(track: &mut Stereo, random: &mut Random, count: usize, hz: [f32; 2]) {
    for _ in 0..count {
        let (base, bend) = (random.between(hz[0], hz[1]), random.between(-0.25, 0.35));
        let trill = random.between(14.0, 30.0);
        let long = random.between(0.06, 0.22);
        let mut phase = 0.0;
        let notes = 1 + random.below(4);
        let (at, pan, gain) = (
            random.below(track.length()),
            random.between(-0.9, 0.9),
            random.between(0.15, 0.6),
        );
        for n in 0..notes {
            let chirp: Vec<f32> = (0..samples(long))
                .map(|i| {
                    let share = i as f32 / samples(long) as f32;
                    phase = (phase
                        + base * (1.0 + bend * share + 0.04 * sine(trill, share * long)) / RATE)
                        .fract();
                    (TAU * phase).sin() * (std::f32::consts::PI * share).sin()
                })
                .collect();
            track.add(at + n * samples(long * 1.35), &chirp, gain, pan);
        }
    }
}

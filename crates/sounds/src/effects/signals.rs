//! Effects of user interfaces, trailers and games.

use super::making::{LARGE, SMALL, bell, burst, put, room, swept, tones};
use super::{Effect, Placement};
use crate::drums::{Drum, falling, hit};
use crate::instruments::Instrument;
use crate::stereo::{RATE, samples, sine};

pub(super) static EFFECTS: [Effect; 16] = [
    effect!(
        "sfx_whoosh",
        "Whoosh",
        "Fast airy whoosh passing by, for transitions, swipes and camera moves",
        0.9,
        Hit,
        Some(0.42),
        |t, r| {
            swept(
                t,
                r,
                |s| 300.0 + 2600.0 * (1.0 - (s - 0.45).abs() * 2.0).max(0.0),
                |s| (-((s - 0.46) / 0.16).powi(2)).exp(),
                |s| s * 2.0 - 1.0,
            );
        }
    ),
    effect!(
        "sfx_swish",
        "Swish",
        "Short light swish for text, titles and quick gestures",
        0.4,
        Hit,
        Some(0.18),
        |t, r| {
            swept(
                t,
                r,
                |s| 2500.0 + 4500.0 * s,
                |s| (-((s - 0.44) / 0.15).powi(2)).exp(),
                |s| 0.6 - s,
            );
        }
    ),
    effect!(
        "sfx_pop",
        "Pop",
        "Soft bubble pop for appearing icons, bullets and buttons",
        0.25,
        Hit,
        Some(0.005),
        |t, _| {
            put(
                t,
                0.0,
                &falling(0.2, [900.0, 320.0], 0.02, 0.035, 1.0),
                0.8,
                0.0,
            );
        }
    ),
    effect!(
        "sfx_click",
        "Click",
        "Mouse or button click of a user interface",
        0.15,
        Hit,
        Some(0.002),
        |t, r| {
            put(t, 0.0, &burst(r, 0.03, 3200.0, 0.5, 0.003), 1.0, 0.0);
            put(t, 0.055, &burst(r, 0.03, 2400.0, 0.5, 0.003), 0.5, 0.0);
        }
    ),
    effect!(
        "sfx_ding",
        "Ding",
        "Bright single bell ding for a correct answer or an idea",
        1.6,
        Hit,
        Some(0.01),
        |t, _| {
            put(t, 0.0, &bell(1318.5, 1.6, 0.5), 0.8, 0.0);
        }
    ),
    effect!(
        "sfx_notification",
        "Notification",
        "Friendly two-tone phone notification chime, message received",
        1.2,
        Hit,
        Some(0.16),
        |t, r| {
            tones(
                t,
                r,
                Instrument::MusicBox,
                &[(0.0, 880.0, 0.1), (0.15, 1318.5, 0.5)],
            );
        }
    ),
    effect!(
        "sfx_success",
        "Success",
        "Rising cheerful chime for success, achievement, level up and completion",
        1.8,
        Hit,
        Some(0.475),
        |t, r| {
            tones(
                t,
                r,
                Instrument::MusicBox,
                &[
                    (0.0, 523.25, 0.1),
                    (0.12, 659.25, 0.1),
                    (0.24, 783.99, 0.1),
                    (0.36, 1046.5, 0.6),
                ],
            );
            room(t, SMALL, 0.3);
        }
    ),
    effect!(
        "sfx_error",
        "Error Buzz",
        "Harsh low buzzer for a wrong answer, error or failure",
        0.7,
        Hit,
        Some(0.165),
        |t, _| {
            for i in 0..t.length() {
                let at = i as f32 / RATE;
                let saw = |hz: f32| {
                    (1..18)
                        .map(|n| sine(hz * n as f32, at) / n as f32)
                        .sum::<f32>()
                };
                let out = (saw(110.0) + saw(116.5)) * 0.3 * (at / 0.01).min(1.0) * (1.0 - at * 0.4);
                t.left[i] += out;
                t.right[i] += out;
            }
        }
    ),
    effect!(
        "sfx_camera_shutter",
        "Camera Shutter",
        "Camera shutter click, taking a photo or screenshot",
        0.4,
        Hit,
        Some(0.002),
        |t, r| {
            put(t, 0.0, &burst(r, 0.05, 2600.0, 0.6, 0.008), 1.0, -0.1);
            put(t, 0.07, &burst(r, 0.12, 1400.0, 0.8, 0.02), 0.5, 0.0);
            put(t, 0.16, &burst(r, 0.05, 3400.0, 0.6, 0.006), 0.7, 0.1);
        }
    ),
    effect!(
        "sfx_riser",
        "Riser",
        "Tension building riser that climbs to a climax before a drop or reveal",
        4.0,
        Riser,
        Some(3.645),
        |t, r| {
            swept(
                t,
                r,
                |s| 250.0 * 24_f32.powf(s),
                |s| s.powf(2.2) * 1.4,
                |s| (s * 40.0).sin() * 0.4,
            );
            let mut phase = [0.0; 3];
            for i in 0..t.length() {
                let s = i as f32 / t.length() as f32;
                let mut sum = 0.0;
                for (k, phase) in phase.iter_mut().enumerate() {
                    *phase =
                        (*phase + 90.0 * 10_f32.powf(s) * (1.0 + k as f32 * 0.004) / RATE).fract();
                    sum += *phase * 2.0 - 1.0;
                }
                let out = sum * 0.08 * s * s;
                t.left[i] += out;
                t.right[i] += out;
            }
        }
    ),
    effect!(
        "sfx_downlifter",
        "Downlifter",
        "Falling sweep that releases tension after a climax",
        3.0,
        Hit,
        Some(0.15),
        |t, r| {
            swept(
                t,
                r,
                |s| 7000.0 * 0.03_f32.powf(s),
                |s| (1.0 - s).powi(2) * (s / 0.03).min(1.0),
                |s| (s * 20.0).sin() * 0.4,
            );
        }
    ),
    effect!(
        "sfx_impact",
        "Impact",
        "Huge cinematic boom impact with a long tail for trailers and reveals",
        3.5,
        Hit,
        Some(0.03),
        |t, r| {
            put(t, 0.0, &falling(2.5, [95.0, 34.0], 0.1, 0.4, 1.0), 1.0, 0.0);
            put(t, 0.0, &hit(Drum::Taiko, r), 0.7, 0.0);
            put(t, 0.0, &burst(r, 0.6, 600.0, 1.2, 0.1), 0.8, 0.0);
            room(t, LARGE, 0.15);
        }
    ),
    effect!(
        "sfx_bass_drop",
        "Bass Drop",
        "Deep sub bass drop gliding down, for electronic music and dramatic moments",
        2.5,
        Hit,
        Some(0.1),
        |t, _| {
            put(
                t,
                0.0,
                &falling(2.4, [130.0, 28.0], 0.7, 1.1, 1.0),
                1.0,
                0.0,
            );
        }
    ),
    effect!(
        "sfx_coin",
        "Coin",
        "Retro video game coin pickup, money, reward and cash",
        0.8,
        Hit,
        Some(0.1),
        |t, _| {
            for i in 0..t.length() {
                let at = i as f32 / RATE;
                let (hz, from) = if at < 0.08 {
                    (987.8, 0.0)
                } else {
                    (1318.5, 0.08)
                };
                let square: f32 = [1.0, 3.0, 5.0, 7.0]
                    .iter()
                    .map(|n| sine(hz * n, at) / n)
                    .sum();
                let out = square * 0.5 * (-(at - from) * if from > 0.0 { 5.0 } else { 2.0 }).exp();
                t.left[i] += out;
                t.right[i] += out;
            }
        }
    ),
    effect!(
        "sfx_laser",
        "Laser",
        "Science fiction laser shot, space battle and arcade game",
        0.5,
        Hit,
        Some(0.01),
        |t, _| {
            put(
                t,
                0.0,
                &falling(0.45, [3200.0, 180.0], 0.09, 0.16, 1.0),
                0.8,
                0.0,
            );
        }
    ),
    effect!(
        "sfx_drum_roll",
        "Drum Roll",
        "Snare drum roll that builds suspense before an announcement, with a final hit",
        3.2,
        Riser,
        Some(2.72),
        |t, r| {
            let strokes: Vec<Vec<f32>> = (0..4).map(|_| hit(Drum::Snare, r)).collect();
            let mut at = 0.0_f32;
            while at < 2.6 {
                let gain = 0.15 + 0.35 * (at / 2.6).powi(2);
                put(
                    t,
                    at,
                    &strokes[r.below(4)],
                    gain * r.clone().between(0.8, 1.0),
                    0.0,
                );
                at += 0.045 + r.between(-0.004, 0.004);
            }
            put(t, 2.7, &hit(Drum::Kick, r), 1.0, 0.0);
            put(t, 2.7, &strokes[0], 0.9, 0.0);
            put(t, 2.7, &hit(Drum::Crash, r)[..samples(0.45)], 0.5, 0.0);
        }
    ),
];

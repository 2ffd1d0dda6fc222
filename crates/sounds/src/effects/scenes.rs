//! Effects of places, weather, people and things.

use super::making::{LARGE, SMALL, bell, burst, chirps, drifting, put, rain, room};
use super::{Effect, Placement};
use crate::drums::falling;
use crate::stereo::{RATE, sine};

pub(super) static EFFECTS: [Effect; 14] = [
    effect!(
        "sfx_keyboard",
        "Keyboard Typing",
        "Typing on a computer keyboard, working in an office, coding",
        5.0,
        Bed,
        None,
        |t, r| {
            let mut at = 0.05_f32;
            while at < 4.9 {
                let (hz, gain) = (r.between(1600.0, 3600.0), r.between(0.35, 1.0));
                put(
                    t,
                    at,
                    &burst(r, 0.04, hz, 0.5, 0.006),
                    gain,
                    r.clone().between(-0.3, 0.3),
                );
                put(
                    t,
                    at + 0.06,
                    &burst(r, 0.03, hz * 1.3, 0.5, 0.004),
                    gain * 0.3,
                    0.0,
                );
                at += r.between(0.07, 0.2) + if r.chance(0.12) { 0.35 } else { 0.0 };
            }
        }
    ),
    effect!(
        "sfx_heartbeat",
        "Heartbeat",
        "Slow human heartbeat, tension, fear and hospital scenes",
        4.0,
        Bed,
        None,
        |t, _| {
            for beat in 0..4 {
                let at = beat as f32;
                put(
                    t,
                    at + 0.05,
                    &falling(0.3, [75.0, 42.0], 0.03, 0.09, 1.0),
                    1.0,
                    0.0,
                );
                put(
                    t,
                    at + 0.33,
                    &falling(0.3, [65.0, 38.0], 0.03, 0.08, 1.0),
                    0.7,
                    0.0,
                );
            }
        }
    ),
    effect!(
        "sfx_clock",
        "Clock Ticking",
        "Wall clock ticking, time passing, countdown and waiting",
        4.0,
        Bed,
        None,
        |t, r| {
            for tick in 0..8 {
                let hz = if tick % 2 == 0 { 2900.0 } else { 2300.0 };
                put(
                    t,
                    tick as f32 * 0.5 + 0.02,
                    &burst(r, 0.05, hz, 0.15, 0.008),
                    0.9,
                    0.0,
                );
                put(
                    t,
                    tick as f32 * 0.5 + 0.024,
                    &burst(r, 0.05, 900.0, 0.3, 0.012),
                    0.4,
                    0.0,
                );
            }
            room(t, SMALL, 0.2);
        }
    ),
    effect!(
        "sfx_rain",
        "Rain",
        "Steady rain falling outdoors with drops, weather ambience",
        10.0,
        Bed,
        None,
        |t, r| rain(t, r, 220.0)
    ),
    effect!(
        "sfx_wind",
        "Wind",
        "Howling wind gusts, storm, mountains and desert ambience",
        10.0,
        Bed,
        None,
        |t, r| drifting(t, r, [180.0, 1100.0], 4.0, 0.85)
    ),
    effect!(
        "sfx_ocean",
        "Ocean Waves",
        "Sea waves rolling onto a beach, coast and holiday ambience",
        12.0,
        Bed,
        None,
        |t, r| drifting(t, r, [300.0, 5000.0], 6.0, 0.92)
    ),
    effect!(
        "sfx_thunder",
        "Thunder",
        "Thunder crack and rolling rumble of a storm",
        6.0,
        Hit,
        Some(0.195),
        |t, r| {
            let crack = burst(r, 0.5, 900.0, 1.2, 0.12);
            put(t, 0.02, &crack, 1.0, 0.0);
            for _ in 0..14 {
                let (at, hz) = (r.between(0.05, 3.2), r.between(50.0, 140.0));
                let gain = 0.9 * (-at * 0.5).exp() * r.between(0.5, 1.0);
                let rumble = burst(r, 2.0, hz, 0.9, 0.6);
                put(t, at, &rumble, gain, r.clone().between(-0.6, 0.6));
            }
            room(t, LARGE, 0.4);
        }
    ),
    effect!(
        "sfx_fire",
        "Fire Crackle",
        "Campfire or fireplace crackling, cosy and warm",
        8.0,
        Bed,
        None,
        |t, r| {
            drifting(t, r, [120.0, 400.0], 2.0, 0.5);
            t.scale(0.5);
            for _ in 0..160 {
                let (hz, decay) = (r.between(1200.0, 6000.0), r.between(0.001, 0.006));
                let snap = burst(r, 0.03, hz, 0.6, decay);
                let (at, gain, pan) = (
                    r.below(t.length()),
                    r.between(0.05, 0.7),
                    r.between(-0.7, 0.7),
                );
                t.add(at, &snap, gain, pan);
            }
        }
    ),
    effect!(
        "sfx_birds",
        "Birdsong",
        "Birds chirping in a forest or garden on a spring morning",
        10.0,
        Bed,
        None,
        |t, r| {
            chirps(t, r, 40, [2200.0, 5200.0]);
            room(t, SMALL, 0.4);
        }
    ),
    effect!(
        "sfx_crickets",
        "Crickets",
        "Crickets chirping on a quiet summer night, awkward silence",
        8.0,
        Bed,
        None,
        |t, r| {
            for (hz, rate, pan) in [(4300.0, 1.0, -0.5), (4750.0, 0.8, 0.4), (3900.0, 0.5, 0.1)] {
                let phase = r.share();
                for i in 0..t.length() {
                    let at = i as f32 / RATE;
                    let turn = (at * rate + phase).fract();
                    let gate = if turn < 0.45 {
                        (0.5 - 0.5 * sine(rate * 0.0 + 22.0, at)).powi(2)
                    } else {
                        0.0
                    };
                    let out = sine(hz, at) * gate * 0.25;
                    t.left[i] += out * (1.0 - pan) * 0.5;
                    t.right[i] += out * (1.0 + pan) * 0.5;
                }
            }
        }
    ),
    effect!(
        "sfx_applause",
        "Applause",
        "Audience clapping and applauding after a show or speech",
        6.0,
        Hit,
        None,
        |t, r| {
            for _ in 0..900 {
                let share = r.share();
                let at = share * 5.6;
                let size = (at / 0.8).min(1.0) * ((5.8 - at) / 3.0).clamp(0.0, 1.0);
                let (hz, decay) = (r.between(700.0, 2400.0), r.between(0.005, 0.016));
                let clap = burst(r, 0.05, hz, 0.7, decay);
                put(
                    t,
                    at,
                    &clap,
                    size * r.clone().between(0.2, 0.8),
                    r.clone().between(-1.0, 1.0),
                );
            }
            room(t, LARGE, 0.2);
        }
    ),
    effect!(
        "sfx_knock",
        "Door Knock",
        "Three knocks on a wooden door",
        1.2,
        Hit,
        Some(0.02),
        |t, r| {
            for (at, gain) in [(0.0, 1.0), (0.22, 0.85), (0.44, 0.95)] {
                put(t, at, &burst(r, 0.15, 320.0, 0.25, 0.03), gain, 0.0);
                put(
                    t,
                    at,
                    &falling(0.15, [210.0, 150.0], 0.01, 0.04, 0.8),
                    gain,
                    0.0,
                );
            }
            room(t, SMALL, 0.25);
        }
    ),
    effect!(
        "sfx_footsteps",
        "Footsteps",
        "Someone walking on a hard floor, steps approaching in a hallway",
        4.0,
        Bed,
        None,
        |t, r| {
            for step in 0..8 {
                let at = step as f32 * 0.5 + 0.03;
                let hz = r.between(380.0, 520.0);
                put(
                    t,
                    at,
                    &burst(r, 0.12, hz, 0.5, 0.018),
                    1.0,
                    if step % 2 == 0 { -0.15 } else { 0.15 },
                );
                put(t, at + 0.06, &burst(r, 0.08, 1500.0, 0.8, 0.01), 0.3, 0.0);
            }
            room(t, SMALL, 0.4);
        }
    ),
    effect!(
        "sfx_glass",
        "Glass Clink",
        "Two glasses clinking, a toast and celebration",
        1.5,
        Hit,
        Some(0.01),
        |t, _| {
            put(t, 0.0, &bell(2637.0, 1.4, 0.25), 0.8, -0.2);
            put(t, 0.012, &bell(3136.0, 1.4, 0.22), 0.7, 0.2);
        }
    ),
];

//! Bright, driving, festive and dramatic beds.

use super::{ALL, Bed, CATHEDRAL, HALF, LATER, MIDDLE, PLAIN, ROOM, STAGE, beat, layer};
use crate::drums::Drum::{Clap, Crash, Hat, Kick, OpenHat, Rim, Shaker, Snap, Snare, Taiko, Tom};
use crate::instruments::Instrument::{
    Bass, Brass, Choir, ElectricPiano, Flute, Guitar, Lead, Marimba, MusicBox, Organ, Pad, Piano,
    Strings, SynthBass, Ukulele,
};
use crate::score::Pattern::{
    Beats, Driving, Eighths, Held, Melody, Offbeats, Quarters, RootAndFifth, Sixteenths,
    SlowMelody, Syncopated,
};
use crate::score::Score;

pub(super) static BEDS: [Bed; 12] = [
    Bed {
        id: "music_bright_morning",
        name: "Bright Morning",
        description: "Uplifting, optimistic corporate background music with piano, plucked guitar and light drums for presentations and company videos",
        score: Score {
            beats_per_minute: 112.0,
            key: 3,
            layers: &[
                layer(Piano, Eighths, 0, 0.34, -0.2, ALL),
                layer(Guitar, Eighths, 1, 0.22, 0.35, LATER),
                layer(Strings, Held, 0, 0.16, 0.0, MIDDLE),
                layer(Bass, RootAndFifth, -1, 0.5, 0.0, LATER),
                layer(MusicBox, SlowMelody, 1, 0.16, 0.2, HALF),
            ],
            beats: &[
                beat(Kick, "x.......x.......", 0.7, 0.0, LATER),
                beat(Clap, "....x.......x...", 0.28, 0.0, HALF),
                beat(Shaker, "x.o.x.o.x.o.x.o.", 0.35, 0.3, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_rising_heroes",
        name: "Rising Heroes",
        description: "Epic cinematic orchestral trailer music with powerful drums, brass and choir, heroic and dramatic",
        score: Score {
            beats_per_minute: 96.0,
            key: 0,
            minor: true,
            chords: &[0, 5, 2, 6],
            hall: CATHEDRAL,
            wet: 0.32,
            layers: &[
                layer(Strings, Eighths, 0, 0.34, -0.3, ALL),
                layer(Brass, Held, 0, 0.26, 0.2, LATER),
                layer(Choir, Held, 0, 0.3, 0.0, HALF),
                layer(Brass, SlowMelody, 0, 0.3, 0.0, HALF),
                layer(Bass, Driving, -2, 0.4, 0.0, LATER),
            ],
            beats: &[
                beat(Taiko, "x..o..x.x..o..xo", 0.8, 0.0, LATER),
                beat(Tom, "......x.......xx", 0.5, -0.3, HALF),
                beat(Crash, "x...............", 0.18, 0.2, HALF),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_happy_steps",
        name: "Happy Steps",
        description: "Cheerful, playful ukulele tune with claps and bells for children, pets, fun and comedy",
        score: Score {
            beats_per_minute: 124.0,
            key: 3,
            chords: &[0, 4, 5, 3],
            bars: 20,
            hall: ROOM,
            wet: 0.2,
            layers: &[
                layer(Ukulele, Beats, 1, 0.26, -0.2, ALL),
                layer(Ukulele, Offbeats, 1, 0.2, 0.2, ALL),
                layer(MusicBox, Melody, 1, 0.24, 0.1, LATER),
                layer(Marimba, Eighths, 0, 0.2, 0.3, MIDDLE),
                layer(Bass, RootAndFifth, -1, 0.45, 0.0, LATER),
            ],
            beats: &[
                beat(Clap, "....x.......x...", 0.36, 0.0, LATER),
                beat(Kick, "x.......x.......", 0.55, 0.0, LATER),
                beat(Snap, "....x.......x...", 0.2, 0.3, ALL),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_neon_highway",
        name: "Neon Highway",
        description: "Retro eighties synthwave with driving bass, bright synthesizer lead and drum machine, night drive and gaming",
        score: Score {
            beats_per_minute: 104.0,
            key: -3,
            minor: true,
            chords: &[0, 5, 2, 6],
            bars: 20,
            hall: STAGE,
            wet: 0.28,
            layers: &[
                layer(SynthBass, Driving, -1, 0.5, 0.0, ALL),
                layer(Pad, Held, 0, 0.34, 0.0, ALL),
                layer(Lead, Melody, 1, 0.26, 0.1, LATER),
                layer(Lead, Sixteenths, 1, 0.12, -0.35, HALF),
            ],
            beats: &[
                beat(Kick, "x...x...x...x...", 0.8, 0.0, LATER),
                beat(Snare, "....x.......x...", 0.5, 0.0, LATER),
                beat(Hat, "..x...x...x...x.", 0.3, 0.25, ALL),
                beat(Crash, "x...............", 0.08, -0.2, HALF),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_clear_signal",
        name: "Clear Signal",
        description: "Modern technology music with pulsing arpeggios and clean electronic drums for product demos, science and innovation",
        score: Score {
            beats_per_minute: 118.0,
            key: 2,
            minor: true,
            chords: &[0, 0, 5, 3],
            bars: 20,
            hall: ROOM,
            wet: 0.3,
            layers: &[
                layer(Marimba, Sixteenths, 1, 0.24, 0.25, ALL),
                layer(SynthBass, Syncopated, -1, 0.42, 0.0, LATER),
                layer(Pad, Held, 0, 0.32, 0.0, ALL),
                layer(ElectricPiano, SlowMelody, 1, 0.26, -0.2, MIDDLE),
            ],
            beats: &[
                beat(Kick, "x.....x...x.....", 0.7, 0.0, LATER),
                beat(Snap, "....x.......x...", 0.45, 0.0, LATER),
                beat(Hat, "x.x.x.xxx.x.x.xx", 0.24, 0.3, HALF),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_club_sunrise",
        name: "Club Sunrise",
        description: "Energetic house dance track with four on the floor kick and uplifting chords for fitness, fashion and parties",
        score: Score {
            beats_per_minute: 124.0,
            key: -3,
            minor: true,
            chords: &[0, 5, 2, 6],
            bars: 24,
            hall: STAGE,
            wet: 0.22,
            layers: &[
                layer(Organ, Offbeats, 0, 0.3, -0.1, ALL),
                layer(SynthBass, Syncopated, -1, 0.5, 0.0, LATER),
                layer(Lead, Melody, 1, 0.2, 0.15, HALF),
                layer(Pad, Held, 0, 0.25, 0.0, MIDDLE),
            ],
            beats: &[
                beat(Kick, "x...x...x...x...", 0.95, 0.0, LATER),
                beat(Clap, "....x.......x...", 0.4, 0.0, LATER),
                beat(OpenHat, "..x...x...x...x.", 0.36, 0.2, LATER),
                beat(Shaker, "xoxoxoxoxoxoxoxo", 0.2, -0.3, ALL),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_open_road",
        name: "Open Road",
        description: "Upbeat indie rock with strummed guitars, driving bass and drums for sport, travel and adventure",
        score: Score {
            beats_per_minute: 132.0,
            key: -5,
            chords: &[0, 4, 5, 3],
            bars: 24,
            hall: ROOM,
            wet: 0.2,
            layers: &[
                layer(Guitar, Driving, 0, 0.3, -0.4, ALL),
                layer(Guitar, Beats, 1, 0.24, 0.4, ALL),
                layer(Bass, Driving, -1, 0.5, 0.0, LATER),
                layer(Lead, Melody, 1, 0.18, 0.0, HALF),
            ],
            beats: &[
                beat(Kick, "x.....x.x.......", 0.85, 0.0, LATER),
                beat(Snare, "....x.......x...", 0.6, 0.0, LATER),
                beat(Hat, "x.x.x.x.x.x.x.x.", 0.3, 0.25, ALL),
                beat(Crash, "x...............", 0.12, -0.3, HALF),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_street_corner",
        name: "Street Corner",
        description: "Confident hip hop beat with heavy bass and sparse keys, cool and urban, for streetwear, sport and rap",
        score: Score {
            beats_per_minute: 88.0,
            key: -4,
            minor: true,
            chords: &[0, 0, 5, 6],
            hall: ROOM,
            wet: 0.2,
            layers: &[
                layer(SynthBass, Syncopated, -2, 0.6, 0.0, LATER),
                layer(Piano, Quarters, 0, 0.34, -0.1, ALL),
                layer(Strings, Held, 0, 0.18, 0.0, HALF),
                layer(MusicBox, SlowMelody, 1, 0.14, 0.3, MIDDLE),
            ],
            beats: &[
                beat(Kick, "x..x......x.....", 0.95, 0.0, LATER),
                beat(Clap, "....x.......x...", 0.5, 0.0, LATER),
                beat(Hat, "x.x.xxx.x.x.x.xx", 0.26, 0.2, ALL),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_headline",
        name: "Headline",
        description: "Urgent news and broadcast theme with pulsing strings and brass hits, serious and informative",
        score: Score {
            beats_per_minute: 126.0,
            key: 0,
            minor: true,
            chords: &[0, 6, 5, 4],
            bars: 20,
            hall: STAGE,
            wet: 0.22,
            layers: &[
                layer(Strings, Sixteenths, 0, 0.26, -0.2, ALL),
                layer(Brass, Beats, 0, 0.2, 0.2, LATER),
                layer(Bass, Driving, -1, 0.45, 0.0, ALL),
                layer(Lead, SlowMelody, 1, 0.16, 0.0, HALF),
            ],
            beats: &[
                beat(Kick, "x...x...x...x...", 0.6, 0.0, LATER),
                beat(Tom, "..........x.x.xx", 0.4, -0.2, HALF),
                beat(Rim, "x.x.x.x.x.x.x.x.", 0.14, 0.3, ALL),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_quick_quiz",
        name: "Quick Quiz",
        description: "Quirky, bouncy marimba and pizzicato comedy music for quizzes, how-to videos, puzzles and funny moments",
        score: Score {
            beats_per_minute: 120.0,
            key: 0,
            chords: &[0, 1, 4, 0],
            bars: 20,
            hall: ROOM,
            wet: 0.22,
            layers: &[
                layer(Marimba, Melody, 1, 0.36, 0.15, ALL),
                layer(Ukulele, Offbeats, 0, 0.26, -0.25, ALL),
                layer(Bass, RootAndFifth, -1, 0.45, 0.0, ALL),
                layer(Flute, Melody, 1, 0.14, -0.1, HALF),
            ],
            beats: &[
                beat(Snap, "....x.......x...", 0.4, 0.2, LATER),
                beat(Rim, "x.....x...x.....", 0.2, -0.2, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_funk_machine",
        name: "Funk Machine",
        description: "Groovy funk with syncopated bass, organ stabs and tight drums for retro, fashion and energetic intros",
        score: Score {
            beats_per_minute: 108.0,
            key: -5,
            minor: true,
            chords: &[0, 0, 3, 4],
            sevenths: true,
            bars: 20,
            hall: ROOM,
            wet: 0.18,
            layers: &[
                layer(SynthBass, Syncopated, -1, 0.55, 0.0, ALL),
                layer(Organ, Offbeats, 0, 0.26, -0.25, LATER),
                layer(Guitar, Sixteenths, 1, 0.14, 0.35, LATER),
                layer(Brass, Melody, 0, 0.18, 0.1, HALF),
            ],
            beats: &[
                beat(Kick, "x..x..x...x.....", 0.8, 0.0, ALL),
                beat(Snare, "....x..o.o..x...", 0.55, 0.0, ALL),
                beat(Hat, "xxxxxxxxxxxxxxxx", 0.2, 0.25, LATER),
            ],
            ..PLAIN
        },
    },
    Bed {
        id: "music_holiday_bells",
        name: "Holiday Bells",
        description: "Festive Christmas music with sleigh bells, celesta and choir, joyful winter celebration",
        score: Score {
            beats_per_minute: 110.0,
            key: 3,
            chords: &[0, 3, 4, 0],
            bars: 20,
            hall: STAGE,
            wet: 0.32,
            layers: &[
                layer(MusicBox, Melody, 1, 0.34, 0.1, ALL),
                layer(Choir, Held, 0, 0.24, 0.0, LATER),
                layer(Strings, Beats, 0, 0.16, -0.2, LATER),
                layer(Bass, RootAndFifth, -1, 0.4, 0.0, LATER),
            ],
            beats: &[
                beat(Shaker, "x.x.x.x.x.x.x.x.", 0.5, 0.2, ALL),
                beat(Kick, "x.......x.......", 0.35, 0.0, HALF),
            ],
            ..PLAIN
        },
    },
];

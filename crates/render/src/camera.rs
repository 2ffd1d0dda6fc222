//! A camera that moves while somebody is seen: the scene is drawn larger than the frame, and the frame is a window that
//! moves over it. So nothing is ever enlarged, and every picture is as sharp as a still one.

use std::sync::{Mutex, PoisonError};

use likeness_domain::video::CameraMove;

use crate::actor::Actor;
use crate::frame::Frame;
use crate::plan::Pose;
use crate::puppet::resize_plane;

/// How much larger than the frame the scene is drawn: the way from the widest view to the nearest.
const REACH: f64 = 1.25;

/// Where a camera comes nearer, as shares of the picture: a little above its middle, where faces are.
const AIM: [f64; 2] = [0.5, 0.42];

/// Nearness of a picture that is panned over, 1 to [`REACH`]: what is left is the way.
const PANNED: f64 = 1.2;

/// Verbs of camera moves by their first letters, and what they do with a direction.
const VERBS: &[(&str, &[Towards])] = &[
    ("push", &[Towards::In]),
    ("doll", &[Towards::In, Towards::Out]),
    ("zoom", &[Towards::In, Towards::Out]),
    ("pull", &[Towards::Out]),
    ("pan", &[Towards::Left, Towards::Right]),
    ("truck", &[Towards::Left, Towards::Right]),
    (
        "track",
        &[Towards::Left, Towards::Right, Towards::In, Towards::Out],
    ),
    ("slid", &[Towards::Left, Towards::Right]),
    ("tilt", &[Towards::Up, Towards::Down]),
    ("crane", &[Towards::Up, Towards::Down]),
    ("pedestal", &[Towards::Up, Towards::Down]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Towards {
    In,
    Out,
    Left,
    Right,
    Up,
    Down,
}

const DIRECTIONS: &[(&str, Towards)] = &[
    ("in", Towards::In),
    ("into", Towards::In),
    ("closer", Towards::In),
    ("toward", Towards::In),
    ("towards", Towards::In),
    ("forward", Towards::In),
    ("out", Towards::Out),
    ("back", Towards::Out),
    ("away", Towards::Out),
    ("backward", Towards::Out),
    ("backwards", Towards::Out),
    ("left", Towards::Left),
    ("right", Towards::Right),
    ("up", Towards::Up),
    ("upward", Towards::Up),
    ("upwards", Towards::Up),
    ("down", Towards::Down),
    ("downward", Towards::Down),
    ("downwards", Towards::Down),
];

/// Single words, and pairs that a hyphen or a blank joins.
const NAMED: &[(&[&str], CameraMove)] = &[
    (&["static"], CameraMove::Still),
    (&["locked"], CameraMove::Still),
    (&["tripod"], CameraMove::Still),
    (&["handheld"], CameraMove::Handheld),
    (&["hand", "held"], CameraMove::Handheld),
    (&["shaky"], CameraMove::Handheld),
    (&["close", "up"], CameraMove::Near),
    (&["closeup"], CameraMove::Near),
    (&["tight", "shot"], CameraMove::Near),
    (&["wide", "shot"], CameraMove::Still),
    (&["wide", "angle"], CameraMove::Still),
];

const NEGATIONS: &[&str] = &["no", "not", "without", "never", "don't", "avoid"];

/// How many words after a verb its direction may stand, and how many before it a negation.
const NEAR_BY: usize = 3;

/// The camera moves that a prompt asks for, in their order, and the words that say so. What it says of anything else, and
/// moves that a flat picture cannot have, such as an orbit, are left out.
pub fn camera_moves(prompt: &str) -> (Vec<CameraMove>, Vec<String>) {
    let lower = prompt.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .collect();
    let (mut moves, mut used) = (Vec::new(), Vec::new());
    for at in 0..words.len() {
        let before = &words[at.saturating_sub(NEAR_BY)..at];
        if before.iter().any(|word| NEGATIONS.contains(word)) {
            continue;
        }
        if let Some((found, said)) = named(&words[at..]).or_else(|| directed(&words[at..])) {
            moves.push(found);
            used.push(said);
        }
    }
    (moves, used)
}

fn named(words: &[&str]) -> Option<(CameraMove, String)> {
    let (name, found) = NAMED.iter().find(|(name, _)| words.starts_with(name))?;
    Some((*found, name.join(" ")))
}

fn directed(words: &[&str]) -> Option<(CameraMove, String)> {
    let (verb, rest) = words.split_first()?;
    let (_, towards) = VERBS.iter().find(|(stem, _)| inflected(verb, stem))?;
    let (word, found) = rest.iter().take(NEAR_BY).find_map(|word| {
        let (_, found) = DIRECTIONS.iter().find(|(name, _)| name == word)?;
        towards.contains(found).then_some((word, *found))
    })?;
    let found = match found {
        Towards::In => CameraMove::PushIn,
        Towards::Out => CameraMove::PullOut,
        Towards::Left => CameraMove::PanLeft,
        Towards::Right => CameraMove::PanRight,
        Towards::Up => CameraMove::TiltUp,
        Towards::Down => CameraMove::TiltDown,
    };
    Some((found, format!("{verb} {word}")))
}

/// Whether the word is the verb in one of its forms, with its last letter doubled or an e more or less.
fn inflected(word: &str, stem: &str) -> bool {
    word.strip_prefix(stem).is_some_and(|end| {
        let doubled = stem.chars().next_back();
        let end = match end.chars().next() {
            first if end.len() > 1 && first == doubled => &end[1..],
            _ => end,
        };
        [
            "", "s", "e", "es", "ed", "d", "ing", "y", "ies", "ied", "ying",
        ]
        .contains(&end)
    })
}

/// Part of the drawn picture that is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    /// Size of the picture over size of the window, 1 to [`REACH`].
    nearness: f64,
    /// Place of the window's middle in the picture, as shares.
    middle: [f64; 2],
}

/// The window at `time`, 0 (the first frame) to 1 (the last); `seconds` since the first.
fn window(camera: CameraMove, time: f64, seconds: f64) -> Window {
    // Slow at both ends, as a hand moves it.
    let eased = time * time * (3.0 - 2.0 * time);
    let towards = |nearness: f64| Window {
        nearness,
        middle: [0, 1].map(|k| 0.5 + (AIM[k] - 0.5) * (nearness - 1.0) / (REACH - 1.0) * REACH),
    };
    let along = |axis: usize, way: f64| {
        // All that the window may move.
        let room = 1.0 - 1.0 / PANNED;
        let mut middle = [0.5; 2];
        middle[axis] += room * (eased - 0.5) * way;
        Window {
            nearness: PANNED,
            middle,
        }
    };
    match camera {
        CameraMove::Still => towards(1.0),
        CameraMove::Near => towards(REACH),
        CameraMove::PushIn => towards(1.0 + (REACH - 1.0) * eased),
        CameraMove::PullOut => towards(REACH - (REACH - 1.0) * eased),
        CameraMove::PanLeft => along(0, -1.0),
        CameraMove::PanRight => along(0, 1.0),
        CameraMove::TiltUp => along(1, -1.0),
        CameraMove::TiltDown => along(1, 1.0),
        CameraMove::Handheld => {
            // Sums of slow waves that never fall in step: a breath, a sway, a tremor.
            let wave = |parts: [(f64, f64, f64); 3]| -> f64 {
                parts
                    .iter()
                    .map(|(hz, size, turn)| {
                        size * (std::f64::consts::TAU * (hz * seconds + turn)).sin()
                    })
                    .sum()
            };
            Window {
                nearness: 1.1 + wave([(0.07, 0.012, 0.1), (0.19, 0.006, 0.6), (0.31, 0.002, 0.3)]),
                middle: [
                    0.5 + wave([(0.13, 0.011, 0.0), (0.37, 0.005, 0.4), (1.1, 0.0012, 0.2)]),
                    0.5 + wave([(0.17, 0.008, 0.3), (0.43, 0.004, 0.8), (1.3, 0.0010, 0.5)]),
                ],
            }
        }
    }
}

/// Somebody who is seen through a camera that moves.
#[derive(Debug)]
pub struct Filmed {
    inner: Box<dyn Actor>,
    camera: CameraMove,
    /// Frames of the whole move.
    frames: usize,
    fps: u32,
    size: (u32, u32),
    /// Large frames that are not being drawn into.
    spare: Mutex<Vec<Frame>>,
}

impl Filmed {
    /// Size at which the actor must be set so that frames of this size are seen: even.
    pub fn canvas(width: u32, height: u32) -> (u32, u32) {
        let larger = |side: u32| ((f64::from(side) * REACH / 2.0).round() as u32) * 2;
        (larger(width), larger(height))
    }

    /// `inner` is set in [`Self::canvas`]; the move takes `frames`.
    pub fn new(
        inner: Box<dyn Actor>,
        camera: CameraMove,
        frames: u64,
        fps: u32,
        (width, height): (u32, u32),
    ) -> Self {
        Self {
            inner,
            camera,
            frames: usize::try_from(frames).unwrap_or(usize::MAX),
            fps,
            size: (width, height),
            spare: Mutex::default(),
        }
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Frame>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actor for Filmed {
    fn new_frame(&self) -> Frame {
        Frame::black(self.size.0, self.size.1)
    }

    fn render(&self, index: usize, pose: &Pose, frame: &mut Frame) {
        let spare = self.spare().pop();
        let mut drawn = spare.unwrap_or_else(|| self.inner.new_frame());
        self.inner.render(index, pose, &mut drawn);
        if (frame.width() as u32, frame.height() as u32) != self.size {
            *frame = self.new_frame();
        }
        let last = self.frames.saturating_sub(1).max(1);
        let time = (index as f64 / last as f64).min(1.0);
        let window = window(self.camera, time, index as f64 / f64::from(self.fps));
        show(&drawn, window, frame);
        self.spare().push(drawn);
    }
}

/// Puts what the window shows of `from` into the whole of `to`.
fn show(from: &Frame, window: Window, to: &mut Frame) {
    let sizes = |width: usize, height: usize| [(width, height), (width / 2, height / 2)];
    let [whole, half] = sizes(from.width(), from.height());
    let [to_whole, to_half] = sizes(to.width(), to.height());
    // Also takes away whatever opacity or background the frame had.
    to.fill();
    let (luma, blue, red) = from.planes();
    let (to_luma, to_blue, to_red) = to.planes_mut();
    for (plane, size, out, out_size) in [
        (luma, whole, to_luma, to_whole),
        (blue, half, to_blue, to_half),
        (red, half, to_red, to_half),
    ] {
        let sides = [size.0 as f64, size.1 as f64];
        let seen = sides.map(|side| side / window.nearness);
        let start = [0, 1]
            .map(|k| (window.middle[k] * sides[k] - seen[k] / 2.0).clamp(0.0, sides[k] - seen[k]));
        let part = [start[0], start[1], seen[0], seen[1]];
        let pixels = |(w, h): (usize, usize)| (w as u32, h as u32);
        resize_plane((plane, pixels(size)), part, (out, pixels(out_size)));
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::still::Still;

    #[test]
    fn moves_are_read_in_their_order_and_negations_heard() {
        let read = |prompt| camera_moves(prompt);
        let (moves, words) = read("Pans slowly left across the room, then a push-in on her face.");
        assert_eq!(moves, [CameraMove::PanLeft, CameraMove::PushIn]);
        assert_eq!(words, ["pans left", "push in"]);
        let (moves, words) =
            read("Handheld. Without zooming in. The camera pulls back; tilting up.");
        assert_eq!(
            moves,
            [
                CameraMove::Handheld,
                CameraMove::PullOut,
                CameraMove::TiltUp
            ]
        );
        assert_eq!(words, ["handheld", "pulls back", "tilting up"]);
        for prompt in [
            "",
            "An orbit around a pancake",
            "She panics and turns left",
            "Pan up",
        ] {
            assert_eq!(read(prompt), (Vec::new(), Vec::new()), "{prompt}");
        }
        assert_eq!(
            read("Close-up, dollies out").0,
            [CameraMove::Near, CameraMove::PullOut]
        );
    }

    #[test]
    fn windows_stay_in_the_picture_and_go_where_they_should() {
        let all = [
            CameraMove::Still,
            CameraMove::Near,
            CameraMove::PushIn,
            CameraMove::PullOut,
            CameraMove::PanLeft,
            CameraMove::PanRight,
            CameraMove::TiltUp,
            CameraMove::TiltDown,
            CameraMove::Handheld,
        ];
        for camera in all {
            for k in 0..=400 {
                let seen = window(camera, f64::from(k) / 400.0, f64::from(k) / 25.0);
                assert!(
                    (1.0..=REACH).contains(&seen.nearness),
                    "{camera:?} {seen:?}"
                );
                for middle in seen.middle {
                    let half = 0.5 / seen.nearness;
                    assert!(
                        middle - half > -1e-9 && middle + half < 1.0 + 1e-9,
                        "{camera:?} {seen:?}"
                    );
                }
            }
        }
        let ends = |camera| (window(camera, 0.0, 0.0), window(camera, 1.0, 9.0));
        let (first, last) = ends(CameraMove::PushIn);
        assert!(first.nearness < 1.001 && last.nearness > REACH - 0.001 && last.middle[1] < 0.45);
        let (first, last) = ends(CameraMove::PanRight);
        assert!(last.middle[0] - first.middle[0] > 0.16);
    }

    /// A white disc on black, a fifth of the picture wide, at the aim.
    fn disc(width: u32, height: u32) -> RgbImage {
        let centre = [AIM[0] * f64::from(width), AIM[1] * f64::from(height)];
        RgbImage::from_fn(width, height, |x, y| {
            let [dx, dy] = [
                f64::from(x) + 0.5 - centre[0],
                f64::from(y) + 0.5 - centre[1],
            ];
            Rgb([if dx.hypot(dy) < 0.1 * f64::from(width) {
                255
            } else {
                0
            }; 3])
        })
    }

    #[test]
    fn what_is_approached_grows_and_is_not_enlarged_beyond_its_pixels() {
        let (width, height) = (320, 180);
        let canvas = Filmed::canvas(width, height);
        assert_eq!(canvas, (400, 226));
        let filmed = |camera| {
            let still = Still::new(&disc(canvas.0, canvas.1), canvas.0, canvas.1).unwrap();
            Filmed::new(Box::new(still), camera, 50, 25, (width, height))
        };
        let white = |camera, index| {
            let actor = filmed(camera);
            let mut frame = actor.new_frame();
            actor.render(index, &Pose::default(), &mut frame);
            let shown = frame.to_rgb();
            assert_eq!(shown.dimensions(), (width, height));
            shown.pixels().filter(|p| p.0[1] > 128).count() as f64
        };
        let growth = white(CameraMove::PushIn, 49) / white(CameraMove::PushIn, 0);
        assert!((growth - REACH * REACH).abs() < 0.06, "{growth}");
        let equal = white(CameraMove::PullOut, 0) / white(CameraMove::Near, 20);
        assert!((equal - 1.0).abs() < 0.02, "{equal}");
    }
}

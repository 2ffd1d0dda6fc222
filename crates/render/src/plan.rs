//! From the timing of speech to one pose a frame.
//!
//! Each mouth channel is the phonemes' targets weighted by a Gaussian about the frame's time: the share of the
//! Gaussian that lies within a phoneme is that phoneme's weight, in closed form. Wide Gaussians let the lips anticipate
//! (rounding begins early), a narrow one lets closures be complete. Where no phoneme is near, every channel is exactly
//! zero: a mouth does not move when nobody speaks.

use std::ops::Range;

use likeness_domain::speech::{ENVELOPE_STEP_S, SpeechTiming, Stress, TimedPhoneme};
use likeness_domain::video::Expressiveness;

use crate::direction::Direction;
use crate::random::Random;
use crate::visemes::{Viseme, is_pause, of_phoneme};

/// Factor on the head's and the brows' way.
fn head_gain(expressiveness: Expressiveness) -> f64 {
    match expressiveness {
        Expressiveness::Low => 0.85,
        Expressiveness::Medium => 1.35,
        Expressiveness::High => 1.8,
    }
}

/// Factor on the opening of the mouth.
fn mouth_gain(expressiveness: Expressiveness) -> f64 {
    match expressiveness {
        Expressiveness::Low => 1.0,
        Expressiveness::Medium => 1.06,
        Expressiveness::High => 1.14,
    }
}

/// What motion depends on besides the speech.
#[derive(Debug, Clone)]
pub struct MotionOptions {
    /// Frames in a second.
    pub fps: u32,
    /// Chooses blinks, glances and the head's way; equal seeds move alike.
    pub seed: u64,
    pub expressiveness: Expressiveness,
    /// What the caller's prompt asks for.
    pub direction: Direction,
}

impl Default for MotionOptions {
    fn default() -> Self {
        Self {
            fps: 25,
            seed: 0,
            expressiveness: Expressiveness::default(),
            direction: Direction::default(),
        }
    }
}

/// One frame's position of the face. All zero is the photo with its mouth closed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pose {
    /// Opening of the jaw, 0 to 1.
    pub jaw: f32,
    /// Lips rounded and forward, 0 to 1.
    pub pucker: f32,
    /// Corners of the mouth apart, 0 to 1.
    pub wide: f32,
    /// Upper lip raised, 0 to 1.
    pub upper: f32,
    /// Lower lip lowered, -1 (raised to the teeth) to 1.
    pub lower: f32,
    /// Lips pressed together, 0 to 1.
    pub press: f32,
    /// Tip of the tongue shown, 0 to 1.
    pub tongue: f32,
    /// Lids closed, 0 to 1.
    pub blink: f32,
    /// Brows raised, -0.5 (lowered) to 1.
    pub brow: f32,
    /// Corners of the mouth lifted with the cheeks, -0.5 (drawn down) to 1.
    pub smile: f32,
    /// Where the eyes look, as a share of the eye's width, right and down positive.
    pub gaze: [f32; 2],
    /// Turn of the head in radians: right, down, and towards the shoulder.
    pub yaw: f32,
    pub pitch: f32,
    pub roll: f32,
    /// Rise of the head with the breath, in eye distances.
    pub lift: f32,
    /// How much nearer the head is, 0 to 1.
    pub lean: f32,
}

/// The poses of a clip, one a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Motion {
    rows: Vec<Pose>,
}

impl Motion {
    /// In order; at least one.
    pub fn rows(&self) -> &[Pose] {
        &self.rows
    }
}

/// The picture leads the sound by this much: viewers expect lips before voice.
const LEAD_S: f64 = 0.02;

/// Spread of each channel's Gaussian, in seconds.
const JAW_SPREAD_S: f64 = 0.038;
const LIP_SPREAD_S: f64 = 0.055;
const CLOSURE_SPREAD_S: f64 = 0.02;

/// Beyond this many spreads a phoneme has no weight.
const REACH: f64 = 3.5;

/// Closures shorter than their Gaussian still have to close.
const CLOSURE_GAIN: f64 = 1.6;

/// Plans the motion of a whole clip: `ceil(duration * fps)` rows.
pub fn plan(timing: &SpeechTiming, options: &MotionOptions) -> Motion {
    let count = rows_of(timing, options);
    Motion {
        rows: plan_rows(timing, options, 0..count),
    }
}

/// Speech that comes after this much of a pose's future does not change the pose, so a clip can be drawn while the rest of
/// it is still being spoken: the plan of a beginning is the beginning of the plan.
const HORIZON_S: f64 = 1.0;

/// Plans a clip whose speech comes piece by piece. However it is cut, the rows are those of [`plan()`].
#[derive(Debug, Clone)]
pub struct Planner {
    options: MotionOptions,
    timing: SpeechTiming,
    planned: usize,
}

impl Planner {
    pub fn new(options: MotionOptions) -> Self {
        Self {
            options,
            timing: SpeechTiming::default(),
            planned: 0,
        }
    }

    /// Takes the next piece of speech; gives the rows that nothing after it can change.
    pub fn append(&mut self, piece: &SpeechTiming) -> Vec<Pose> {
        self.timing.append(piece);
        // How long each look takes depends on the length of a clip that is too short for all of them.
        let looks = self.options.direction.looks.len() as f64;
        if self.timing.duration_s < 2.0 * 2.0 * looks / 0.8 {
            return Vec::new();
        }
        let sure = self.timing.duration_s - HORIZON_S;
        let fps = f64::from(self.options.fps.max(1));
        self.rows_to((sure * fps).floor().max(0.0) as usize)
    }

    /// Gives the rest of the rows, when all has been said.
    pub fn finish(mut self) -> (Vec<Pose>, SpeechTiming) {
        let rows = self.rows_to(rows_of(&self.timing, &self.options));
        (rows, self.timing)
    }

    fn rows_to(&mut self, end: usize) -> Vec<Pose> {
        let range = self.planned..end.max(self.planned);
        self.planned = range.end;
        if range.is_empty() {
            return Vec::new();
        }
        plan_rows(&self.timing, &self.options, range)
    }
}

/// Rows of a clip: at least one.
fn rows_of(timing: &SpeechTiming, options: &MotionOptions) -> usize {
    let fps = f64::from(options.fps.max(1));
    ((timing.duration_s * fps).ceil() as usize).max(1)
}

fn plan_rows(timing: &SpeechTiming, options: &MotionOptions, range: Range<usize>) -> Vec<Pose> {
    let fps = f64::from(options.fps.max(1));
    let life = Life::plan(timing, options, rows_of(timing, options) as f64 / fps);
    let loudness = Loudness::of(timing);
    let rows = range.map(|index| {
        let t = index as f64 / fps;
        let mut pose = mouth_at(timing, &loudness, t + LEAD_S);
        pose.jaw = (pose.jaw * mouth_gain(options.expressiveness) as f32).min(1.0);
        life.apply(&mut pose, t, timing.duration_s);
        pose
    });
    rows.collect()
}

/// Loudness against the clip's own so far, so that quiet recordings open the mouth as loud ones do.
struct Loudness<'a> {
    envelope: &'a [f32],
    /// The level that is loud, by blocks of [`LOUD_BLOCK`] steps.
    references: Vec<f64>,
}

/// Steps of the envelope after which the level that is loud is found anew: half a second.
const LOUD_BLOCK: usize = 50;

/// Classes of the envelope's root, which is 0 to 1, when its percentile is counted: quiet levels lie closer than loud ones.
const LEVELS: usize = 2048;

impl<'a> Loudness<'a> {
    /// What is loud is the 90th percentile of all that was heard up to the end of a block, which lies within
    /// [`HORIZON_S`] of everything in it.
    fn of(timing: &'a SpeechTiming) -> Self {
        let (mut counts, mut heard) = ([0_usize; LEVELS], 0_usize);
        let blocks = timing.envelope.chunks(LOUD_BLOCK);
        let references = blocks.map(|block| {
            for value in block.iter().filter(|v| v.is_finite() && **v > 1e-4) {
                let level = (value.sqrt() * LEVELS as f32) as usize;
                counts[level.min(LEVELS - 1)] += 1;
                heard += 1;
            }
            let mut left = heard * 9 / 10;
            let loud = counts.iter().position(|count| {
                let here = left < *count;
                left = left.saturating_sub(*count);
                here
            });
            loud.map_or(1.0, |level| ((level as f64 + 0.5) / LEVELS as f64).powi(2))
        });
        Self {
            envelope: &timing.envelope,
            references: references.collect(),
        }
    }

    /// 0.8 for quiet sounds to 1.15 for the loudest.
    fn gain(&self, phoneme: &TimedPhoneme) -> f64 {
        let (from, to) = (
            phoneme.start_s / ENVELOPE_STEP_S,
            phoneme.end_s / ENVELOPE_STEP_S,
        );
        let last = self.envelope.len();
        let (from, to) = ((from as usize).min(last), (to.ceil() as usize).min(last));
        let within = &self.envelope[from.min(to)..to];
        if within.is_empty() {
            return 1.0;
        }
        let mean = within.iter().map(|&v| f64::from(v)).sum::<f64>() / within.len() as f64;
        let reference = self.references.get(from / LOUD_BLOCK).copied();
        0.8 + 0.35 * (mean / reference.unwrap_or(1.0)).clamp(0.0, 1.0)
    }
}

fn stress_gain(stress: Stress) -> f64 {
    match stress {
        Stress::None => 0.88,
        Stress::Secondary => 1.0,
        Stress::Primary => 1.1,
    }
}

/// The share of a Gaussian about `t` that lies between `start` and `end`.
fn weight(start: f64, end: f64, t: f64, spread: f64) -> f64 {
    if start - t > REACH * spread || t - end > REACH * spread {
        return 0.0;
    }
    normal((end - t) / spread) - normal((start - t) / spread)
}

/// The normal distribution function, by a logistic fit (Bowling et al. 2009), error below 0.0002.
fn normal(x: f64) -> f64 {
    1.0 / (1.0 + (-0.070_56 * x * x * x - 1.597_6 * x).exp())
}

fn mouth_at(timing: &SpeechTiming, loudness: &Loudness<'_>, t: f64) -> Pose {
    let reach = REACH * LIP_SPREAD_S;
    let phonemes = &timing.phonemes;
    let first = phonemes.partition_point(|p| p.end_s < t - reach);
    let mut sum = Viseme::default();
    for phoneme in phonemes[first..]
        .iter()
        .take_while(|p| p.start_s < t + reach)
    {
        if is_pause(phoneme.symbol) {
            continue;
        }
        let target = of_phoneme(phoneme.symbol);
        let (start, end) = (phoneme.start_s, phoneme.end_s);
        let jaw = weight(start, end, t, JAW_SPREAD_S);
        let lip = weight(start, end, t, LIP_SPREAD_S);
        let closure = weight(start, end, t, CLOSURE_SPREAD_S);
        let gain = loudness.gain(phoneme) * stress_gain(phoneme.stress);
        sum.jaw += target.jaw * gain * jaw;
        sum.tongue += target.tongue * jaw;
        sum.pucker += target.pucker * lip;
        sum.wide += target.wide * lip;
        sum.upper += target.upper * jaw;
        sum.lower += target.lower * jaw;
        sum.closure += target.closure * closure;
    }
    mouth_of_viseme(&sum)
}

/// The pose that asks for a viseme.
pub(crate) fn mouth_of_viseme(sum: &Viseme) -> Pose {
    let press = (sum.closure * CLOSURE_GAIN).min(1.0);
    let open = 1.0 - press;
    Pose {
        jaw: (sum.jaw * open).min(1.0) as f32,
        pucker: sum.pucker.min(1.0) as f32,
        wide: sum.wide.min(1.0) as f32,
        upper: (sum.upper * open) as f32,
        lower: (sum.lower * open) as f32,
        press: press as f32,
        tongue: (sum.tongue * open).min(1.0) as f32,
        ..Pose::default()
    }
}

/// What a face does besides speaking.
struct Life<'a> {
    amplitude: f64,
    direction: &'a Direction,
    phases: [f64; 8],
    /// Middle of each blink, in seconds.
    blinks: Vec<f64>,
    /// Start of each glance and where it goes.
    glances: Vec<(f64, [f64; 2])>,
    /// Middle and depth of nods, at stressed words and phrase ends.
    nods: Vec<(f64, f64)>,
}

/// Half of a blink: lids close in about 100 ms and open in 150.
const BLINK_CLOSE_S: f64 = 0.09;
const BLINK_OPEN_S: f64 = 0.15;

/// Furthest turns that the mesh bears well, in radians.
const MOST_YAW: f64 = 0.11;
const MOST_PITCH: f64 = 0.08;

/// A smooth step of 0 to 1.
fn smooth(share: f64) -> f64 {
    share * share * (3.0 - 2.0 * share)
}

/// Seconds over which the head leaves and returns to the photo's own pose.
const SETTLE_S: f64 = 0.6;

impl<'a> Life<'a> {
    fn plan(timing: &SpeechTiming, options: &'a MotionOptions, duration_s: f64) -> Self {
        // Each has numbers of its own: how many one takes must not decide what another gets.
        let of = |purpose: u64| Random::new(options.seed ^ (purpose << 56));
        let mut random = of(0);
        let phases = std::array::from_fn(|_| random.between(0.0, std::f64::consts::TAU));
        let mut random = of(1);
        let mut blinks = Vec::new();
        let mut t = random.between(0.8, 2.5);
        while t < duration_s - 0.4 {
            blinks.push(t);
            t += random.between(2.2, 5.5);
        }
        let mut random = of(2);
        let mut glances = Vec::new();
        let mut t = random.between(1.0, 2.0);
        while t < duration_s - 0.5 {
            let to = [random.between(-0.05, 0.05), random.between(-0.025, 0.025)];
            glances.push((t, to));
            t += random.between(0.9, 2.6);
        }
        let nods = nods(timing, &mut of(3));
        Self {
            amplitude: head_gain(options.expressiveness),
            direction: &options.direction,
            phases,
            blinks,
            glances,
            nods,
        }
    }

    fn apply(&self, pose: &mut Pose, t: f64, duration_s: f64) {
        let settled = (t / SETTLE_S)
            .min((duration_s - t) / SETTLE_S)
            .clamp(0.0, 1.0);
        let settled = smooth(settled);
        let asked = self.direction;
        let amount = self.amplitude * asked.energy * settled;
        let wave = |k: usize, hz: f64| (std::f64::consts::TAU * hz * t + self.phases[k]).sin();
        let yaw = 0.028 * wave(0, 0.13) + 0.016 * wave(1, 0.31) + 0.006 * wave(2, 0.7);
        let pitch = 0.012 * wave(3, 0.17) + 0.008 * wave(4, 0.41);
        let roll = 0.012 * wave(5, 0.11) + 0.006 * wave(6, 0.29);
        let nod: f64 = self
            .nods
            .iter()
            .filter(|(at, _)| (t - at).abs() < 0.6)
            .map(|(at, depth)| depth * (-((t - at) / 0.16).powi(2)).exp())
            .sum::<f64>()
            * asked.nods;
        // Those who were told to stand still may nod if they were told that, too.
        let nods = if asked.nods > 1.0 {
            self.amplitude.max(1.0) * settled
        } else {
            amount
        };
        let look = self.looked(t, duration_s);
        let turn = |own: f64, way: f64, most: f64| (own * amount + way).clamp(-most, most);
        pose.yaw = turn(yaw, 0.085 * look[0], MOST_YAW) as f32;
        pose.pitch = (turn(pitch, 0.06 * look[1], MOST_PITCH) + nod * nods) as f32
            + 0.02 * pose.jaw * settled as f32;
        pose.roll = turn(roll, 0.01 * look[0], MOST_YAW) as f32;
        // About 15 breaths a minute.
        pose.lift = (0.006 * wave(7, 0.25) * settled) as f32;
        pose.lean = (asked.lean * settled) as f32;
        let brow = (nod / 0.03).clamp(0.0, 1.0) * 0.5 * amount.min(1.2);
        pose.brow = (brow + asked.brow * settled).clamp(-0.5, 1.0) as f32;
        // Round and pressed lips leave less of a smile.
        let free = 1.0 - 0.6 * f64::from(pose.pucker.max(0.5 * pose.press));
        pose.smile = (asked.smile * settled * free) as f32;
        pose.blink = self.lids(t) as f32;
        let gaze = self.gaze(t);
        pose.gaze = [0, 1].map(|k| (gaze[k] * settled + [0.14, 0.07][k] * look[k]) as f32);
    }

    /// Where the prompt has the face look at `t`: each place for two seconds, then the camera for as long.
    fn looked(&self, t: f64, duration_s: f64) -> [f64; 2] {
        let looks = &self.direction.looks;
        if looks.is_empty() {
            return [0.0; 2];
        }
        // Short clips still have time for every place.
        let each = (duration_s * 0.8 / (2.0 * looks.len() as f64)).clamp(0.5, 2.0);
        let since = t - 0.4;
        let turn = (since / each).floor();
        let share = |time: f64| smooth((time / 0.35).clamp(0.0, 1.0));
        let ease = share(since - turn * each).min(share((turn + 1.0) * each - since));
        if since < 0.0 || turn as usize % 2 == 1 || duration_s - t < 0.3 {
            return [0.0; 2];
        }
        looks[turn as usize / 2 % looks.len()].map(|way| way * ease)
    }

    fn lids(&self, t: f64) -> f64 {
        let closing = |at: &f64| {
            let away = t - at;
            let share = if away < 0.0 {
                1.0 + away / BLINK_CLOSE_S
            } else {
                1.0 - away / BLINK_OPEN_S
            };
            let share = share.clamp(0.0, 1.0);
            smooth(share)
        };
        self.blinks.iter().map(closing).fold(0.0, f64::max)
    }

    /// Eyes jump within two frames and then rest.
    fn gaze(&self, t: f64) -> [f64; 2] {
        let next = self.glances.partition_point(|(start, _)| *start <= t);
        let Some((start, to)) = next.checked_sub(1).map(|k| self.glances[k]) else {
            return [0.0; 2];
        };
        let from = next.checked_sub(2).map_or([0.0; 2], |k| self.glances[k].1);
        let share = ((t - start) / 0.06).clamp(0.0, 1.0);
        std::array::from_fn(|k| from[k] + (to[k] - from[k]) * share)
    }
}

/// Small nods on some stressed vowels, a larger one where a phrase ends.
fn nods(timing: &SpeechTiming, random: &mut Random) -> Vec<(f64, f64)> {
    let mut nods = Vec::new();
    let mut last = f64::MIN;
    for pair in timing.phonemes.windows(2) {
        let [phoneme, next] = pair else { continue };
        if is_pause(phoneme.symbol) {
            continue;
        }
        let middle = f64::midpoint(phoneme.start_s, phoneme.end_s);
        let ends_phrase = is_pause(next.symbol) && next.end_s - next.start_s > 0.12;
        if ends_phrase && middle - last > 0.5 {
            nods.push((middle, random.between(0.02, 0.035)));
            last = middle;
        } else if phoneme.stress == Stress::Primary && middle - last > 1.0 {
            if random.between(0.0, 1.0) < 0.6 {
                nods.push((middle, random.between(0.008, 0.02)));
            }
            last = middle;
        }
    }
    nods
}

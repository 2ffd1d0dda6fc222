//! From what was seen to figures with aims and verdicts.

use crate::clip::{Reference, Seen};
use crate::lips::{self, CLOSED, Stillness};
use crate::patches::{self, Places};
use crate::signal::{best_lag, correlation, deviation, jitter, mean, quantile, steps};
use crate::sync;
use crate::trace::{Sight, Trace};
use likeness_app::rendering::FPS;

/// Longest shift, in frames, at which the best correlation is sought.
const MOST_LAG: usize = 5;

/// Distance of the eyes of an adult, in millimetres (Dodgson 2004: mean 63).
const EYES_MM: f32 = 63.0;

/// What jumps by less cannot be seen, in pixels: vernier acuity is some 6 seconds of arc (Westheimer 1975), and a pixel is seen
/// under about a minute of arc.
const SEEN_PX: f32 = 0.1;
/// What drifts may go further: lengths are told apart from some 2 % on, those of a mouth of fifty pixels from one pixel on. A
/// quarter of that.
const DRIFT_PX: f32 = 0.25;

/// Silences this long count, without so much at either end, in seconds.
const SILENCE_S: f64 = 0.4;
const MARGIN_S: f64 = 0.16;

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    AtLeast(f32),
    AtMost(f32),
    Between(f32, f32),
}

impl Aim {
    pub fn is_met(self, value: f32) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
            Self::Between(least, most) => (least..=most).contains(&value),
        }
    }

    /// How far a value lies beyond the aim; negative within.
    fn excess(self, value: f32) -> f32 {
        match self {
            Self::AtLeast(least) => least - value,
            Self::AtMost(most) => value - most,
            Self::Between(least, most) => (least - value).max(value - most),
        }
    }
}

/// One figure of several clips.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub name: &'static str,
    pub aim: Aim,
    /// Digits behind the point.
    pub digits: usize,
    pub unit: &'static str,
    /// What each clip has, by its name.
    pub values: Vec<(String, f32)>,
}

impl Row {
    pub fn mean(&self) -> f32 {
        let values: Vec<f32> = self.values.iter().map(|v| v.1).collect();
        mean(&values) as f32
    }

    /// The clip that is furthest from the aim.
    pub fn worst(&self) -> Option<&(String, f32)> {
        let beyond = |v: &(String, f32)| self.aim.excess(v.1);
        self.values
            .iter()
            .max_by(|a, b| beyond(a).total_cmp(&beyond(b)))
    }

    /// Whether every clip meets the aim, only their mean, or neither.
    pub fn verdict(&self) -> Verdict {
        match self.worst() {
            Some(worst) if self.aim.is_met(worst.1) => Verdict::Met,
            Some(_) if self.aim.is_met(self.mean()) => Verdict::MetOnAverage,
            _ => Verdict::Missed,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Met,
    MetOnAverage,
    Missed,
}

impl Verdict {
    pub fn text(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::MetOnAverage => "met on average",
            Self::Missed => "**missed**",
        }
    }
}

/// The figures of one clip that every clip has, with their aims.
pub fn of_clip(seen: &Seen, reference: &Reference) -> Vec<Row> {
    let fps = f64::from(FPS);
    let trace = &seen.trace;
    let opening = trace.curve(Sight::opening);
    let width = trace.curve(Sight::width);
    let wanted = |k: usize| seen.intended.iter().map(|m| m[k]).collect::<Vec<f32>>();
    let (wanted_opening, wanted_width) = (wanted(0), wanted(1));
    let (r, lag) = best_lag(&wanted_opening, &opening, MOST_LAG);
    let (r_width, _) = best_lag(&wanted_width, &width, MOST_LAG);
    let mut rows = Rows::new(&seen.order.name);
    // Who only hears what is said mistakes some of it.
    let aim = Aim::AtLeast(if seen.order.recorded { 0.9 } else { 0.95 });
    rows.add("mouth opening, r at the best lag", aim, 3, "", r);
    let r0 = correlation(&wanted_opening, &opening);
    rows.add("mouth opening, r at lag 0", aim, 3, "", r0);
    let ms = lag * 1000.0 / fps as f32;
    rows.add(
        "lag behind the intended opening",
        Aim::Between(-20.0, 20.0),
        1,
        " ms",
        ms,
    );
    rows.add(
        "mouth width, r at the best lag",
        Aim::AtLeast(0.85),
        3,
        "",
        r_width,
    );
    let closures = lips::closures(&seen.clip.timing, &opening, fps, reference.rest_opening);
    if !closures.is_empty() {
        let closed = closures.iter().filter(|&&gap| gap < CLOSED).count();
        let share = 100.0 * closed as f32 / closures.len() as f32;
        rows.add(
            "bilabials that close the lips",
            Aim::AtLeast(97.0),
            1,
            " %",
            share,
        );
    }
    rows.pixels(seen, reference);
    rows.dynamics(trace, seen.clip.duration_s);
    rows.rows
}

/// What the tracker sees of faces that certainly do not move a part.
#[derive(Debug)]
pub struct Floors {
    /// Of a stiff face under the clip's movement of the head: its lips rest.
    pub stiff: Trace,
    /// Of a face that moves as in the clip and never speaks: unlike a stiff one, it turns its head.
    pub never_speaking: Trace,
    /// Of a face that moves its mouth as in the clip and nothing else: its forehead and nose rest.
    pub only_speaking: Trace,
}

/// Movement of silent lips and of parts that should rest, against faces in which they do.
pub fn against_floor(seen: &Seen, floors: &Floors) -> Vec<Row> {
    let mut rows = Rows::new(&seen.order.name);
    let eyes = seen.trace.curve(Sight::eye_opening);
    let spans = eyes_open(&silences(seen), &eyes);
    let [still, least, silent] =
        [&seen.trace, &floors.stiff, &floors.never_speaking].map(|trace| still(trace, &spans));
    if still.frames > 0 {
        let name = "silent lips: spread / stiff face's";
        rows.against(name, still.spread, least.spread);
        let name = "silent lips: spread / that of a face that never speaks";
        rows.against(name, still.spread, silent.spread);
        let name = "silent lips: steps / stiff face's";
        rows.against(name, still.step, least.step);
    }
    let all = (0.0, eyes.len() as f64 / f64::from(FPS));
    let awake = eyes_open(&[all], &eyes);
    let shaking = |trace: &Trace| {
        let all = [(10, 0), (10, 1), (6, 0), (6, 1)]
            .map(|(k, axis)| trembling(&trace.curve(|s| s.in_face(k)[axis]), &awake));
        crate::signal::rms(&all)
    };
    let name = "jitter of forehead and nose / that of a face that only speaks";
    rows.against(name, shaking(&seen.trace), shaking(&floors.only_speaking));
    rows.pixels_at_rest(&seen.places, &spans, &awake);
    rows.rows
}

/// Jitter of a curve within spans of seconds, pooled.
fn trembling(curve: &[f32], spans: &[(f64, f64)]) -> f32 {
    let (mut sum, mut frames) = (0.0, 0.0_f32);
    for &span in spans {
        let within = curve.get(lips::frames(span, f64::from(FPS), curve.len()));
        let Some(within) = within.filter(|within| within.len() > 4) else {
            continue;
        };
        sum += jitter(within).powi(2) * within.len() as f32;
        frames += within.len() as f32;
    }
    (sum / frames.max(1.0)).sqrt()
}

/// Spans of silence of the file's sound, in seconds.
pub fn silences(seen: &Seen) -> Vec<(f64, f64)> {
    sync::silences(&seen.sound, SILENCE_S, MARGIN_S)
}

/// The parts of spans in which the lids stand open: while they close, the network moves the lips of a face that only
/// blinks, too, and a stiff face does not blink.
fn eyes_open(spans: &[(f64, f64)], eyes: &[f32]) -> Vec<(f64, f64)> {
    /// Frames before and behind a blink that are left out with it.
    const BESIDE: usize = 2;
    let fps = f64::from(FPS);
    let usual = quantile(eyes, 0.5);
    let blinks = |frame: usize| {
        let about = frame.saturating_sub(BESIDE)..(frame + BESIDE + 1).min(eyes.len());
        eyes[about].iter().any(|eye| *eye < 0.85 * usual)
    };
    let mut parts: Vec<(f64, f64)> = Vec::new();
    for &(from_s, to_s) in spans {
        let frames = (from_s * fps).ceil().max(0.0) as usize..((to_s * fps).floor() as usize + 1);
        let mut goes_on = false;
        for frame in frames.take_while(|frame| *frame < eyes.len()) {
            let at_s = frame as f64 / fps;
            match parts.last_mut().filter(|_| goes_on) {
                _ if blinks(frame) => {}
                Some(part) => part.1 = at_s,
                None => parts.push((at_s, at_s)),
            }
            goes_on = !blinks(frame);
        }
    }
    parts
}

/// How still the lips of a trace are in spans of seconds.
pub fn still(trace: &Trace, spans: &[(f64, f64)]) -> Stillness {
    let (opening, width) = (trace.curve(Sight::opening), trace.curve(Sight::width));
    lips::stillness([&opening, &width], f64::from(FPS), spans)
}

/// Median offset of the picture against the sound, and how many onsets it was measured at.
pub fn offset(trace: &Trace, start_s: f64, sound: &[f32]) -> Option<(f32, usize)> {
    let opening = trace.curve(Sight::opening);
    let onsets = sync::onsets(sound);
    let all = sync::offsets(&opening, f64::from(FPS), start_s, &onsets);
    (all.len() >= 5).then(|| (quantile(&all, 0.5), all.len()))
}

/// The row of an offset.
pub fn offset_row(clip: &str, name: &'static str, milliseconds: f32) -> Row {
    let mut rows = Rows::new(clip);
    rows.add(name, Aim::Between(-20.0, 20.0), 1, " ms", milliseconds);
    rows.rows.remove(0)
}

/// Puts rows of one name together, in the order of their first appearance.
pub fn pooled(all: impl IntoIterator<Item = Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for row in all {
        match rows.iter_mut().find(|known| known.name == row.name) {
            Some(known) => known.values.extend(row.values),
            None => rows.push(row),
        }
    }
    rows
}

pub(crate) struct Rows<'a> {
    clip: &'a str,
    pub(crate) rows: Vec<Row>,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(clip: &'a str) -> Self {
        let rows = Vec::new();
        Self { clip, rows }
    }

    pub(crate) fn add(
        &mut self,
        name: &'static str,
        aim: Aim,
        digits: usize,
        unit: &'static str,
        value: f32,
    ) {
        self.rows.push(Row {
            name,
            aim,
            digits,
            unit,
            values: vec![(self.clip.to_owned(), value)],
        });
    }

    /// A movement that should be no larger than that of a face that does not make it.
    fn against(&mut self, name: &'static str, value: f32, floor: f32) {
        let ratio = value / floor.max(1e-6);
        self.add(name, Aim::AtMost(1.25), 2, "", ratio);
    }

    /// Parts that should rest, by their pixels alone: the lips in silence, and the forehead against the nose.
    fn pixels_at_rest(&mut self, places: &[Places], silent: &[(f64, f64)], awake: &[(f64, f64)]) {
        let [width, opening] = patches::mouth(places);
        let still = lips::stillness([&opening, &width], f64::from(FPS), silent);
        if still.frames > 0 {
            let aim = Aim::AtMost(SEEN_PX);
            self.add("silent lips, pixels: steps", aim, 3, " px", still.step);
            let aim = Aim::AtMost(DRIFT_PX);
            self.add("silent lips, pixels: spread", aim, 3, " px", still.spread);
        }
        let shaking = patches::forehead(places).map(|curve| trembling(&curve, awake));
        self.add(
            "forehead against nose, pixels: jitter",
            Aim::AtMost(SEEN_PX),
            3,
            " px",
            crate::signal::rms(&shaking),
        );
    }

    fn pixels(&mut self, seen: &Seen, reference: &Reference) {
        let pixels = &seen.pixels;
        let alike = mean(&pixels.identity) as f32 / reference.self_similarity.max(1e-6);
        self.add(
            "identity / the photo's own after encoding",
            Aim::AtLeast(0.95),
            3,
            "",
            alike,
        );
        if !pixels.background.is_empty() {
            let background = mean(&pixels.background) as f32;
            self.add("background, SSIM", Aim::AtLeast(0.995), 4, "", background);
        }
        let touched = pixels.touched as f32;
        self.add(
            "pixels touched outside, before encoding",
            Aim::AtMost(0.0),
            0,
            "",
            touched,
        );
        let sharpness = mean(&pixels.sharpness) as f32;
        self.add(
            "sharpness about the mouth / the photo's",
            Aim::AtLeast(0.95),
            3,
            "",
            sharpness,
        );
        let seams = mean(&pixels.seams) as f32;
        self.add(
            "edges at borders / the photo's",
            Aim::AtMost(1.1),
            3,
            "",
            seams,
        );
    }

    /// Movements against what real speakers show; the sources of the ranges stand in `docs/quality.md`.
    fn dynamics(&mut self, trace: &Trace, duration_s: f64) {
        let fps = FPS as f32;
        let opening = trace.curve(Sight::opening);
        let range = (quantile(&opening, 0.95) - quantile(&opening, 0.05)) * EYES_MM;
        self.add(
            "lips: opening, 5 to 95 %",
            Aim::Between(6.0, 20.0),
            1,
            " mm",
            range,
        );
        let speeds: Vec<f32> = steps(&opening)
            .iter()
            .map(|s| s.abs() * fps * EYES_MM)
            .collect();
        let speed = quantile(&speeds, 0.98);
        self.add(
            "lips: speed, 98 %",
            Aim::Between(80.0, 300.0),
            0,
            " mm/s",
            speed,
        );
        let brows = trace.curve(Sight::brows);
        let brow = (quantile(&brows, 0.98) - quantile(&brows, 0.02)) * EYES_MM;
        self.add("brows: range", Aim::Between(1.0, 8.0), 1, " mm", brow);
        let turns: [fn(&Sight) -> f32; 3] = [|s| s.pose.yaw, |s| s.pose.pitch, |s| s.pose.roll];
        let spread: f32 = turns
            .iter()
            .map(|turn| deviation(&trace.curve(turn)).powi(2))
            .sum();
        let degrees = spread.sqrt().to_degrees();
        self.add(
            "head: turns, standard deviation",
            Aim::Between(1.0, 8.0),
            1,
            "°",
            degrees,
        );
        let blinks = blinks(&trace.curve(Sight::eye_opening)) as f32 * 60.0 / duration_s as f32;
        self.add("blinks a minute", Aim::Between(10.5, 32.5), 1, "", blinks);
    }
}

/// Times that the eyes close to less than six tenths of their usual opening.
fn blinks(eyes: &[f32]) -> usize {
    let closed = 0.6 * quantile(eyes, 0.5);
    let starts = eyes.windows(2).filter(|w| w[0] >= closed && w[1] < closed);
    starts.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, aim: Aim, value: f32) -> Row {
        let mut rows = Rows::new("clip");
        rows.add(name, aim, 2, "", value);
        rows.rows.remove(0)
    }

    #[test]
    fn verdicts_tell_all_from_most_and_none() {
        let aim = Aim::AtLeast(0.9);
        let of = |values: &[f32]| {
            let rows = pooled(values.iter().map(|&v| row("r", aim, v)));
            assert_eq!(rows.len(), 1);
            rows[0].verdict()
        };
        assert_eq!(of(&[0.95, 0.92]), Verdict::Met);
        assert_eq!(of(&[0.99, 0.85]), Verdict::MetOnAverage);
        assert_eq!(of(&[0.8, 0.85]), Verdict::Missed);
        let apart = pooled([row("a", Aim::Between(1.0, 2.0), 5.0), row("b", aim, 1.0)]);
        assert_eq!(apart.len(), 2);
        assert_eq!(apart[0].verdict(), Verdict::Missed);
    }

    #[test]
    fn what_is_silent_is_cut_at_blinks() {
        let mut eyes = vec![0.3; 100];
        eyes[40..43].fill(0.1);
        let parts = eyes_open(&[(0.4, 2.4), (3.0, 9.0)], &eyes);
        assert_eq!(parts, [(0.4, 1.48), (1.8, 2.4), (3.0, 3.96)]);
        assert_eq!(eyes_open(&[(0.4, 2.4)], &[]), []);
    }

    #[test]
    fn blinks_are_counted_once() {
        let mut eyes = vec![0.3; 100];
        eyes[20..24].fill(0.05);
        eyes[70..73].fill(0.1);
        assert_eq!(blinks(&eyes), 2);
    }
}

//! What a presenter costs: setting a scene, and every frame of it.
//!
//! `cargo bench -p likeness-presenters --bench frames -- HEAD [LOOK...]` prints the time for two stock looks, or those
//! named, at two sizes, and the work of all processors in it, which others on the machine change little. Frames are
//! drawn in batches on all cores, as a video's are.

#![expect(clippy::print_stdout, reason = "a report to the terminal")]
#![expect(clippy::cast_precision_loss, reason = "counts of a few frames")]

use std::error::Error;
use std::time::Instant;

use likeness_presenters::{Expression, Ground, HeadBase, Portrait, library};
use rayon::prelude::*;

const LOOKS: [&str; 2] = ["clara_office", "marcus_suit"];
const SIZES: [(usize, usize); 2] = [(1280, 720), (1920, 1080)];

/// Frames drawn at a time, and how many times.
const BATCH: usize = 8;
const BATCHES: usize = 6;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    if arguments.is_empty() {
        println!("nothing to measure: HEAD is not given");
        return Ok(());
    }
    let head = arguments.remove(0);
    if arguments.is_empty() {
        arguments = LOOKS.map(str::to_owned).to_vec();
    }
    let base = HeadBase::read(&std::fs::read(head)?)?;
    let library = library()?;
    let all = library.iter().flat_map(|presenter| &presenter.looks);
    for look in all.filter(|look| arguments.contains(&look.id)) {
        for (width, height) in SIZES {
            let (started, spent) = (Instant::now(), spent_s());
            let portrait = Portrait::new(&base, &look.attributes, width, height, Ground::Own);
            let (setup, spent) = (started.elapsed(), spent_s() - spent);
            let before = spent_s();
            // The quickest batch: others had to share the machine.
            let frame = (0..BATCHES)
                .map(|n| batch(&portrait, n))
                .fold(f64::MAX, f64::min);
            let work = (spent_s() - before) * 1000.0 / (BATCH * BATCHES) as f64;
            println!(
                "{:>14} {width}x{height}: setup {:.2} s ({spent:.2} s of work), \
                 a frame {frame:.1} ms ({work:.1} ms of work)",
                look.id,
                setup.as_secs_f64(),
            );
        }
    }
    Ok(())
}

/// Processor time of this process so far, in seconds, where the system tells it.
fn spent_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The 14th and 15th value, counted after the name, which may have spaces: ticks of a hundredth of a second.
    let values = stat.rsplit(')').next().unwrap_or_default();
    let ticks = values.split_whitespace().skip(11).take(2);
    ticks.filter_map(|v| v.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Milliseconds a frame.
fn batch(portrait: &Portrait, n: usize) -> f64 {
    let started = Instant::now();
    (0..BATCH)
        .into_par_iter()
        .for_each(|k| portrait.draw(&speaking(n * BATCH + k), |_, _| ()));
    started.elapsed().as_secs_f64() * 1000.0 / BATCH as f64
}

/// A frame of somebody speaking.
fn speaking(frame: usize) -> Expression {
    let t = frame as f32;
    Expression {
        jaw: 0.35 + 0.3 * (t * 0.9).sin(),
        wide: 0.2 + 0.2 * (t * 0.7).sin(),
        brow: 0.1 * (t * 0.11).sin(),
        gaze: [0.05 * (t * 0.13).sin(), 0.0],
        turn: [
            0.03 * (t * 0.2).sin(),
            0.06 * (t * 0.15).sin(),
            0.02 * (t * 0.1).sin(),
        ],
        lift: 0.01 * (t * 0.1).sin(),
        ..Expression::default()
    }
}

//! The table and the page that show what was measured.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use image::{RgbImage, imageops};
use likeness_app::rendering::FPS;
use likeness_media::encode_jpeg;

use crate::clip::{Reference, Seen};
use crate::measures::{Aim, Row, Verdict, silences};
use crate::signal::mean;
use crate::trace::Sight;

/// Side of a face on the page, and width and height of a mouth, in pixels.
const FACE: u32 = 300;
const MOUTH: (u32, u32) = (300, 200);
const QUALITY: u8 = 88;

/// Faces in an even row, and mouths in a row of extremes.
const EVENLY: usize = 8;
const EXTREMES: usize = 4;

/// Small pictures of every frame of a clip, until it is known which are worth showing.
#[derive(Debug, Default)]
pub struct Crops {
    faces: Vec<Vec<u8>>,
    mouths: Vec<Vec<u8>>,
}

impl Crops {
    /// Cuts a frame's face and mouth out.
    pub fn take(&mut self, frame: &RgbImage, sight: &Sight) -> Result<()> {
        let unit = sight.unit();
        let face = cut(frame, sight.at(4), (3.4 * unit, 3.4 * unit), (FACE, FACE));
        self.faces.push(encode_jpeg(&face, QUALITY)?);
        let [a, b] = [sight.at(13), sight.at(14)];
        let middle = [0, 1].map(|k| f32::midpoint(a[k], b[k]));
        let mouth = cut(frame, middle, (1.35 * unit, 0.9 * unit), MOUTH);
        self.mouths.push(encode_jpeg(&mouth, QUALITY)?);
        Ok(())
    }
}

fn cut(frame: &RgbImage, [x, y]: [f32; 2], (w, h): (f32, f32), size: (u32, u32)) -> RgbImage {
    let within = |v: f32, most: u32| v.clamp(0.0, most as f32) as u32;
    let (left, top) = (
        within(x - w / 2.0, frame.width() - 1),
        within(y - h / 2.0, frame.height() - 1),
    );
    let right = within(x + w / 2.0, frame.width()).max(left + 1);
    let below = within(y + h / 2.0, frame.height()).max(top + 1);
    let part = imageops::crop_imm(frame, left, top, right - left, below - top).to_image();
    imageops::resize(&part, size.0, size.1, imageops::FilterType::CatmullRom)
}

/// Rows of one size of picture.
#[derive(Debug)]
pub struct Column {
    pub name: String,
    pub rows: Vec<Row>,
}

/// The table in Markdown: a row a figure, a column a size, and the verdict over all.
pub fn table(columns: &[Column]) -> String {
    let mut text = "| figure | aim |".to_owned();
    for column in columns {
        let _ = write!(text, " {} |", column.name);
    }
    text.push_str(" verdict |\n|---|---|");
    text.push_str(&"---|".repeat(columns.len() + 1));
    for name in names(columns) {
        let of = |column: &Column| column.rows.iter().find(|row| row.name == name).cloned();
        let rows: Vec<Option<Row>> = columns.iter().map(of).collect();
        let Some(first) = rows.iter().flatten().next() else {
            continue;
        };
        let _ = write!(text, "\n| {name} | {} |", aim(first));
        for row in &rows {
            let cell = row.as_ref().map(cell).unwrap_or_default();
            let _ = write!(text, " {cell} |");
        }
        let verdicts = rows.iter().flatten().map(Row::verdict);
        let verdict = verdicts.max_by_key(|verdict| *verdict as u8);
        let _ = write!(text, " {} |", verdict.map_or("", Verdict::text));
    }
    text.push('\n');
    text
}

fn names(columns: &[Column]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for row in columns.iter().flat_map(|column| &column.rows) {
        if !names.contains(&row.name) {
            names.push(row.name);
        }
    }
    names
}

fn aim(row: &Row) -> String {
    let number = |value: f32| format!("{value:.*}{}", short(row, value), row.unit);
    match row.aim {
        Aim::AtLeast(least) => format!("≥ {}", number(least)),
        Aim::AtMost(most) => format!("≤ {}", number(most)),
        Aim::Between(low, high) => {
            format!("{:.*} to {}", short(row, low), low, number(high))
        }
    }
}

/// Digits that an aim needs.
fn short(row: &Row, value: f32) -> usize {
    (0..row.digits)
        .find(|&digits| {
            let scale = 10f32.powi(digits as i32);
            ((value * scale).round() / scale - value).abs() < 1e-5
        })
        .unwrap_or(row.digits)
}

/// The mean, and the worst clip where there are several.
fn cell(row: &Row) -> String {
    let number = |value: f32| format!("{value:.*}{}", row.digits, row.unit);
    match row.worst() {
        Some((clip, worst)) if row.values.len() > 1 => {
            format!("{} (worst {}, {clip})", number(row.mean()), number(*worst))
        }
        _ => number(row.mean()),
    }
}

/// The page, written clip by clip.
#[derive(Debug)]
pub struct Page<'a> {
    dir: &'a Path,
    clips: String,
    count: usize,
}

impl<'a> Page<'a> {
    /// Pictures go to `dir`, which is made.
    pub fn new(dir: &'a Path) -> Result<Self> {
        fs::create_dir_all(dir.join("img")).with_context(|| format!("make {}", dir.display()))?;
        Ok(Self {
            dir,
            clips: String::new(),
            count: 0,
        })
    }

    /// Adds a clip: its curves, faces in even steps, and the frames that are worst by some figure.
    pub fn add(
        &mut self,
        title: &str,
        seen: &Seen,
        reference: &Reference,
        crops: &Crops,
        whole: &RgbImage,
    ) -> Result<()> {
        self.count += 1;
        let opening = seen.trace.curve(Sight::opening);
        let wanted: Vec<f32> = seen.intended.iter().map(|m| m[0]).collect();
        let _ = writeln!(
            self.clips,
            "<section><h2>{title}</h2>\n<p>{}</p>",
            seen.order.script
        );
        self.clips
            .push_str(&curves(&wanted, &opening, &silences(seen)));
        let small = cut(
            whole,
            [whole.width() as f32 / 2.0, whole.height() as f32 / 2.0],
            (whole.width() as f32, whole.height() as f32),
            (640, 640 * whole.height() / whole.width()),
        );
        let name = self.write("whole", 0, &encode_jpeg(&small, QUALITY)?)?;
        let _ = writeln!(
            self.clips,
            "<p><img src=\"{name}\" class=\"whole\" alt=\"\"></p>"
        );
        let count = crops.faces.len();
        let evenly: Vec<usize> = (0..EVENLY)
            .map(|k| k * count.saturating_sub(1) / (EVENLY - 1))
            .collect();
        self.strip("Evenly", &evenly, &crops.faces, time)?;
        let off = residuals(&wanted, &opening);
        let far = extremes(&off, EXTREMES);
        self.strip(
            "Furthest from what was intended",
            &far,
            &crops.mouths,
            |k| format!("{}, {:+.3}", time(k), off[k]),
        )?;
        self.strip(
            "Widest open",
            &extremes(&opening, EXTREMES),
            &crops.mouths,
            |k| format!("{}, {:.2}", time(k), opening[k]),
        )?;
        let closures = worst_closures(seen, &opening);
        self.strip(
            "Bilabials that close least",
            &closures,
            &crops.mouths,
            |k| format!("{}, {:+.3}", time(k), opening[k] - reference.rest_opening),
        )?;
        let shut: Vec<f32> = seen.trace.curve(|s| -s.eye_opening());
        self.strip(
            "Eyes closed furthest",
            &extremes(&shut, EXTREMES),
            &crops.faces,
            time,
        )?;
        self.clips.push_str("</section>\n");
        Ok(())
    }

    fn strip(
        &mut self,
        title: &str,
        frames: &[usize],
        pictures: &[Vec<u8>],
        caption: impl Fn(usize) -> String,
    ) -> Result<()> {
        let _ = write!(self.clips, "<h3>{title}</h3>\n<div class=\"strip\">");
        for &frame in frames {
            let Some(picture) = pictures.get(frame) else {
                continue;
            };
            let kind: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
            let name = self.write(&kind, frame, picture)?;
            let _ = write!(
                self.clips,
                "<figure><img src=\"{name}\" alt=\"\"><figcaption>{}</figcaption></figure>",
                caption(frame)
            );
        }
        self.clips.push_str("</div>\n");
        Ok(())
    }

    fn write(&self, kind: &str, frame: usize, bytes: &[u8]) -> Result<String> {
        let name = format!("img/{:02}-{kind}-{frame:05}.jpg", self.count);
        fs::write(self.dir.join(&name), bytes).with_context(|| format!("write {name}"))?;
        Ok(name)
    }

    /// Writes `index.html` with the table on top.
    pub fn finish(self, table: &str) -> Result<()> {
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Quality</title>\n<style>{STYLE}</style>\
             </head><body>\n<h1>Quality</h1>\n<p>Every figure is measured on the encoded files; \
             <code>docs/quality.md</code> explains each.</p>\n{}\n{}</body></html>\n",
            html_table(table),
            self.clips
        );
        let file = self.dir.join("index.html");
        fs::write(&file, html).with_context(|| format!("write {}", file.display()))
    }
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1280px;padding:0 1rem;\
    color:#222;background:#fff}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .6rem;\
    text-align:left;vertical-align:top}section{margin-top:3rem;border-top:2px solid #ddd}.strip{display:flex;\
    flex-wrap:wrap;gap:6px}figure{margin:0;width:150px}figure img{width:150px;display:block}.strip h3{margin:0}\
    figcaption{font-size:12px;color:#555}.whole{max-width:640px}svg{background:#fafafa;border:1px solid #eee;\
    width:100%;height:140px}b{color:#b00020}";

fn time(frame: usize) -> String {
    format!("{:.2} s", frame as f64 / f64::from(FPS))
}

/// A Markdown table as HTML; emphasis becomes bold.
fn html_table(markdown: &str) -> String {
    let mut html = "<table>".to_owned();
    for (k, line) in markdown.lines().enumerate() {
        if k == 1 {
            continue;
        }
        let tag = if k == 0 { "th" } else { "td" };
        html.push_str("<tr>");
        for cell in line.trim_matches('|').split('|') {
            let cell = cell.trim().replace("**missed**", "<b>missed</b>");
            let _ = write!(html, "<{tag}>{cell}</{tag}>");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</table>");
    html
}

/// Intended and measured opening over time, with the silences shaded.
fn curves(wanted: &[f32], seen: &[f32], silences: &[(f64, f64)]) -> String {
    let count = wanted.len().max(seen.len()).max(1);
    let most = wanted.iter().chain(seen).copied().fold(0.1, f32::max);
    let line = |curve: &[f32], colour: &str| {
        let mut points = String::new();
        for (k, value) in curve.iter().enumerate() {
            let (x, y) = (
                k as f32 * 1200.0 / count as f32,
                130.0 - 120.0 * value / most,
            );
            let _ = write!(points, "{x:.1},{y:.1} ");
        }
        format!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
        )
    };
    let mut shades = String::new();
    for (from, to) in silences {
        let x = |s: f64| s * f64::from(FPS) * 1200.0 / count as f64;
        let _ = write!(
            shades,
            "<rect x=\"{:.1}\" y=\"0\" width=\"{:.1}\" height=\"140\" fill=\"#e8f0e8\"/>",
            x(*from),
            x(to - from)
        );
    }
    format!(
        "<svg viewBox=\"0 0 1200 140\" preserveAspectRatio=\"none\">{shades}{}{}</svg>\n\
         <p>Opening of the lips: blue as intended, red as measured; silences are shaded.</p>\n",
        line(wanted, "#1565c0"),
        line(seen, "#c62828")
    )
}

/// What is left of the measured curve after the line through intended and measured.
fn residuals(wanted: &[f32], seen: &[f32]) -> Vec<f32> {
    let count = wanted.len().min(seen.len());
    let (mw, ms) = (mean(&wanted[..count]) as f32, mean(&seen[..count]) as f32);
    let (mut product, mut square) = (0.0, 1e-9);
    for k in 0..count {
        product += (wanted[k] - mw) * (seen[k] - ms);
        square += (wanted[k] - mw).powi(2);
    }
    let slope = product / square;
    (0..count)
        .map(|k| seen[k] - ms - slope * (wanted[k] - mw))
        .collect()
}

/// The frames of the greatest sizes, none within half a second of another.
fn extremes(values: &[f32], count: usize) -> Vec<usize> {
    let signed = values.iter().any(|&v| v < 0.0) && values.iter().any(|&v| v > 0.0);
    let size = |k: usize| if signed { values[k].abs() } else { values[k] };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| size(b).total_cmp(&size(a)));
    let mut chosen: Vec<usize> = Vec::new();
    for k in order {
        if chosen.len() < count && chosen.iter().all(|c| c.abs_diff(k) > FPS as usize / 2) {
            chosen.push(k);
        }
    }
    chosen
}

/// The most closed frame of each of the bilabials that close least.
fn worst_closures(seen: &Seen, opening: &[f32]) -> Vec<usize> {
    let fps = f64::from(FPS);
    let bilabials = seen.clip.timing.phonemes.iter();
    let mut least: Vec<usize> = bilabials
        .filter(|p| "mbp".contains(p.symbol))
        .filter_map(|p| {
            let from = (p.start_s * fps).floor().max(0.0) as usize;
            let to = ((p.end_s * fps).ceil() as usize + 1).min(opening.len());
            (from..to).min_by(|&a, &b| opening[a].total_cmp(&opening[b]))
        })
        .collect();
    least.sort_by(|&a, &b| opening[b].total_cmp(&opening[a]));
    least.truncate(EXTREMES);
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_cell_for_each_size() {
        let row = |value| Row {
            name: "r",
            aim: Aim::AtLeast(0.95),
            digits: 3,
            unit: "",
            values: vec![("a".into(), value), ("b".into(), 0.99)],
        };
        let column = |name: &str, value| Column {
            name: name.to_owned(),
            rows: vec![row(value)],
        };
        let text = table(&[column("720p", 0.96), column("1080p", 0.90)]);
        let last = text.lines().last().unwrap();
        assert_eq!(
            last,
            "| r | ≥ 0.95 | 0.975 (worst 0.960, a) | 0.945 (worst 0.900, a) | **missed** |"
        );
        assert!(html_table(&text).contains("<b>missed</b>"));
    }

    #[test]
    fn extremes_keep_apart() {
        let mut values = vec![0.0; 100];
        values[10] = 1.0;
        values[11] = 0.9;
        values[60] = 0.8;
        assert_eq!(extremes(&values, 2), [10, 60]);
    }
}

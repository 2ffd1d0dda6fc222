//! Where the person is, where it is not, and the zone between that is to be solved.

use std::collections::VecDeque;

use super::{FaceArea, PersonMap, Working};
use crate::geometry::{smoothstep, vec2};

/// What is known of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Background,
    Unknown,
    Person,
}

/// Width of the unknown zone inside and outside of the border that the map shows, in eye distances: at clothes, and what
/// hair adds.
const INSIDE: (f32, f32) = (0.045, 0.1);
const OUTSIDE: (f32, f32) = (0.07, 0.2);
/// The network's own grain as a share of the longer side: the zone is not narrower.
const GRAIN: f32 = 1.2 / 256.0;
/// Distance from the face's middle within which hair is expected everywhere, and from where on no more, in eye
/// distances.
const HAIR: (f32, f32) = (2.4, 4.6);
/// A gap in the person that is certain to less than this is no gap but a dark or strange thing.
const GAP: f32 = 0.2;

/// The map at another size.
pub(crate) fn scaled(map: &PersonMap, width: usize, height: usize) -> Vec<f32> {
    let (mw, mh) = (map.width() as usize, map.height() as usize);
    let values = map.as_raw();
    let step = [mw as f32 / width as f32, mh as f32 / height as f32];
    let place = |at: usize, step: f32, size: usize| {
        let p = ((at as f32 + 0.5) * step - 0.5).clamp(0.0, (size - 1) as f32);
        (p as usize, (p as usize + 1).min(size - 1), p.fract())
    };
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        let (y0, y1, fy) = place(y, step[1], mh);
        for x in 0..width {
            let (x0, x1, fx) = place(x, step[0], mw);
            let row = |y: usize| values[y * mw + x0] * (1.0 - fx) + values[y * mw + x1] * fx;
            out.push(row(y0) * (1.0 - fy) + row(y1) * fy);
        }
    }
    out
}

/// Divides the picture.
pub(crate) fn zones(picture: &Working, likely: &[f32], face: &FaceArea) -> Vec<Zone> {
    let (width, height) = (picture.width, picture.height);
    let mut person: Vec<bool> = likely.iter().map(|&p| p > 0.5).collect();
    let face_pixels = inside(&face.outline, width, height);
    for &pixel in &face_pixels {
        person[pixel] = true;
    }
    keep_connected(&mut person, &face_pixels, width);
    close_gaps(&mut person, likely, face.unit, width);
    let inner = distances(&person, false, width);
    let outer = distances(&person, true, width);
    let least = width.max(height) as f32 * GRAIN;
    let mut zones = Vec::with_capacity(width * height);
    for (k, &is_person) in person.iter().enumerate() {
        let from_face = vec2((k % width) as f32, (k / width) as f32) - face.middle;
        let hair = 1.0 - smoothstep(HAIR.0, HAIR.1, from_face.length() / face.unit.max(1.0));
        let limit = |(plain, hairy): (f32, f32)| (face.unit * (plain + hairy * hair)).max(least);
        zones.push(match is_person {
            true if inner[k] > limit(INSIDE) => Zone::Person,
            false if outer[k] > limit(OUTSIDE) => Zone::Background,
            _ => Zone::Unknown,
        });
    }
    for pixel in face_pixels {
        zones[pixel] = Zone::Person;
    }
    zones
}

/// Pixels whose middle lies inside a closed line.
fn inside(outline: &[crate::geometry::Vec2], width: usize, height: usize) -> Vec<usize> {
    let mut pixels = Vec::new();
    for y in 0..height {
        let line = y as f32;
        let mut crossings: Vec<f32> = Vec::new();
        for (k, &a) in outline.iter().enumerate() {
            let b = outline[(k + 1) % outline.len()];
            if (a.y <= line) != (b.y <= line) {
                crossings.push(a.x + (line - a.y) / (b.y - a.y) * (b.x - a.x));
            }
        }
        crossings.sort_by(f32::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let from = pair[0].max(0.0).ceil() as usize;
            let to = ((pair[1].max(-1.0) + 1.0).floor() as usize).min(width);
            pixels.extend((from..to.max(from)).map(|x| y * width + x));
        }
    }
    pixels
}

/// Neighbours of a pixel in a picture, side by side.
fn neighbours(pixel: usize, width: usize, count: usize) -> impl Iterator<Item = usize> {
    let x = pixel % width;
    [
        (x > 0).then(|| pixel - 1),
        (x + 1 < width).then(|| pixel + 1),
        pixel.checked_sub(width),
        (pixel + width < count).then(|| pixel + width),
    ]
    .into_iter()
    .flatten()
}

/// Everything that can be reached from `start` over pixels that `belongs` accepts. Marks what it visits.
fn flood(
    start: impl IntoIterator<Item = usize>,
    visited: &mut [bool],
    width: usize,
    belongs: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let mut found = Vec::new();
    let mut waiting: VecDeque<usize> = VecDeque::new();
    for pixel in start {
        if belongs(pixel) && !visited[pixel] {
            visited[pixel] = true;
            waiting.push_back(pixel);
        }
    }
    while let Some(pixel) = waiting.pop_front() {
        found.push(pixel);
        for next in neighbours(pixel, width, visited.len()) {
            if !visited[next] && belongs(next) {
                visited[next] = true;
                waiting.push_back(next);
            }
        }
    }
    found
}

/// Takes away what does not hang together with the face: other people, pictures on the wall.
fn keep_connected(person: &mut [bool], face: &[usize], width: usize) {
    let mut visited = vec![false; person.len()];
    flood(face.iter().copied(), &mut visited, width, |k| person[k]);
    person.copy_from_slice(&visited);
}

/// Fills what is enclosed by the person and is small or not clearly background.
fn close_gaps(person: &mut [bool], likely: &[f32], unit: f32, width: usize) {
    let height = person.len() / width;
    let mut visited = vec![false; person.len()];
    let border = (0..person.len()).filter(|k| {
        let (x, y) = (k % width, k / width);
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    });
    flood(border, &mut visited, width, |k| !person[k]);
    for start in 0..person.len() {
        if visited[start] || person[start] {
            continue;
        }
        let gap = flood([start], &mut visited, width, |k| !person[k]);
        let mean = gap.iter().map(|&k| likely[k]).sum::<f32>() / gap.len() as f32;
        if mean > GAP || (gap.len() as f32) < 0.1 * unit * unit {
            for pixel in gap {
                person[pixel] = true;
            }
        }
    }
}

/// For each pixel, how far away the nearest with the value `to` is, in pixels: exact, by the lower envelope of parabolas
/// (Felzenszwalb and Huttenlocher 2012). Very large where there is none.
fn distances(mask: &[bool], to: bool, width: usize) -> Vec<f32> {
    let height = mask.len() / width;
    let mut squared: Vec<f32> = mask
        .iter()
        .map(|&m| if m == to { 0.0 } else { FAR })
        .collect();
    let mut line = vec![0.0; width.max(height)];
    for x in 0..width {
        for y in 0..height {
            line[y] = squared[y * width + x];
        }
        envelope(&mut line[..height]);
        for y in 0..height {
            squared[y * width + x] = line[y];
        }
    }
    for row in squared.chunks_exact_mut(width) {
        envelope(row);
    }
    squared.into_iter().map(f32::sqrt).collect()
}

const FAR: f32 = 1e12;

fn envelope(values: &mut [f32]) {
    let old = values.to_vec();
    let mut roots: Vec<usize> = vec![0];
    let mut from: Vec<f32> = vec![f32::MIN];
    let meet = |a: usize, b: usize| {
        let (fa, fb) = (a as f32, b as f32);
        ((old[b] + fb * fb) - (old[a] + fa * fa)) / (2.0 * (fb - fa))
    };
    for k in 1..old.len() {
        let mut at = meet(roots[roots.len() - 1], k);
        while roots.len() > 1 && at <= from[from.len() - 1] {
            roots.pop();
            from.pop();
            at = meet(roots[roots.len() - 1], k);
        }
        roots.push(k);
        from.push(at);
    }
    let mut piece = 0;
    for (x, value) in values.iter_mut().enumerate() {
        while piece + 1 < roots.len() && from[piece + 1] < x as f32 {
            piece += 1;
        }
        let away = x as f32 - roots[piece] as f32;
        *value = away * away + old[roots[piece]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_exact() {
        let (width, height) = (23, 17);
        let mask: Vec<bool> = (0..width * height)
            .map(|k| k % 37 == 5 || k == 200)
            .collect();
        let found = distances(&mask, true, width);
        for (k, found) in found.iter().enumerate() {
            let away = |j: usize| {
                let (dx, dy) = (
                    (k % width) as f32 - (j % width) as f32,
                    (k / width) as f32 - (j / width) as f32,
                );
                dx.hypot(dy)
            };
            let nearest = (0..mask.len())
                .filter(|&j| mask[j])
                .map(away)
                .fold(f32::MAX, f32::min);
            assert!(
                (found - nearest).abs() < 1e-3,
                "{k}: {found}, not {nearest}"
            );
        }
    }

    #[test]
    fn others_go_and_gaps_close_but_for_real_ones() {
        let (width, height) = (60, 60);
        let square = |k: usize, from: usize, to: usize| {
            (from..to).contains(&(k % width)) && (from..to).contains(&(k / width))
        };
        // A person with a small gap, somebody else at the corner, and the gap of an arm.
        let seen = |k: usize| {
            (square(k, 5, 45) && !square(k, 10, 12) && !square(k, 20, 40)) || square(k, 50, 58)
        };
        let likely: Vec<f32> = (0..width * height)
            .map(|k| if seen(k) { 0.9 } else { 0.05 })
            .collect();
        let mut person: Vec<bool> = likely.iter().map(|&p| p > 0.5).collect();
        keep_connected(&mut person, &[6 * width + 6], width);
        close_gaps(&mut person, &likely, 10.0, width);
        assert!(person[11 * width + 11], "the small gap is closed");
        assert!(!person[30 * width + 30], "the large one is not");
        assert!(!person[54 * width + 54], "the other one is gone");
    }
}

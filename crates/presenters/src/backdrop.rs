//! What is behind a presenter: drawn as shapes and put out of focus.

use rayon::prelude::*;

use crate::attributes::{Background, BackgroundKind};
use crate::skin::linear;
use crate::vector::{Random, V3, bell, noise, smooth, v3};

/// A picture of linear colours.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<V3>,
}

impl Picture {
    pub(crate) fn new(width: usize, height: usize, colour: impl Fn(f32, f32) -> V3) -> Self {
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                // Heights are 0 to 1; widths in the same measure, 0 in the middle.
                let v = (y as f32 + 0.5) / height as f32;
                let u = (x as f32 + 0.5 - width as f32 * 0.5) / height as f32;
                pixels.push(colour(u, v));
            }
        }
        Self {
            width,
            height,
            pixels,
        }
    }

    fn paint(&mut self, [left, top, right, bottom]: [f32; 4], colour: impl Fn(f32, f32) -> V3) {
        let (w, h) = (self.width as f32, self.height as f32);
        let column = |u: f32| ((u * h + w * 0.5).max(0.0) as usize).min(self.width);
        let row = |v: f32| ((v * h).max(0.0) as usize).min(self.height);
        let (x0, x1, y0, y1) = (column(left), column(right), row(top), row(bottom));
        for y in y0..y1 {
            for x in x0..x1 {
                let share = |k: usize, from: usize, to: usize| {
                    (k - from) as f32 / (to - from).max(1) as f32
                };
                self.pixels[y * self.width + x] = colour(share(x, x0, x1), share(y, y0, y1));
            }
        }
    }

    fn disc(&mut self, u: f32, v: f32, radius: f32, colour: V3, strength: f32) {
        let (w, h) = (self.width as f32, self.height as f32);
        let (cx, cy, r) = (u * h + w * 0.5, v * h, radius * h);
        for y in
            (cy - r - 1.0).max(0.0) as usize..((cy + r + 2.0).max(0.0) as usize).min(self.height)
        {
            for x in
                (cx - r - 1.0).max(0.0) as usize..((cx + r + 2.0).max(0.0) as usize).min(self.width)
            {
                let d = ((x as f32 + 0.5 - cx).powi(2) + (y as f32 + 0.5 - cy).powi(2)).sqrt();
                // A lens shows a point of light as a disc that is brighter at its rim.
                let cover =
                    smooth(r + 0.7, r - 0.7, d) * (0.75 + 0.25 * (d / r).powi(3)) * strength;
                let p = &mut self.pixels[y * self.width + x];
                *p = p.mix(colour, cover.min(1.0));
            }
        }
    }

    fn glow(&mut self, u: f32, v: f32, radius: f32, colour: V3) {
        let (w, h) = (self.width as f32, self.height as f32);
        for y in 0..self.height {
            for x in 0..self.width {
                let (dx, dy) = ((x as f32 + 0.5 - w * 0.5) / h - u, (y as f32 + 0.5) / h - v);
                let strength = bell((dx * dx + dy * dy).sqrt() / radius);
                self.pixels[y * self.width + x] += colour * strength;
            }
        }
    }

    /// Three boxes one after the other are nearly a bell.
    pub(crate) fn blur(&mut self, radius: f32) {
        let r = (radius * 0.58).round() as usize;
        for _ in 0..3 {
            if r > 0 {
                self.box_rows(r);
                self.turn();
                self.box_rows(r);
                self.turn();
            }
        }
    }

    fn turn(&mut self) {
        let mut turned = vec![V3::ZERO; self.pixels.len()];
        for y in 0..self.height {
            for x in 0..self.width {
                turned[x * self.height + y] = self.pixels[y * self.width + x];
            }
        }
        self.pixels = turned;
        std::mem::swap(&mut self.width, &mut self.height);
    }

    fn box_rows(&mut self, r: usize) {
        let inverse = 1.0 / (2 * r + 1) as f32;
        for row in self.pixels.chunks_mut(self.width) {
            let old = row.to_vec();
            let at = |k: isize| old[k.clamp(0, old.len() as isize - 1) as usize];
            let mut sum = V3::ZERO;
            for k in -(r as isize)..=r as isize {
                sum += at(k);
            }
            for (k, pixel) in row.iter_mut().enumerate() {
                *pixel = sum * inverse;
                sum = sum + at((k + r + 1) as isize) - at(k as isize - r as isize);
            }
        }
    }

    /// Between pixels, in shares of the picture.
    pub(crate) fn at(&self, u: f32, v: f32) -> V3 {
        let x = (u * self.width as f32 - 0.5).clamp(0.0, (self.width - 1) as f32);
        let y = (v * self.height as f32 - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (ix, iy) = (x as usize, y as usize);
        let (jx, jy) = ((ix + 1).min(self.width - 1), (iy + 1).min(self.height - 1));
        let (fx, fy) = (x - ix as f32, y - iy as f32);
        let p = |x: usize, y: usize| self.pixels[y * self.width + x];
        p(ix, iy)
            .mix(p(jx, iy), fx)
            .mix(p(ix, jy).mix(p(jx, jy), fx), fy)
    }
}

/// The backdrop at a size, in linear light.
pub(crate) fn draw(background: Background, seed: u64, width: usize, height: usize) -> Picture {
    let tint = linear(background.colour);
    if background.kind == BackgroundKind::Plain {
        // Exactly this colour must come out of the tone curve.
        let plain = crate::tones::before_tones(background.colour);
        return Picture::new(width, height, |_, _| plain);
    }
    // What is out of focus needs few pixels.
    let small_height = height.min(540);
    let small_width = (width * small_height).div_ceil(height);
    let mut small = Picture::new(small_width, small_height, |u, v| {
        wall(background.kind, tint, u, v)
    });
    let mut random = Random::new(seed ^ 0x0042_4143);
    let blur = match background.kind {
        BackgroundKind::Office => office(&mut small, tint, &mut random),
        BackgroundKind::Library => library(&mut small, tint, &mut random),
        BackgroundKind::Home => home(&mut small, tint, &mut random),
        BackgroundKind::Outdoors => outdoors(&mut small, &mut random),
        BackgroundKind::City => city(&mut small, &mut random),
        BackgroundKind::Plain | BackgroundKind::Studio => 0.0,
    };
    small.blur(blur * small_height as f32);
    let pixel = |k: usize| {
        let (x, y) = (k % width, k / width);
        let (u, v) = (
            (x as f32 + 0.5) / width as f32,
            (y as f32 + 0.5) / height as f32,
        );
        let away = ((u - 0.5).powi(2) + (v - 0.45).powi(2)).sqrt();
        let shade = 1.0 - 0.28 * smooth(0.3, 0.8, away);
        // Grain hides the steps of a long gradient.
        let grain = 1.0 + 0.012 * noise(v3(x as f32 * 1.7, y as f32 * 1.7, 0.5));
        small.at(u, v) * (shade * grain)
    };
    Picture {
        width,
        height,
        pixels: (0..width * height).into_par_iter().map(pixel).collect(),
    }
}

fn wall(kind: BackgroundKind, tint: V3, u: f32, v: f32) -> V3 {
    match kind {
        BackgroundKind::Studio => {
            let pool = bell(((u + 0.12).powi(2) * 1.6 + (v - 0.42).powi(2) * 2.4).sqrt() / 0.62);
            let streak = 0.04 * noise(v3(u * 2.0, v * 2.0, 1.0));
            tint * (0.42 + 0.95 * pool + streak)
        }
        BackgroundKind::Outdoors => {
            let sky = v3(0.62, 0.76, 0.95).mix(v3(0.95, 0.93, 0.86), smooth(0.0, 0.55, v));
            let trees = v3(0.16, 0.27, 0.09).mix(
                v3(0.34, 0.45, 0.16),
                smooth(-0.2, 0.5, noise(v3(u * 5.0, v * 6.0, 2.0))),
            );
            let edge = 0.36 + 0.09 * noise(v3(u * 3.0, 1.0, 7.0));
            let grass = v3(0.30, 0.42, 0.14);
            sky.mix(trees, smooth(edge - 0.03, edge + 0.05, v))
                .mix(grass, smooth(0.72, 0.80, v))
        }
        BackgroundKind::City => {
            v3(0.012, 0.018, 0.04).mix(v3(0.07, 0.055, 0.09), smooth(0.1, 0.75, v))
        }
        _ => {
            let light = 0.72 + 0.45 * bell((u + 0.55) / 0.7) - 0.22 * smooth(0.3, 1.0, v);
            tint * light
        }
    }
}

fn window(p: &mut Picture, [left, top, right, bottom]: [f32; 4]) {
    p.paint([left, top, right, bottom], |_, v| {
        v3(1.25, 1.30, 1.36).mix(v3(1.0, 1.08, 1.05), v)
    });
    let frame = v3(0.62, 0.61, 0.60);
    let middle = (left + right) * 0.5;
    p.paint([middle - 0.008, top, middle + 0.008, bottom], |_, _| frame);
    for y in [top, (top + bottom) * 0.5, bottom - 0.012] {
        p.paint([left, y, right, y + 0.012], |_, _| frame);
    }
}

fn plant(p: &mut Picture, u: f32, v: f32, size: f32, random: &mut Random) {
    for _ in 0..46 {
        let angle = random.between(-1.35, 1.35);
        let reach = size * random.between(0.3, 1.0);
        let green = v3(0.06, 0.16, 0.05).mix(v3(0.26, 0.42, 0.13), random.share());
        let (x, y) = (u + angle.sin() * reach * 0.6, v - angle.cos() * reach);
        p.disc(x, y, size * random.between(0.06, 0.13), green, 0.9);
    }
    p.paint(
        [u - size * 0.2, v, u + size * 0.2, v + size * 0.42],
        |x, _| v3(0.72, 0.68, 0.62) * (0.6 + 0.5 * (1.0 - x)),
    );
}

fn office(p: &mut Picture, tint: V3, random: &mut Random) -> f32 {
    window(p, [-1.05, 0.02, -0.44, 0.66]);
    // Shelves at the right.
    p.paint([0.42, 0.06, 1.05, 0.80], |_, v| tint * (0.62 - 0.12 * v));
    for row in 0..4 {
        let top = 0.09 + row as f32 * 0.175;
        p.paint([0.44, top, 1.03, top + 0.145], |_, v| {
            tint * (0.34 + 0.16 * v)
        });
        let mut x = 0.46;
        while x < 0.98 {
            let w = random.between(0.012, 0.034);
            let h = random.between(0.07, 0.12);
            let c = books(random);
            if random.share() < 0.78 {
                p.paint([x, top + 0.142 - h, x + w, top + 0.142], |_, _| c);
            }
            x += w + 0.004;
        }
    }
    plant(p, -0.36, 0.70, 0.26, random);
    p.disc(0.30, 0.16, 0.05, v3(1.5, 1.22, 0.85), 0.9);
    p.glow(0.30, 0.16, 0.16, v3(0.30, 0.22, 0.13));
    p.paint([-1.1, 0.82, 1.1, 1.0], |x, v| {
        v3(0.30, 0.20, 0.13) * (0.7 + 0.35 * (1.0 - x) - 0.2 * v)
    });
    0.020
}

fn books(random: &mut Random) -> V3 {
    let choice = [
        v3(0.34, 0.10, 0.08),
        v3(0.10, 0.16, 0.26),
        v3(0.42, 0.33, 0.18),
        v3(0.12, 0.20, 0.14),
        v3(0.60, 0.56, 0.50),
        v3(0.22, 0.13, 0.10),
    ];
    let k = (random.share() * choice.len() as f32) as usize;
    choice[k.min(choice.len() - 1)] * random.between(0.7, 1.15)
}

fn library(p: &mut Picture, tint: V3, random: &mut Random) -> f32 {
    for row in 0..6 {
        let top = row as f32 * 0.175 - 0.02;
        p.paint([-1.2, top, 1.2, top + 0.175], |_, v| {
            v3(0.16, 0.09, 0.05) * (0.5 + 0.4 * v)
        });
        let mut x = -1.2;
        while x < 1.2 {
            let w = random.between(0.014, 0.036);
            let h = random.between(0.105, 0.145);
            let c = books(random).times(tint * 1.3 + v3(0.25, 0.22, 0.2));
            let light = 0.65 + 0.9 * bell((x + 0.6) / 0.5);
            p.paint([x, top + 0.155 - h, x + w * 0.92, top + 0.155], |_, _| {
                c * light
            });
            x += w;
        }
        p.paint([-1.2, top + 0.155, 1.2, top + 0.178], |_, _| {
            v3(0.26, 0.15, 0.08)
        });
    }
    for upright in [-0.78, -0.06, 0.66] {
        p.paint([upright, 0.0, upright + 0.03, 1.0], |_, _| {
            v3(0.22, 0.125, 0.07)
        });
    }
    p.disc(-0.52, 0.22, 0.06, v3(1.7, 1.3, 0.8), 0.9);
    p.glow(-0.52, 0.22, 0.22, v3(0.40, 0.25, 0.11));
    0.019
}

fn home(p: &mut Picture, tint: V3, random: &mut Random) -> f32 {
    window(p, [0.46, 0.04, 1.02, 0.60]);
    for (side, x) in [(0, 0.38), (1, 1.0)] {
        p.paint([x, 0.0, x + 0.12, 0.74], |u, _| {
            (tint * 1.25 + v3(0.1, 0.09, 0.08)) * (0.75 + 0.25 * (u * 18.0 + side as f32).sin())
        });
    }
    // A picture on the wall, a lamp, a sofa.
    p.paint([-0.86, 0.14, -0.50, 0.42], |_, _| v3(0.20, 0.14, 0.09));
    p.paint([-0.84, 0.16, -0.52, 0.40], |u, v| {
        v3(0.75, 0.70, 0.62).mix(
            v3(0.30, 0.42, 0.45),
            smooth(0.35, 0.6, v + 0.2 * (u * 6.0).sin()),
        )
    });
    p.disc(-0.36, 0.44, 0.075, v3(1.7, 1.38, 0.95), 0.95);
    p.glow(-0.36, 0.44, 0.22, v3(0.36, 0.26, 0.15));
    p.paint([-0.366, 0.5, -0.354, 0.78], |_, _| v3(0.2, 0.16, 0.12));
    p.paint([-1.1, 0.74, 1.1, 1.0], |u, v| {
        v3(0.42, 0.40, 0.36) * (0.8 - 0.3 * v + 0.05 * (u * 20.0).sin())
    });
    plant(p, 0.30, 0.72, 0.24, random);
    0.022
}

fn outdoors(p: &mut Picture, random: &mut Random) -> f32 {
    for _ in 0..90 {
        let (u, v) = (random.between(-1.0, 1.0), random.between(0.1, 0.7));
        let c = v3(0.5, 0.6, 0.22).mix(v3(1.1, 1.1, 0.75), random.share());
        p.disc(
            u,
            v,
            random.between(0.012, 0.035),
            c,
            random.between(0.1, 0.45),
        );
    }
    0.012
}

fn city(p: &mut Picture, random: &mut Random) -> f32 {
    for _ in 0..26 {
        let left = random.between(-1.1, 1.0);
        let top = random.between(0.2, 0.55);
        let c = v3(0.02, 0.025, 0.05) * random.between(0.6, 1.8);
        p.paint([left, top, left + random.between(0.08, 0.2), 1.0], |_, _| c);
    }
    for _ in 0..210 {
        let (u, v) = (random.between(-1.05, 1.05), random.between(0.18, 0.95));
        let warm = [
            v3(1.6, 1.0, 0.45),
            v3(1.3, 1.15, 0.9),
            v3(0.5, 0.75, 1.5),
            v3(1.5, 0.35, 0.3),
        ];
        let c = warm[((random.share() * random.share() * 4.0) as usize).min(3)]
            * random.between(0.3, 1.0);
        p.disc(
            u,
            v,
            random.between(0.012, 0.030),
            c,
            random.between(0.25, 0.8),
        );
    }
    0.004
}

//! The colours of person and background where both are seen in one pixel: T. Germer, T. Uelwer, S. Conrad, S. Harmeling,
//! "Fast Multi-Level Foreground Estimation" (2020). From one pixel up to the full size, colours are those of the level
//! before, corrected so that they mix to the picture and change little where opacity changes little.

use super::Working;

/// Smoothness asked for everywhere, and in addition where opacity changes.
const EVERYWHERE: f32 = 1e-5;
const AT_EDGES: f32 = 1.0;
/// Up to this size a level is gone over so often; above, that little.
const SMALL: usize = 32;
const SMALL_ROUNDS: usize = 10;
const LARGE_ROUNDS: usize = 2;

/// Colours in front and behind, straight, for every pixel of the working size.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    pub front: Vec<[f32; 3]>,
    pub back: Vec<[f32; 3]>,
}

pub(crate) fn separate(picture: &Working, alpha: &[f32]) -> Layers {
    let (width, height) = (picture.width, picture.height);
    let levels = (width.max(height) as f32).log2().ceil().max(1.0) as usize;
    let mut layers = Layers {
        front: vec![mean(picture, alpha, |a| a > 0.9)],
        back: vec![mean(picture, alpha, |a| a < 0.1)],
    };
    let mut size = (1, 1);
    for level in 0..=levels {
        let share = level as f32 / levels as f32;
        let side = |whole: usize| ((whole as f32).powf(share).round() as usize).clamp(1, whole);
        let next = (side(width), side(height));
        let pick = Pick::new((width, height), next);
        let colours = pick.all(&picture.colours);
        let alpha = pick.all(alpha);
        let enlarge = Pick::new(size, next);
        layers = Layers {
            front: enlarge.all(&layers.front),
            back: enlarge.all(&layers.back),
        };
        size = next;
        let rounds = if next.0.max(next.1) <= SMALL {
            SMALL_ROUNDS
        } else {
            LARGE_ROUNDS
        };
        for _ in 0..rounds {
            layers = refined(&layers, &colours, &alpha, next.0);
        }
    }
    layers
}

fn mean(picture: &Working, alpha: &[f32], counts: impl Fn(f32) -> bool) -> [f32; 3] {
    let mut sum = [0.0_f64; 4];
    for (colour, _) in picture
        .colours
        .iter()
        .zip(alpha)
        .filter(|(_, a)| counts(**a))
    {
        for c in 0..3 {
            sum[c] += f64::from(colour[c]);
        }
        sum[3] += 1.0;
    }
    if sum[3] < 1.0 {
        return [0.5; 3];
    }
    [0, 1, 2].map(|c| (sum[c] / sum[3]) as f32)
}

/// The nearest pixel of another size.
struct Pick {
    columns: Vec<usize>,
    rows: Vec<usize>,
    stride: usize,
}

impl Pick {
    fn new(from: (usize, usize), to: (usize, usize)) -> Self {
        let nearest = |from: usize, to: usize| -> Vec<usize> {
            (0..to).map(|k| (k * from / to).min(from - 1)).collect()
        };
        Self {
            columns: nearest(from.0, to.0),
            rows: nearest(from.1, to.1),
            stride: from.0,
        }
    }

    fn all<T: Copy>(&self, values: &[T]) -> Vec<T> {
        let mut out = Vec::with_capacity(self.columns.len() * self.rows.len());
        for &y in &self.rows {
            out.extend(self.columns.iter().map(|&x| values[y * self.stride + x]));
        }
        out
    }
}

/// One round: each pixel's two colours, given those of its four neighbours.
fn refined(layers: &Layers, colours: &[[f32; 3]], alpha: &[f32], width: usize) -> Layers {
    let count = alpha.len();
    let mut next = layers.clone();
    for k in 0..count {
        let a = alpha[k];
        let x = k % width;
        // At the border a neighbour that is missing is the pixel itself.
        let near = [
            if x > 0 { k - 1 } else { k },
            if x + 1 < width { k + 1 } else { k },
            k.checked_sub(width).unwrap_or(k),
            if k + width < count { k + width } else { k },
        ];
        // Where only one layer is seen it is the picture, and the other follows its neighbours.
        let mut weights = 0.0;
        let (mut front, mut back) = ([0.0_f32; 3], [0.0_f32; 3]);
        for n in near {
            let weight = EVERYWHERE + AT_EDGES * (a - alpha[n]).abs();
            weights += weight;
            for c in 0..3 {
                front[c] += weight * layers.front[n][c];
                back[c] += weight * layers.back[n][c];
            }
        }
        let b = 1.0 - a;
        let (aa, ab, bb) = (a * a + weights, a * b, b * b + weights);
        let scale = 1.0 / (aa * bb - ab * ab);
        for c in 0..3 {
            let (f, g) = (a * colours[k][c] + front[c], b * colours[k][c] + back[c]);
            next.front[k][c] = ((bb * f - ab * g) * scale).clamp(0.0, 1.0);
            next.back[k][c] = ((aa * g - ab * f) * scale).clamp(0.0, 1.0);
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_pixels_come_apart() {
        let (width, height) = (64, 32);
        let truth = |x: usize| ((x as f32 - 26.0) / 10.0).clamp(0.0, 1.0);
        let (front, back) = ([0.9, 0.6, 0.4], [0.1, 0.8, 0.2]);
        let alpha: Vec<f32> = (0..width * height).map(|k| truth(k % width)).collect();
        let colours = alpha
            .iter()
            .map(|a| [0, 1, 2].map(|c| front[c] * a + back[c] * (1.0 - a)))
            .collect();
        let picture = Working {
            width,
            height,
            colours,
        };
        let layers = separate(&picture, &alpha);
        for x in 27..36 {
            let found = layers.front[16 * width + x];
            for c in 0..3 {
                assert!((found[c] - front[c]).abs() < 0.06, "{x}: {found:?}");
            }
        }
    }
}

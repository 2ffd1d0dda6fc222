//! Arithmetic on sampled curves.

/// Pearson's correlation of two curves of equal length; 0 where one of them is flat.
pub fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let count = a.len().min(b.len());
    let (a, b) = (&a[..count], &b[..count]);
    let (ma, mb) = (mean(a), mean(b));
    let sum = |get: &dyn Fn(f64, f64) -> f64| -> f64 {
        let pairs = a.iter().zip(b);
        pairs
            .map(|(&x, &y)| get(f64::from(x) - ma, f64::from(y) - mb))
            .sum()
    };
    let scale = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    if scale > 0.0 {
        (sum(&|x, y| x * y) / scale) as f32
    } else {
        0.0
    }
}

/// The best correlation of `seen` with `wanted`, and by how many samples `seen` is late there, between samples by the
/// parabola through the best and its neighbours. Up to `most` samples either way.
pub fn best_lag(wanted: &[f32], seen: &[f32], most: usize) -> (f32, f32) {
    let count = wanted.len().min(seen.len());
    let most = most.min(count / 2);
    let at = |lag: i64| {
        let late = lag.unsigned_abs() as usize;
        if lag >= 0 {
            correlation(&wanted[..count - late], &seen[late..count])
        } else {
            correlation(&wanted[late..count], &seen[..count - late])
        }
    };
    let most = most as i64;
    let all: Vec<f32> = (-most..=most).map(at).collect();
    let best = (0..all.len())
        .max_by(|&a, &b| all[a].total_cmp(&all[b]))
        .unwrap_or(0);
    let lag = best as f32 - most as f32;
    let (Some(before), Some(after)) = (best.checked_sub(1).map(|k| all[k]), all.get(best + 1))
    else {
        return (all[best], lag);
    };
    let bend = before - 2.0 * all[best] + after;
    let shift = if bend < 0.0 {
        0.5 * (before - after) / bend
    } else {
        0.0
    };
    (all[best], lag + shift.clamp(-0.5, 0.5))
}

/// Arithmetic mean; 0 of nothing.
pub fn mean(values: &[f32]) -> f64 {
    let sum: f64 = values.iter().copied().map(f64::from).sum();
    sum / values.len().max(1) as f64
}

/// Root of the mean square.
pub fn rms(values: &[f32]) -> f32 {
    let sum: f64 = values.iter().map(|&v| f64::from(v).powi(2)).sum();
    (sum / values.len().max(1) as f64).sqrt() as f32
}

/// Standard deviation.
pub fn deviation(values: &[f32]) -> f32 {
    let middle = mean(values) as f32;
    rms(&values.iter().map(|v| v - middle).collect::<Vec<_>>())
}

/// The value that a share (0 to 1) of all lies below; 0 of nothing.
pub fn quantile(values: &[f32], share: f32) -> f32 {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f32::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let index = (share.clamp(0.0, 1.0) * last as f32).round() as usize;
    sorted.get(index).copied().unwrap_or(0.0)
}

/// What a curve does from sample to sample beyond a straight line: the second difference, scaled so that white noise
/// keeps its size. Slow movement vanishes, jitter stays.
pub fn bends(values: &[f32]) -> Vec<f32> {
    values
        .windows(3)
        .map(|w| (w[0] - 2.0 * w[1] + w[2]) / 6.0f32.sqrt())
        .collect()
}

/// The size of a curve's [`bends`].
pub fn jitter(values: &[f32]) -> f32 {
    rms(&bends(values))
}

/// Changes from sample to sample.
pub fn steps(values: &[f32]) -> Vec<f32> {
    values.windows(2).map(|w| w[1] - w[0]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(count: usize, late: f32) -> Vec<f32> {
        (0..count)
            .map(|k| ((k as f32 - late) * 0.4).sin() + 0.5 * ((k as f32 - late) * 0.13).cos())
            .collect()
    }

    #[test]
    fn a_late_curve_is_found_between_samples() {
        for late in [-2.3f32, 0.0, 0.4, 1.5] {
            let (r, lag) = best_lag(&wave(300, 0.0), &wave(300, late), 5);
            assert!(r > 0.97 && (lag - late).abs() < 0.06, "{late}: {r}, {lag}");
        }
        assert!(correlation(&wave(50, 0.0), &[1.0; 50]).abs() < 1e-6);
    }

    #[test]
    fn jitter_sees_noise_and_no_slow_movement() {
        let slow: Vec<f32> = (0..500).map(|k| (k as f32 * 0.02).sin()).collect();
        assert!(jitter(&slow) < 2e-4);
        let mut state = 1u32;
        let noise: Vec<f32> = (0..5000)
            .map(|_| {
                // Xorshift (Marsaglia 2003): no value tells of the next.
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                (state >> 8) as f32 / 16_777_216.0 - 0.5
            })
            .collect();
        let ratio = jitter(&noise) / deviation(&noise);
        assert!((0.85..1.2).contains(&ratio), "{ratio}");
    }

    #[test]
    fn quantiles_are_of_the_sorted_values() {
        let values = [3.0, 1.0, 2.0, 5.0, 4.0];
        assert!((quantile(&values, 0.5) - 3.0).abs() < 1e-6);
        assert!((quantile(&values, 1.0) - 5.0).abs() < 1e-6);
        assert!(quantile(&[], 0.5).abs() < 1e-6);
    }
}

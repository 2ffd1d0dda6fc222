//! When each token is said, by the cheapest way through where the decoder looked (dynamic time warping).

use crate::whisper::MOMENTS;

/// Seconds in a moment.
pub(crate) const MOMENT_S: f64 = 0.02;

/// The moment at which each row's token begins, in order. `attention` has a row of weights for every token; of each only
/// the first `moments` count, the rest of the window is silence that was added.
pub(crate) fn starts(attention: &[Vec<f32>], moments: usize) -> Vec<usize> {
    let moments = moments.clamp(1, MOMENTS);
    if attention.is_empty() {
        return Vec::new();
    }
    let costs = costs(attention, moments);
    path_starts(&costs, moments)
}

/// Weights against their mean and spread over the tokens, at each moment: what a token looks at more than others do. As
/// costs, one row a token.
fn costs(attention: &[Vec<f32>], moments: usize) -> Vec<f32> {
    let rows = attention.len();
    let mut costs = vec![0.0; rows * moments];
    for (row, weights) in attention.iter().enumerate() {
        let sum: f32 = weights[..moments].iter().sum();
        for (cost, weight) in costs[row * moments..].iter_mut().zip(&weights[..moments]) {
            *cost = weight / sum.max(f32::MIN_POSITIVE);
        }
    }
    for moment in 0..moments {
        let column = || (0..rows).map(|row| costs[row * moments + moment]);
        let mean = column().sum::<f32>() / rows as f32;
        let variance = column().map(|c| (c - mean).powi(2)).sum::<f32>() / rows as f32;
        let spread = variance.sqrt().max(1e-9);
        for row in 0..rows {
            let cost = &mut costs[row * moments + moment];
            *cost = (mean - *cost) / spread;
        }
    }
    costs
}

/// Steps right (time passes) or right and down (the next token begins), or down (a token without time of its own).
fn path_starts(costs: &[f32], moments: usize) -> Vec<usize> {
    let rows = costs.len() / moments;
    let width = moments + 1;
    let mut total = vec![f32::INFINITY; (rows + 1) * width];
    // 0 both, 1 token, 2 time.
    let mut came = vec![2_u8; (rows + 1) * width];
    total[0] = 0.0;
    for row in 1..=rows {
        for moment in 1..=moments {
            let here = row * width + moment;
            let ways = [here - width - 1, here - width, here - 1];
            let way = (0..3)
                .min_by(|a, b| total[ways[*a]].total_cmp(&total[ways[*b]]))
                .unwrap_or(0);
            total[here] = total[ways[way]] + costs[(row - 1) * moments + moment - 1];
            came[here] = way as u8;
        }
    }
    let (mut row, mut moment) = (rows, moments);
    let mut starts = vec![0; rows];
    while row > 0 && moment > 0 {
        starts[row - 1] = moment - 1;
        match came[row * width + moment] {
            0 => (row, moment) = (row - 1, moment - 1),
            1 => row -= 1,
            _ => moment -= 1,
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_begin_where_they_are_looked_at() {
        let row = |from: usize, to: usize| {
            let mut row = vec![0.0; MOMENTS];
            row[from..to].fill(0.2);
            row
        };
        let attention = [row(5, 20), row(20, 26), row(40, 60)];
        let starts = starts(&attention, 80);
        assert!(starts[1].abs_diff(20) <= 1, "{starts:?}");
        assert!((26..=40).contains(&starts[2]), "{starts:?}");
        assert!(starts.is_sorted());
    }

    #[test]
    fn more_tokens_than_moments_and_none_are_no_trouble() {
        let attention = vec![vec![0.01; MOMENTS]; 9];
        assert_eq!(starts(&attention, 3).len(), 9);
        assert_eq!(starts(&attention, 0).len(), 9);
        assert!(starts(&[], 10).is_empty());
    }
}

//! A triangle of a moved mesh, in fixed point: to set up one of its rows takes a few products of whole numbers. Rows are
//! short, so that is most of the work.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the loops of `wide` is compiled for vectors that any machine has"
)]

use crate::geometry::Vec2;
use crate::raster::{FRACTION, ONE, fixed};
use crate::warp::Area;

/// Triangles overlap by this much (a hundredth of a pixel), so that no pixel falls between two of them.
const OVERLAP: i32 = ONE / 100;

/// A triangle, made ready for all bands of an area. Places are relative to the area.
#[derive(Debug)]
pub(crate) struct Piece {
    /// From the highest to the lowest.
    corners: [[i32; 2]; 3],
    /// How x changes with y: along the edge from the highest to the lowest, and along those above and below the corner between.
    slopes: [i64; 3],
    /// A corner, and its source.
    to: [i32; 2],
    from: [i32; 2],
    /// How the source moves for a step in x and in y.
    step: [[i32; 2]; 2],
    /// First and end of the rows that it may reach.
    pub(crate) top: usize,
    pub(crate) end: usize,
}

impl Piece {
    /// The triangle `to` of a frame shows the triangle `from` of the still.
    pub(crate) fn new(to: &[Vec2; 3], from: &[Vec2; 3], area: Area) -> Option<Self> {
        let (e1, e2) = (to[1] - to[0], to[2] - to[0]);
        let (s1, s2) = (from[1] - from[0], from[2] - from[0]);
        let doubled = doubled_area(to);
        if doubled.abs() < 1e-4 {
            return None;
        }
        let mut corners = to.map(|p| area.place(p));
        corners.sort_by_key(|p| p[1]);
        let [high, middle, low] = corners;
        let end = end_pixel(low[1]).min(area.height);
        let top = first_pixel(high[1]);
        let steps = [
            (s1 * e2.y - s2 * e1.y) * (1.0 / doubled),
            (s2 * e1.x - s1 * e2.x) * (1.0 / doubled),
        ];
        (top < end).then(|| Self {
            corners,
            slopes: [slope(high, low), slope(high, middle), slope(middle, low)],
            to: area.place(to[0]),
            from: area.place(from[0]),
            step: steps.map(|step| [fixed(step.x), fixed(step.y)]),
            top,
            end,
        })
    }

    /// The first and the end of the columns of a row whose middle lies in the triangle, and the source of the first one.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize, width: usize) -> (usize, usize, [i32; 2]) {
        let y = (row as i32) << FRACTION;
        let (low, high) = self.span(y);
        let (first, end) = (first_pixel(low), end_pixel(high).min(width));
        let dx = i64::from(((first as i32) << FRACTION).wrapping_sub(self.to[0]));
        let dy = i64::from(y.wrapping_sub(self.to[1]));
        let [across, down] = self.step;
        let source = |axis: usize| {
            let by = i64::from(across[axis]) * dx + i64::from(down[axis]) * dy;
            self.from[axis].wrapping_add((by >> FRACTION) as i32)
        };
        (first, end, [source(0), source(1)])
    }

    /// How the source moves from one column to the next.
    #[inline(always)]
    pub(crate) fn across(&self) -> [i32; 2] {
        self.step[0]
    }

    /// Where the line at `y` enters and leaves; beyond the corners, what it does at them.
    #[inline(always)]
    fn span(&self, y: i32) -> (i32, i32) {
        let [high, middle, low] = self.corners;
        let y = y.max(high[1]).min(low[1]);
        let along = |from: [i32; 2], slope: i64| {
            let by = (i64::from(y) - i64::from(from[1])).wrapping_mul(slope);
            from[0].wrapping_add((by >> FRACTION) as i32)
        };
        let whole = along(high, self.slopes[0]);
        let bent = if y < middle[1] {
            along(high, self.slopes[1])
        } else {
            along(middle, self.slopes[2])
        };
        (whole.min(bent), whole.max(bent))
    }
}

/// How x changes with y from one corner to a lower one; nothing along a level edge, whose ends are corners of others.
fn slope(from: [i32; 2], to: [i32; 2]) -> i64 {
    let wide = i64::from(to[0]) - i64::from(from[0]);
    let high = i64::from(to[1]) - i64::from(from[1]);
    (wide << FRACTION).checked_div(high).unwrap_or(0)
}

/// Twice a triangle's area, negative for one sense of turning.
pub(crate) fn doubled_area(corners: &[Vec2; 3]) -> f32 {
    let (a, b) = (corners[1] - corners[0], corners[2] - corners[0]);
    a.x * b.y - a.y * b.x
}

/// The first pixel whose middle lies behind an edge.
#[inline(always)]
fn first_pixel(edge: i32) -> usize {
    (edge.saturating_add(ONE - 1 - OVERLAP) >> FRACTION).max(0) as usize
}

/// The one after the last pixel whose middle lies before an edge.
#[inline(always)]
fn end_pixel(edge: i32) -> usize {
    ((edge.saturating_add(OVERLAP) >> FRACTION) + 1).max(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::vec2;

    const AREA: Area = Area {
        left: 10,
        top: 20,
        width: 60,
        height: 40,
    };

    /// Which pixels of the area lie in a triangle, and what they show.
    fn shown(to: [Vec2; 3], from: [Vec2; 3]) -> Vec<(usize, usize, [f32; 2])> {
        let Some(piece) = Piece::new(&to, &from, AREA) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        for row in piece.top..piece.end {
            let (first, end, source) = piece.row(row, AREA.width);
            for column in first..end {
                let at = [0, 1].map(|k| {
                    let place = source[k] + piece.across()[k] * (column - first) as i32;
                    place as f32 / ONE as f32
                });
                all.push((column, row, at));
            }
        }
        all
    }

    #[test]
    fn every_pixel_of_two_triangles_is_drawn_and_shows_its_place() {
        // A quadrangle in two parts, with level, steep and nearly level edges, that shows itself moved and stretched.
        let corners = [
            vec2(14.0, 24.0),
            vec2(60.3, 24.0),
            vec2(55.5, 50.7),
            vec2(12.2, 50.2),
        ];
        let moved = |p: Vec2| vec2(p.x * 0.9 + p.y * 0.1 + 3.0, p.y * 1.1 - 4.0);
        let mut drawn = vec![0; AREA.width * AREA.height];
        for t in [[0, 1, 2], [2, 3, 0]] {
            let to = t.map(|k| corners[k]);
            for (x, y, at) in shown(to, to.map(moved)) {
                drawn[y * AREA.width + x] += 1;
                let wanted = moved(vec2((x + AREA.left) as f32, (y + AREA.top) as f32));
                assert!((at[0] - (wanted.x - 10.0)).abs() < 0.01, "{x} {y} {at:?}");
                assert!((at[1] - (wanted.y - 20.0)).abs() < 0.01, "{x} {y} {at:?}");
            }
        }
        for (k, &times) in drawn.iter().enumerate() {
            let p = vec2((k % AREA.width + 10) as f32, (k / AREA.width + 20) as f32);
            let inside =
                (0..4).all(|k| doubled_area(&[corners[k], corners[(k + 1) % 4], p]) >= 0.0);
            assert_eq!(times > 0, inside, "{p:?}");
        }
    }

    #[test]
    fn what_lies_outside_and_what_has_no_area_is_left_out() {
        let beside = [vec2(-50.0, 0.0), vec2(5.0, 30.0), vec2(-50.0, 60.0)];
        assert_eq!(shown(beside, beside), []);
        let above = [vec2(10.0, 0.0), vec2(40.0, 0.0), vec2(20.0, 19.0)];
        assert_eq!(shown(above, above), []);
        let flat = [vec2(10.0, 30.0), vec2(40.0, 30.0), vec2(60.0, 30.0)];
        assert_eq!(shown(flat, flat), []);
        // Far beyond all pictures.
        let far = [vec2(-1e9, -1e9), vec2(1e9, 0.0), vec2(0.0, 1e9)];
        assert!(shown(far, far).iter().all(|(x, y, _)| *x < 60 && *y < 40));
    }
}

//! The light of a frame against that of the reference, where both show the same skin.

use crate::geometry::{Vec2, vec2};
use crate::warp::Area;

/// Samples of one plane of a picture at places that both show.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Upper triangle of the normal equations of `a + b x + c y`, row by row.
    normal: [f64; 6],
    right: [f64; 3],
}

/// How much a slope is held back, in samples at a distance of one: few samples give no slope.
const STIFF: f64 = 60.0;

/// No light differs by more than this within one piece of footage that was not cut.
const MOST: f32 = 60.0;

/// Side of a cell, in eye distances: light changes over more than that, pores and stubble over less.
const CELL: f32 = 0.09;

/// Samples that the plane counts for in a cell: a cell that hardly shows skin follows the plane.
const PLANE: f32 = 12.0;

/// No cell differs from the plane by more: what does is a fold or a shadow's edge, and no light.
const BEYOND: f32 = 22.0;

/// How often the cells between are relaxed.
const RELAXATIONS: usize = 40;

/// Cells to a side, at most.
const MOST_CELLS: usize = 64;

/// Collects by how much the frame differs from the reference where both show the same skin.
#[derive(Debug)]
pub(super) struct Matching {
    grid: Grid,
    planes: [Sums; 3],
    /// For each plane, sum and count of the differences in each cell.
    cells: [Vec<[f32; 2]>; 3],
}

/// What must be added to the reference to look like the frame: known where it fades, and spanned between like a skin over a
/// frame, so that no edge of light and no patch of colour is left (Pérez et al. 2003 for seamless cloning).
#[derive(Debug)]
pub(super) struct Shift {
    grid: Grid,
    cells: Vec<[f32; 3]>,
}

/// Cells over an area; each value is that of its cell's middle.
#[derive(Debug, Clone, Copy)]
struct Grid {
    corner: Vec2,
    side: f32,
    columns: usize,
    rows: usize,
    middle: Vec2,
    unit: f32,
}

impl Grid {
    fn new(area: Area, middle: Vec2, unit: f32) -> Self {
        let longest = area.width.max(area.height).max(1) as f32;
        let side = (CELL * unit).max(longest / MOST_CELLS as f32).max(2.0);
        let count = |pixels: usize| ((pixels as f32 / side).ceil() as usize).max(1);
        Self {
            corner: vec2(area.left as f32, area.top as f32),
            side,
            columns: count(area.width),
            rows: count(area.height),
            middle,
            unit: unit.max(1.0),
        }
    }

    fn cell(&self, p: Vec2) -> usize {
        let at = (p - self.corner) * (1.0 / self.side);
        let within = |v: f32, count: usize| (v.max(0.0) as usize).min(count - 1);
        within(at.y, self.rows) * self.columns + within(at.x, self.columns)
    }

    /// The middle of a cell from the mouth's, in eye distances.
    fn place(&self, cell: usize) -> Vec2 {
        let (column, row) = (cell % self.columns, cell / self.columns);
        let at = vec2(column as f32 + 0.5, row as f32 + 0.5) * self.side;
        (self.corner + at - self.middle) * (1.0 / self.unit)
    }

    /// A cell and its neighbours within the grid.
    fn about(&self, cell: usize) -> impl Iterator<Item = usize> + use<> {
        let (column, row) = (cell % self.columns, cell / self.columns);
        [
            (column > 0).then(|| cell - 1),
            (column + 1 < self.columns).then(|| cell + 1),
            (row > 0).then(|| cell - self.columns),
            (row + 1 < self.rows).then(|| cell + self.columns),
        ]
        .into_iter()
        .flatten()
    }
}

impl Matching {
    /// `middle` is the mouth's, `unit` the distance of the eyes.
    pub(super) fn new(area: Area, middle: Vec2, unit: f32) -> Self {
        let grid = Grid::new(area, middle, unit);
        let cells = vec![[0.0; 2]; grid.columns * grid.rows];
        Self {
            grid,
            planes: Default::default(),
            cells: [cells.clone(), cells.clone(), cells],
        }
    }

    /// Adds that the frame's value is higher by `by` at `p`.
    pub(super) fn add(&mut self, plane: usize, p: Vec2, by: f32) {
        let q = (p - self.grid.middle) * (1.0 / self.grid.unit);
        self.planes[plane].add(q.x, q.y, by);
        let [sum, count] = &mut self.cells[plane][self.grid.cell(p)];
        *sum += by;
        *count += 1.0;
    }

    pub(super) fn solve(&self) -> Shift {
        let planes = [0, 1, 2].map(|k| self.spanned(k));
        Shift {
            grid: self.grid,
            cells: (0..self.grid.columns * self.grid.rows)
                .map(|cell| [0, 1, 2].map(|k| planes[k][cell]))
                .collect(),
        }
    }

    /// One plane's cells: those with samples as these say, those between relaxed from the plane of light.
    fn spanned(&self, plane: usize) -> Vec<f32> {
        let flat = self.planes[plane].solve();
        let cells = &self.cells[plane];
        // A quarter of the pixels has chroma.
        let weight = if plane == 0 { PLANE } else { PLANE / 4.0 };
        let mut values: Vec<f32> = (0..cells.len())
            .map(|cell| {
                let q = self.grid.place(cell);
                let level = flat[0] as f32 + flat[1] as f32 * q.x + flat[2] as f32 * q.y;
                let level = level.clamp(-MOST, MOST);
                let [sum, count] = cells[cell];
                let own = (sum + level * weight) / (count + weight);
                own.clamp(level - BEYOND, level + BEYOND)
            })
            .collect();
        let between: Vec<usize> = (0..cells.len())
            .filter(|cell| cells[*cell][1] < 1.0)
            .collect();
        for _ in 0..RELAXATIONS {
            for &cell in &between {
                let (sum, count) = self
                    .grid
                    .about(cell)
                    .fold((0.0, 0.0_f32), |(sum, count), k| {
                        (sum + values[k], count + 1.0)
                    });
                values[cell] = sum / count.max(1.0);
            }
        }
        values
    }
}

impl Sums {
    fn add(&mut self, x: f32, y: f32, by: f32) {
        let (x, y, by) = (f64::from(x), f64::from(y), f64::from(by));
        let values = [1.0, x, y];
        let mut k = 0;
        for (row, value) in values.iter().enumerate() {
            for other in &values[row..] {
                self.normal[k] += value * other;
                k += 1;
            }
            self.right[row] += value * by;
        }
    }

    fn solve(&self) -> [f64; 3] {
        let [n00, n01, n02, n11, n12, n22] = self.normal;
        if n00 < 1.0 {
            return [0.0; 3];
        }
        let (n11, n22) = (n11 + STIFF, n22 + STIFF);
        let [r0, r1, r2] = self.right;
        let det = n00 * (n11 * n22 - n12 * n12) - n01 * (n01 * n22 - n12 * n02)
            + n02 * (n01 * n12 - n11 * n02);
        if det.abs() < 1e-9 {
            return [r0 / n00, 0.0, 0.0];
        }
        let of = |a: f64, b: f64, c: f64| (a * r0 + b * r1 + c * r2) / det;
        [
            of(
                n11 * n22 - n12 * n12,
                n02 * n12 - n01 * n22,
                n01 * n12 - n02 * n11,
            ),
            of(
                n02 * n12 - n01 * n22,
                n00 * n22 - n02 * n02,
                n01 * n02 - n00 * n12,
            ),
            of(
                n01 * n12 - n02 * n11,
                n01 * n02 - n00 * n12,
                n00 * n11 - n01 * n01,
            ),
        ]
    }
}

impl Shift {
    /// What to add to the reference's values at a place, between the middles of four cells.
    pub(super) fn at(&self, p: Vec2) -> [f32; 3] {
        let Grid {
            corner,
            side,
            columns,
            rows,
            ..
        } = self.grid;
        let at = (p - corner) * (1.0 / side) - vec2(0.5, 0.5);
        let split = |v: f32, count: usize| {
            let v = v.clamp(0.0, (count - 1) as f32);
            let low = (v as usize).min(count.saturating_sub(2));
            (low, (low + 1).min(count - 1), v - low as f32)
        };
        let (left, right, x) = split(at.x, columns);
        let (top, bottom, y) = split(at.y, rows);
        let cell = |column: usize, row: usize| self.cells[row * columns + column];
        std::array::from_fn(|k| {
            let row = |row: usize| {
                let (a, b) = (cell(left, row)[k], cell(right, row)[k]);
                a + (b - a) * x
            };
            let (above, below) = (row(top), row(bottom));
            above + (below - above) * y
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area {
        left: 100,
        top: 60,
        width: 200,
        height: 160,
    };
    const MIDDLE: Vec2 = vec2(200.0, 140.0);

    /// What is found of `light` when only a ring about the mouth shows it.
    fn found(light: impl Fn(Vec2) -> [f32; 3]) -> Shift {
        let mut matching = Matching::new(AREA, MIDDLE, 100.0);
        for y in AREA.top..AREA.top + AREA.height {
            for x in AREA.left..AREA.left + AREA.width {
                let p = vec2(x as f32, y as f32);
                if (60.0..78.0).contains(&(p - MIDDLE).length()) {
                    for (plane, by) in light(p).into_iter().enumerate() {
                        matching.add(plane, p, by);
                    }
                }
            }
        }
        matching.solve()
    }

    #[test]
    fn a_plane_of_light_is_found() {
        let light = |p: Vec2| [5.0 + 0.03 * (p.x - 200.0), 0.0, -4.0];
        let shift = found(light);
        for p in [MIDDLE, vec2(240.0, 150.0), vec2(170.0, 180.0)] {
            let (got, wanted) = (shift.at(p), light(p));
            for (got, wanted) in got.into_iter().zip(wanted) {
                assert!((got - wanted).abs() < 0.7, "{p:?}: {got} {wanted}");
            }
        }
    }

    #[test]
    fn a_shadow_on_one_side_stays_there_and_fades_inwards() {
        let light = |p: Vec2| [if p.x < 140.0 { -15.0 } else { 0.0 }, 0.0, 0.0];
        let shift = found(light);
        let [edge, middle, far] = [132.0, 200.0, 268.0].map(|x| shift.at(vec2(x, 140.0))[0]);
        assert!(edge < -11.0 && far > -3.0, "{edge} {far}");
        assert!((-8.0..-0.5).contains(&middle), "{middle}");
    }

    #[test]
    fn without_samples_nothing_is_added() {
        let added = Matching::new(AREA, MIDDLE, 100.0).solve().at(MIDDLE);
        assert!(added.iter().all(|by| by.abs() < 1e-6), "{added:?}");
    }
}

//! Catmull-Clark refinement as a linear map, so that places and movements are refined alike.

use std::collections::HashMap;

use crate::vector::V3;

/// A refined mesh: every new vertex is a weighted sum of old ones.
#[derive(Debug, Clone)]
pub(crate) struct Refined {
    pub faces: Vec<[u32; 4]>,
    /// The face of the unrefined mesh that each face lies in.
    pub origin: Vec<u32>,
    /// Weights of old vertices by new vertex.
    stencils: Vec<Vec<(u32, f32)>>,
}

/// How often the mesh is refined.
const LEVELS: usize = 2;

/// Of the finest edge: how far it may bend and still be left straight.
const FLAT: f32 = 0.02;

impl Refined {
    /// Refines all faces.
    pub(crate) fn new(vertices: usize, faces: &[[u32; 4]]) -> Self {
        let mut refined = Self {
            faces: faces.to_vec(),
            origin: (0..faces.len() as u32).collect(),
            stencils: (0..vertices as u32).map(|k| vec![(k, 1.0)]).collect(),
        };
        for _ in 0..LEVELS {
            refined = refined.once();
        }
        refined
    }

    pub(crate) fn len(&self) -> usize {
        self.stencils.len()
    }

    pub(crate) fn apply(&self, old: &[V3]) -> Vec<V3> {
        let sum = |stencil: &Vec<(u32, f32)>| {
            stencil
                .iter()
                .fold(V3::ZERO, |sum, &(k, w)| sum + old[k as usize] * w)
        };
        self.stencils.iter().map(sum).collect()
    }

    /// Faces of the mesh, refined only as far as their edges are longer than `finest`, and the faces they were made of.
    /// Where coarse ones meet fine ones they do not meet exactly, by much less than `finest`.
    ///
    /// Faces that are bent by more than a share of that stay refined.
    pub(crate) fn joined(&self, posed: &[Vec<V3>], finest: f32) -> Vec<([u32; 4], u32)> {
        let mut faces = Vec::new();
        let still = &posed[0];
        let longest = |face: &[u32; 4]| {
            let edge = |k: usize| {
                let ends = [face[k], face[(k + 1) % 4]].map(|k| still[k as usize]);
                (ends[1] - ends[0]).length()
            };
            (0..4).map(edge).fold(0.0, f32::max)
        };
        // How far the middles of edges lie from where they are without refinement.
        let flat = finest * FLAT;
        let bent = |face: &[u32; 4], halves: &[u32; 4]| {
            let edge = |places: &Vec<V3>, k: usize| {
                let ends = [face[k], face[(k + 1) % 4]].map(|k| places[k as usize]);
                (ends[0].mix(ends[1], 0.5) - places[halves[k] as usize]).length()
            };
            let edges = posed.iter().flat_map(|p| (0..4).map(move |k| edge(p, k)));
            edges.fold(0.0, f32::max)
        };
        // Each refinement has put four faces in a row for one, which begin with its corners.
        for (group, origin) in self
            .faces
            .chunks_exact(4 * 4)
            .zip(self.origin.iter().step_by(4 * 4))
        {
            let outer = [0, 4, 8, 12].map(|k| group[k][0]);
            let halves = [1, 5, 9, 13].map(|k| group[k][0]);
            if longest(&outer) < finest && bent(&outer, &halves) < flat {
                faces.push((outer, *origin));
                continue;
            }
            for quarter in group.chunks_exact(4) {
                let inner = [0, 1, 2, 3].map(|k| quarter[k][0]);
                let halves = [0, 1, 2, 3].map(|k| quarter[k][1]);
                let parts = if longest(&inner) < finest && bent(&inner, &halves) < flat {
                    &[inner][..]
                } else {
                    quarter
                };
                faces.extend(parts.iter().map(|face| (*face, *origin)));
            }
        }
        faces
    }

    fn once(&self) -> Self {
        let mut maker = Maker {
            old: &self.stencils,
            new: Vec::new(),
        };
        let count = self.stencils.len();
        let mut edges: HashMap<(u32, u32), Edge> = HashMap::new();
        let mut vertex_faces = vec![Vec::new(); count];
        let mut face_points = Vec::with_capacity(self.faces.len());
        for (index, face) in self.faces.iter().enumerate() {
            let point = maker.mean(face.map(|k| (k, 0.25)).to_vec());
            face_points.push(point);
            for k in 0..4 {
                let (a, b) = (face[k], face[(k + 1) % 4]);
                let edge = edges.entry((a.min(b), a.max(b))).or_default();
                edge.faces.push(index);
                vertex_faces[a as usize].push(index);
            }
        }
        // In order of the mesh, not of the hash map: equal inputs give equal meshes.
        let mut keys: Vec<(u32, u32)> = edges.keys().copied().collect();
        keys.sort_unstable();
        let mut vertex_edges = vec![Vec::new(); count];
        for key in &keys {
            let faces: Vec<u32> = edges[key].faces.iter().map(|&f| face_points[f]).collect();
            let inner = faces.len() == 2;
            let point = maker.edge([key.0, key.1], if inner { &faces } else { &[] });
            if let Some(edge) = edges.get_mut(key) {
                edge.point = point;
            }
            vertex_edges[key.0 as usize].push((key.1, inner));
            vertex_edges[key.1 as usize].push((key.0, inner));
        }
        let vertices: Vec<u32> = (0..count)
            .map(|k| {
                let faces: Vec<u32> = vertex_faces[k].iter().map(|&f| face_points[f]).collect();
                maker.vertex(k as u32, &vertex_edges[k], &faces)
            })
            .collect();
        let mut faces = Vec::with_capacity(self.faces.len() * 4);
        let mut origin = Vec::with_capacity(self.faces.len() * 4);
        for (index, face) in self.faces.iter().enumerate() {
            let edge = |a: u32, b: u32| edges[&(a.min(b), a.max(b))].point;
            for k in 0..4 {
                let (before, at, after) = (face[(k + 3) % 4], face[k], face[(k + 1) % 4]);
                faces.push([
                    vertices[at as usize],
                    edge(at, after),
                    face_points[index],
                    edge(before, at),
                ]);
                origin.push(self.origin[index]);
            }
        }
        Self {
            faces,
            origin,
            stencils: maker.new,
        }
    }
}

#[derive(Debug, Default)]
struct Edge {
    faces: Vec<usize>,
    point: u32,
}

struct Maker<'a> {
    old: &'a [Vec<(u32, f32)>],
    new: Vec<Vec<(u32, f32)>>,
}

impl Maker<'_> {
    fn push(&mut self, terms: impl IntoIterator<Item = (u32, f32)>) -> u32 {
        let mut stencil: Vec<(u32, f32)> = terms.into_iter().collect();
        stencil.sort_unstable_by_key(|&(k, _)| k);
        stencil.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        self.new.push(stencil);
        self.new.len() as u32 - 1
    }

    fn of_old(&self, k: u32, weight: f32) -> Vec<(u32, f32)> {
        self.old[k as usize]
            .iter()
            .map(|&(k, w)| (k, w * weight))
            .collect()
    }

    fn of_new(&self, k: u32, weight: f32) -> Vec<(u32, f32)> {
        self.new[k as usize]
            .iter()
            .map(|&(k, w)| (k, w * weight))
            .collect()
    }

    fn mean(&mut self, old: Vec<(u32, f32)>) -> u32 {
        let terms: Vec<_> = old
            .into_iter()
            .flat_map(|(k, w)| self.of_old(k, w))
            .collect();
        self.push(terms)
    }

    /// Middle of an edge, and of its faces' points unless it is the mesh's border.
    fn edge(&mut self, ends: [u32; 2], faces: &[u32]) -> u32 {
        let weight = if faces.is_empty() { 0.5 } else { 0.25 };
        let mut terms = Vec::new();
        for end in ends {
            terms.extend(self.of_old(end, weight));
        }
        for &face in faces {
            terms.extend(self.of_new(face, 0.25));
        }
        self.push(terms)
    }

    fn vertex(&mut self, at: u32, edges: &[(u32, bool)], faces: &[u32]) -> u32 {
        let border: Vec<u32> = edges
            .iter()
            .filter(|(_, inner)| !inner)
            .map(|(k, _)| *k)
            .collect();
        if faces.is_empty() || !border.is_empty() {
            let mut terms = self.of_old(at, if border.is_empty() { 1.0 } else { 0.75 });
            for &k in &border {
                terms.extend(self.of_old(k, 0.25 / border.len() as f32));
            }
            return self.push(terms);
        }
        let n = faces.len() as f32;
        let mut terms = self.of_old(at, (n - 3.0) / n + 1.0 / n);
        for &(k, _) in edges {
            terms.extend(self.of_old(k, 1.0 / (n * n)));
        }
        for &face in faces {
            terms.extend(self.of_new(face, 1.0 / (n * n)));
        }
        self.push(terms)
    }
}

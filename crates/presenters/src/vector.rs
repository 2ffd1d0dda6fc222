//! Three numbers: places, directions and linear colours.

use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// A place or direction (x to the picture's right, y up, z towards the camera), or a linear colour (red, green, blue).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct V3 {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

pub(crate) const fn v3(x: f32, y: f32, z: f32) -> V3 {
    V3 { x, y, z }
}

impl V3 {
    pub(crate) const ZERO: Self = v3(0.0, 0.0, 0.0);

    pub(crate) fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub(crate) fn cross(self, o: Self) -> Self {
        v3(
            self.y * o.z - self.z * o.y,
            self.z * o.x - self.x * o.z,
            self.x * o.y - self.y * o.x,
        )
    }

    pub(crate) fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// Of length one; nothing stays nothing.
    pub(crate) fn unit(self) -> Self {
        self * (1.0 / self.length().max(1e-9))
    }

    /// Component by component: a colour seen through another.
    pub(crate) fn times(self, o: Self) -> Self {
        v3(self.x * o.x, self.y * o.y, self.z * o.z)
    }

    pub(crate) fn mix(self, o: Self, share: f32) -> Self {
        self + (o - self) * share
    }

    pub(crate) fn mean(self) -> f32 {
        (self.x + self.y + self.z) / 3.0
    }

    pub(crate) fn to_array(self) -> [f32; 3] {
        [self.x, self.y, self.z]
    }

    /// Turned about the x axis (positive looks down), then the y axis (positive looks right), then the z axis.
    pub(crate) fn turned(self, [pitch, yaw, roll]: [f32; 3]) -> Self {
        let (s, c) = pitch.sin_cos();
        let p = v3(self.x, self.y * c - self.z * s, self.y * s + self.z * c);
        let (s, c) = yaw.sin_cos();
        let p = v3(p.x * c + p.z * s, p.y, p.z * c - p.x * s);
        let (s, c) = roll.sin_cos();
        v3(p.x * c + p.y * s, p.y * c - p.x * s, p.z)
    }
}

impl From<[f32; 3]> for V3 {
    fn from([x, y, z]: [f32; 3]) -> Self {
        v3(x, y, z)
    }
}

impl Add for V3 {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        v3(self.x + o.x, self.y + o.y, self.z + o.z)
    }
}

impl AddAssign for V3 {
    fn add_assign(&mut self, o: Self) {
        *self = *self + o;
    }
}

impl Sub for V3 {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        v3(self.x - o.x, self.y - o.y, self.z - o.z)
    }
}

impl Neg for V3 {
    type Output = Self;
    fn neg(self) -> Self {
        v3(-self.x, -self.y, -self.z)
    }
}

impl Mul<f32> for V3 {
    type Output = Self;
    fn mul(self, k: f32) -> Self {
        v3(self.x * k, self.y * k, self.z * k)
    }
}

/// 0 below `from`, 1 above `to`, smooth between; the bounds may fall.
pub(crate) fn smooth(from: f32, to: f32, value: f32) -> f32 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// A bell of height one: `x` in spreads.
pub(crate) fn bell(x: f32) -> f32 {
    (-x * x).exp()
}

pub(crate) fn lerp(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}

/// Repeatable random numbers: `SplitMix64`.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to below 1.
    pub(crate) fn share(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1_u64 << 24) as f32
    }

    pub(crate) fn between(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * self.share()
    }

    /// About zero, spread one (the sum of four, enough for looks).
    pub(crate) fn normal(&mut self) -> f32 {
        (self.share() + self.share() + self.share() + self.share() - 2.0) * 1.73
    }
}

fn lattice(x: i32, y: i32, z: i32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x8da6_b343)
        ^ (y as u32).wrapping_mul(0xd816_3841)
        ^ (z as u32).wrapping_mul(0xcb1a_b31f);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^= h >> 15;
    (h >> 8) as f32 / 8_388_608.0 - 1.0
}

/// Smooth noise in space, -1 to 1, features of size one.
pub(crate) fn noise(p: V3) -> f32 {
    let floor = [p.x.floor(), p.y.floor(), p.z.floor()];
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let [fx, fy, fz] = [
        ease(p.x - floor[0]),
        ease(p.y - floor[1]),
        ease(p.z - floor[2]),
    ];
    let [x, y, z] = floor.map(|v| v as i32);
    let along = |y: i32, z: i32| lerp(lattice(x, y, z), lattice(x + 1, y, z), fx);
    let plane = |z: i32| lerp(along(y, z), along(y + 1, z), fy);
    lerp(plane(z), plane(z + 1), fz)
}

/// Noise with ever finer parts.
pub(crate) fn clouds(p: V3, octaves: u32) -> f32 {
    let (mut sum, mut gain, mut p) = (0.0, 0.5, p);
    for _ in 0..octaves {
        sum += noise(p) * gain;
        gain *= 0.5;
        p = p * 2.03 + v3(13.7, 7.1, 3.3);
    }
    sum
}

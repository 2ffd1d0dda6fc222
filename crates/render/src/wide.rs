//! The widest vectors that a machine has, for loops that the compiler makes vectors of by itself.

#![expect(
    clippy::inline_always,
    reason = "the loops have to be inlined into the functions that are compiled for wide vectors"
)]

use rten_simd::{Isa, SimdOp};

/// Runs `loops` as they are compiled for this machine's vectors; the program itself is compiled for those that any
/// machine has. What is to gain from it has to be inlined into the closure. Results do not depend on the machine:
/// the compiler neither fuses nor reorders operations on floats.
#[inline]
pub(crate) fn wide<R>(loops: impl FnOnce() -> R) -> R {
    Loops(loops).dispatch()
}

struct Loops<F>(F);

impl<R, F: FnOnce() -> R> SimdOp for Loops<F> {
    type Output = R;

    #[inline(always)]
    fn eval<I: Isa>(self, _isa: I) -> R {
        (self.0)()
    }
}

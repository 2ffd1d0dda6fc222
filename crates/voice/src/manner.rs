//! How a word is spoken beyond its sounds: faster, higher, louder.

/// Bounds of all the changes of pace that apply to one word.
const RATES: (f32, f32) = (0.4, 2.5);

/// Change against the voice's own way, word by word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Manner {
    /// Factor of the pace.
    pub(crate) rate: f32,
    /// Semitones of the pitch.
    pub(crate) pitch_st: f32,
    /// Decibels of the volume.
    pub(crate) gain_db: f32,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            rate: 1.0,
            pitch_st: 0.0,
            gain_db: 0.0,
        }
    }
}

impl Manner {
    /// This manner and, within it, another.
    pub(crate) fn with(self, inner: Self) -> Self {
        Self {
            rate: (self.rate * inner.rate).clamp(RATES.0, RATES.1),
            pitch_st: self.pitch_st + inner.pitch_st,
            gain_db: (self.gain_db + inner.gain_db).clamp(-96.0, 12.0),
        }
    }
}

/// What an engine is asked for besides the tokens: the pace of all, and the changes for each token, pads included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Delivery {
    /// Pace of the whole run.
    pub(crate) speed: f32,
    /// Factor of the pace of each token.
    pub(crate) rates: Vec<f32>,
    /// Semitones of each token.
    pub(crate) pitches_st: Vec<f32>,
}

impl Delivery {
    /// Whether some token has a pace of its own.
    pub(crate) fn is_paced(&self) -> bool {
        self.rates.iter().any(|rate| (rate - 1.0).abs() > 1e-3)
    }

    /// Whether the pitch changes anywhere.
    pub(crate) fn is_pitched(&self) -> bool {
        self.pitches_st.iter().any(|pitch| pitch.abs() > 1e-3)
    }

    /// Durations with each token's own pace, in whole frames as the networks want them.
    pub(crate) fn paced(&self, durations: &[f32]) -> Vec<f32> {
        durations
            .iter()
            .zip(&self.rates)
            .map(|(frames, rate)| (frames / rate).round().max(1.0))
            .collect()
    }

    /// Factor of the pitch in each of `count` steps, `per_frame` of which make a frame of the durations, which lag
    /// behind the sound by `lag_steps`. Neighbouring steps are averaged, so that the pitch glides.
    pub(crate) fn pitch_factors(
        &self,
        durations: &[f32],
        per_frame: usize,
        lag_steps: usize,
        count: usize,
    ) -> Vec<f32> {
        let mut steps: Vec<f32> = Vec::with_capacity(count + lag_steps);
        for (frames, pitch) in durations.iter().zip(&self.pitches_st) {
            let length = frames.max(0.0) as usize * per_frame;
            steps.extend(std::iter::repeat_n(*pitch, length));
        }
        let at = |step: isize| {
            let step = (step + lag_steps.cast_signed()).max(0).cast_unsigned();
            steps.get(step).or(steps.last()).copied().unwrap_or(0.0)
        };
        (0..count.cast_signed())
            .map(|step| {
                let glide: f32 = (step - 2..=step + 2).map(at).sum::<f32>() / 5.0;
                (glide / 12.0).exp2()
            })
            .collect()
    }
}

/// Pitch that no voice is moved below or above, in hertz, whatever was asked for.
const PITCHES_HZ: (f32, f32) = (50.0, 1000.0);

/// A pitch multiplied by `factor` and kept where a voice can be; silence (near 0) stays.
pub(crate) fn moved(pitch_hz: f32, factor: f32) -> f32 {
    if pitch_hz < 20.0 {
        return pitch_hz;
    }
    let (low, high) = (PITCHES_HZ.0.min(pitch_hz), PITCHES_HZ.1.max(pitch_hz));
    (pitch_hz * factor).clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_manners_add_to_outer_ones() {
        let slow = Manner {
            rate: 0.5,
            pitch_st: 2.0,
            gain_db: -3.0,
        };
        let both = slow.with(slow);
        assert_eq!((both.rate, both.pitch_st, both.gain_db), (0.4, 4.0, -6.0));
    }

    #[test]
    fn tokens_are_paced_and_pitched_where_they_sound() {
        let delivery = Delivery {
            speed: 1.0,
            rates: vec![1.0, 0.5, 1.0],
            pitches_st: vec![0.0, 12.0, 0.0],
        };
        assert_eq!(delivery.paced(&[4.0, 10.0, 4.0]), [4.0, 20.0, 4.0]);
        let factors = delivery.pitch_factors(&[10.0, 10.0, 10.0], 2, 5, 60);
        assert!((factors[5] - 1.0).abs() < 1e-6 && (factors[45] - 1.0).abs() < 1e-6);
        assert!((factors[25] - 2.0).abs() < 1e-6);
        assert!(
            factors[15] > 1.2 && factors[15] < 1.8,
            "a glide: {}",
            factors[15]
        );
    }

    #[test]
    fn pitch_stays_within_a_voice() {
        let is =
            |pitch: f32, factor: f32, hz: f32| assert!((moved(pitch, factor) - hz).abs() < 1e-3);
        is(0.0, 2.0, 0.0);
        is(200.0, 2.0, 400.0);
        is(200.0, 16.0, 1000.0);
        is(200.0, 0.06, 50.0);
    }
}

//! How long to wait for another key before a model is asked.
//!
//! A generation that agrees with what is typed is kept, so asking early costs little and waiting costs a
//! suggestion. Only when the model keeps being contradicted before it could answer, each key ends one
//! generation and starts another: then the wait grows, up to a part of the user's own rhythm.

use crate::config::settings::Debounce;
use std::time::{Duration, Instant};

/// The first wait after a generation was thrown away.
const FIRST: Duration = Duration::from_millis(30);
/// The longest wait.
const LONGEST: Duration = Duration::from_millis(160);
/// Keys farther apart than this are no rhythm but a pause.
const PAUSE: Duration = Duration::from_millis(1000);

/// What is known of the user's typing.
#[derive(Debug, Default)]
pub struct Rhythm {
    last: Option<Instant>,
    /// The mean time between two keys, smoothed over about eight.
    interval: Option<Duration>,
    wasted: u32,
}

impl Rhythm {
    /// A request came in.
    pub fn key(&mut self, now: Instant) {
        if let Some(last) = self.last {
            let gap = now.saturating_duration_since(last);
            if gap < PAUSE {
                let mean = self.interval.unwrap_or(gap);
                self.interval = Some((mean * 7 + gap) / 8);
            }
        }
        self.last = Some(now);
    }

    /// A generation was contradicted before anything of it could be shown.
    pub fn wasted(&mut self) {
        self.wasted = (self.wasted + 1).min(8);
    }

    /// A generation could be shown.
    pub fn useful(&mut self) {
        self.wasted = 0;
    }

    /// How long to wait now.
    pub fn delay(&self, setting: Debounce) -> Duration {
        match setting {
            Debounce::Fixed(it) => it,
            Debounce::Auto if self.wasted == 0 => Duration::ZERO,
            Debounce::Auto => {
                let grown = FIRST * 2u32.pow(self.wasted - 1);
                // A wait longer than the gap between two keys would never end while the user types.
                let rhythm = self.interval.map_or(LONGEST, |it| it * 3 / 4);
                grown.min(rhythm.max(FIRST)).min(LONGEST)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_waited_for_while_generations_are_of_use() {
        let mut rhythm = Rhythm::default();
        assert_eq!(rhythm.delay(Debounce::Auto), Duration::ZERO);
        rhythm.wasted();
        rhythm.useful();
        assert_eq!(rhythm.delay(Debounce::Auto), Duration::ZERO);
    }

    #[test]
    fn the_wait_grows_with_each_wasted_generation_within_the_users_rhythm() {
        let mut rhythm = Rhythm::default();
        let start = Instant::now();
        for n in 0..20 {
            rhythm.key(start + Duration::from_millis(80) * n);
        }
        let mut waits = Vec::new();
        for _ in 0..5 {
            rhythm.wasted();
            waits.push(rhythm.delay(Debounce::Auto).as_millis());
        }
        assert_eq!(waits, [30, 60, 60, 60, 60]);
    }

    #[test]
    fn a_configured_wait_is_kept_to() {
        let fixed = Debounce::Fixed(Duration::from_millis(75));
        assert_eq!(Rhythm::default().delay(fixed), Duration::from_millis(75));
    }
}

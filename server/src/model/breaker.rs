//! The circuit breaker: after a failure of the server itself, calls fail at once for a while instead of failing slowly.

use std::time::{Duration, Instant};

use super::Error;

/// Remembers the last failure for a growing time; any success forgets it.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    open: Option<(Instant, Error)>,
}

impl Breaker {
    /// How long calls fail at once after the first failure; doubles with each further one.
    const FIRST: Duration = Duration::from_secs(1);
    /// And at most: a server that comes back is noticed within this time.
    const LONGEST: Duration = Duration::from_secs(30);

    /// The remembered failure, while it counts.
    pub(super) fn check(&self, now: Instant) -> Option<&Error> {
        self.open
            .as_ref()
            .filter(|(until, _)| now < *until)
            .map(|(_, error)| error)
    }

    /// Takes a failure. While a model loads or the server is busy the time doesn't grow: both end by themselves soon.
    pub(super) fn fail(&mut self, error: &Error, now: Instant) {
        if !error.is_of_server() {
            return;
        }
        let passing = matches!(error, Error::Loading { .. } | Error::Busy { .. });
        self.failures = if passing {
            1
        } else {
            self.failures.saturating_add(1)
        };
        let pause = Self::FIRST
            .saturating_mul(1 << (self.failures - 1).min(10))
            .min(Self::LONGEST);
        self.open = Some((now + pause, error.clone()));
    }

    /// Takes a success.
    pub(super) fn succeed(&mut self) {
        *self = Breaker::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Error {
        Error::Unreachable {
            url: "u".to_owned(),
            cause: "c".to_owned(),
        }
    }

    #[test]
    fn the_pause_doubles_up_to_half_a_minute_and_a_success_ends_it() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        assert_eq!(breaker.check(start), None);
        let mut pauses = Vec::new();
        for _ in 0..7 {
            breaker.fail(&failure(), start);
            pauses.push(
                (1..=31)
                    .find(|s| breaker.check(start + Duration::from_secs(*s)).is_none())
                    .unwrap(),
            );
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        breaker.succeed();
        assert_eq!(breaker.check(start), None);
        breaker.fail(&failure(), start);
        assert!(breaker.check(start + Duration::from_millis(999)).is_some());
        assert!(breaker.check(start + Duration::from_millis(1000)).is_none());
    }

    #[test]
    fn a_model_that_loads_is_asked_again_each_second() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            breaker.fail(
                &Error::Loading {
                    url: "u".to_owned(),
                },
                start,
            );
        }
        assert_eq!(breaker.check(start + Duration::from_secs(1)), None);
    }

    #[test]
    fn a_failure_that_says_nothing_about_the_next_request_does_not_count() {
        let start = Instant::now();
        let mut breaker = Breaker::default();
        breaker.fail(
            &Error::TooLong {
                url: "u".to_owned(),
                prompt_tokens: None,
                context_tokens: None,
            },
            start,
        );
        assert_eq!(breaker.check(start), None);
    }
}

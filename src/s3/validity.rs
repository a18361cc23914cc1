use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// When a URL is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The signature's date.
    pub signed_at: Timestamp,
    /// Counted from the signature's date.
    pub expires_in: ExpiresIn,
}

/// The default life of a URL, in seconds.
const DEFAULT_SECONDS: u32 = 300;

impl Validity {
    /// From now on, for the requested time, but no longer than `most`.
    pub fn from_now(now: Timestamp, asked: Option<ExpiresIn>, most: ExpiresIn) -> Self {
        Self { signed_at: now, expires_in: asked.unwrap_or_else(default).min(most) }
    }

    /// The same for every moment of a window, so that the same request gives the same URL and a browser's cache
    /// recognises it.
    ///
    /// The window is as long as the requested life, `E` seconds, and the URL lives for two windows. So at any moment of
    /// the window it still has at least `E` left.
    ///
    /// ```text
    ///          0          E         2E         3E
    /// asked at |--x----x--|--x------|
    /// URL 1    signed =========== expires            for both moments of the first window
    /// URL 2               signed =========== expires for that of the second
    /// ```
    ///
    /// If two windows are longer than `most`, the window is the largest power of two that fits twice: near a session's
    /// end `most` shrinks with every second, and the window must not.
    pub fn in_window(now: Timestamp, asked: Option<ExpiresIn>, most: ExpiresIn) -> Self {
        let asked_for = asked.unwrap_or_else(default).seconds();
        let half = most.seconds() / 2;
        let window = match half.checked_ilog2() {
            _ if asked_for <= half => asked_for,
            Some(exponent) => 1 << exponent,
            // A single second can't be halved.
            None => return Self::from_now(now, asked, most),
        };
        let Ok(expires_in) = ExpiresIn::from_seconds(u64::from(window) * 2) else {
            return Self::from_now(now, asked, most);
        };
        let into_window = now.unix_seconds() % u64::from(window);
        let signed_at = Timestamp::from_unix_seconds(now.unix_seconds() - into_window);
        Self { signed_at, expires_in }
    }

    /// When the store begins to refuse the URL.
    pub const fn expires_at(&self) -> Timestamp {
        self.signed_at.plus(self.expires_in.seconds() as u64)
    }

    /// For how many seconds from `now` the window still gives the same URL.
    pub fn stable_for(&self, now: Timestamp) -> u64 {
        let window = u64::from(self.expires_in.seconds() / 2);
        now.seconds_until(self.signed_at.plus(window))
    }
}

fn default() -> ExpiresIn {
    ExpiresIn::from_seconds(u64::from(DEFAULT_SECONDS)).unwrap_or(ExpiresIn::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    fn seconds(seconds: u64) -> ExpiresIn {
        ExpiresIn::from_seconds(seconds).unwrap()
    }

    #[test]
    fn a_url_lives_as_long_as_the_least_of_what_is_asked_and_allowed() {
        for (asked, most, expected) in [
            (None, 1000, 300),
            (None, 60, 60),
            (Some(60), 1000, 60),
            (Some(604_800), 1000, 1000),
            (Some(604_800), 604_800, 604_800),
            (None, 1, 1),
        ] {
            let validity = Validity::from_now(at(5), asked.map(seconds), seconds(most));
            assert_eq!(validity.signed_at, at(5));
            assert_eq!(validity.expires_in, seconds(expected), "{asked:?} {most}");
        }
    }

    #[test]
    fn within_a_window_it_is_the_same_and_has_at_least_what_was_asked_for_left() {
        for (asked, most) in [(300, 604_800), (7, 604_800), (604_800, 604_800), (300, 100), (1, 2)]
        {
            for now in (1_767_225_600..1_767_227_000).step_by(13) {
                let validity = Validity::in_window(at(now), Some(seconds(asked)), seconds(most));
                let left = at(now).seconds_until(validity.expires_at());
                let promised = if asked <= most / 2 { asked } else { most / 4 };
                assert!(left >= promised && left <= most, "{asked} {most} {now}: {left}");
                let stable = validity.stable_for(at(now));
                assert!(stable >= 1);
                let last = at(now + stable - 1);
                assert_eq!(
                    Validity::in_window(last, Some(seconds(asked)), seconds(most)),
                    validity
                );
                let next = at(now + stable);
                assert_ne!(
                    Validity::in_window(next, Some(seconds(asked)), seconds(most)),
                    validity
                );
            }
        }
        // A session with less time left every second still gives the same URL.
        let first = Validity::in_window(at(6400), Some(seconds(300)), seconds(200));
        let later = Validity::in_window(at(6463), Some(seconds(300)), seconds(137));
        assert_eq!((first, first.expires_in), (later, seconds(128)));
        assert_eq!(
            Validity::in_window(at(9), None, seconds(1)),
            Validity { signed_at: at(9), expires_in: seconds(1) }
        );
    }
}

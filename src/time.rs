//! Time as a value: seconds since 1970, and its two forms on the wire.
//!
//! Nothing in this crate reads a clock except `src/edge` and `src/cli`; `clippy.toml` enforces that.

use std::fmt;

use serde::{Serialize, Serializer};

const SECONDS_A_DAY: u64 = 86_400;
/// 9999-12-31T23:59:59Z, the last second that four digits of a year can write.
const LAST: u64 = 253_402_300_799;

/// A moment, in whole seconds since 1970-01-01T00:00:00Z; 9999-12-31T23:59:59Z at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// A moment from Unix seconds; moments after the year 9999 become its last second.
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(if seconds > LAST { LAST } else { seconds })
    }

    /// Unix seconds.
    pub const fn unix_seconds(self) -> u64 {
        self.0
    }

    /// Days since 1970-01-01.
    pub const fn day(self) -> u64 {
        self.0 / SECONDS_A_DAY
    }

    /// This moment, `seconds` later.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self::from_unix_seconds(self.0.saturating_add(seconds))
    }

    /// Seconds from `self` to `later`; 0 if `later` isn't later.
    pub const fn seconds_until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }

    /// Reads `YYYYMMDDTHHMMSSZ`, the form of `X-Amz-Date`. `None` if the text has another form or names no real moment.
    pub fn parse_amz(text: &str) -> Option<Self> {
        let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
        if bytes[8] != b'T' || bytes[15] != b'Z' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            bytes[range].iter().try_fold(0_u32, |sum, byte| {
                byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0'))
            })
        };
        let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
        let (hour, minute, second) = (number(9..11)?, number(11..13)?, number(13..15)?);
        if year < 1970 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_from_civil(year, month, day)?;
        let second_of_day = hour * 3600 + minute * 60 + second;
        Some(Self(u64::from(days) * SECONDS_A_DAY + u64::from(second_of_day)))
    }

    /// Reads RFC 3339 in UTC, in whole seconds: `2026-01-15T12:34:56Z`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let separators: Vec<(usize, char)> =
            text.char_indices().filter(|(_, c)| matches!(c, '-' | ':')).collect();
        if separators != [(4, '-'), (7, '-'), (13, ':'), (16, ':')] {
            return None;
        }
        Self::parse_amz(&text.replace(['-', ':'], ""))
    }

    /// Reads an HTTP date (RFC 9110 §5.6.7): `Thu, 15 Jan 2026 12:34:56 GMT`. The day of the week is ignored.
    pub fn parse_http(text: &str) -> Option<Self> {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let (_, date) = text.split_once(", ")?;
        let parts: Vec<&str> = date.split(' ').collect();
        let &[day, month, year, time, "GMT"] = parts.as_slice() else { return None };
        let at = MONTHS.find(month).filter(|at| at % 3 == 0 && month.len() == 3)?;
        Self::parse_amz(&format!("{year}{:02}{day}T{}Z", at / 3 + 1, time.replace(':', "")))
    }

    /// The next midnight, in UTC.
    #[must_use]
    pub const fn next_day(self) -> Self {
        Self::from_unix_seconds((self.day() + 1) * SECONDS_A_DAY)
    }

    /// The beginning of the next month, in UTC.
    #[must_use]
    pub fn next_month(self) -> Self {
        let (year, month, _) = civil_from_days(u32::try_from(self.day()).unwrap_or_default());
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let days = days_from_civil(year, month, 1).unwrap_or(u32::MAX);
        Self::from_unix_seconds(u64::from(days) * SECONDS_A_DAY)
    }

    /// The form of `X-Amz-Date`: `YYYYMMDDTHHMMSSZ`.
    pub fn amz_date(self) -> AmzDate {
        // Both fit until the year 9999. Wasm divides 32 bits by a constant several times faster than 64.
        let days = u32::try_from(self.day()).unwrap_or_default();
        let second_of_day = u32::try_from(self.0 % SECONDS_A_DAY).unwrap_or_default();
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) =
            (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
        let mut text = *b"00000000T000000Z";
        write_digits(&mut text[0..4], year);
        write_digits(&mut text[4..6], month);
        write_digits(&mut text[6..8], day);
        write_digits(&mut text[9..11], hour);
        write_digits(&mut text[11..13], minute);
        write_digits(&mut text[13..15], second);
        AmzDate(text)
    }
}

/// RFC 3339 in UTC: `2026-01-15T12:34:56Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AmzDate([y0, y1, y2, y3, m0, m1, d0, d1, _, h0, h1, n0, n1, s0, s1, _]) =
            self.amz_date();
        let text = [
            y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1,
            b'Z',
        ];
        // All of it is ASCII.
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The text of `X-Amz-Date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmzDate([u8; 16]);

impl AmzDate {
    /// `YYYYMMDDTHHMMSSZ`
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever written to it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// `YYYYMMDD`, the date of the credential scope.
    pub fn date(&self) -> &str {
        &self.as_str()[..8]
    }
}

fn write_digits(out: &mut [u8], mut number: u32) {
    for byte in out.iter_mut().rev() {
        // A remainder of 10 fits.
        *byte = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// Days since 1970-01-01 of a Gregorian date from 1970 on; `None` if there's no such day. The calculation begins the
/// year in March, so that the leap day is its last.
fn days_from_civil(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * DAYS_AN_ERA + day_of_era - DAYS_TO_1970)
}

/// Gregorian (year, month, day) of days since 1970-01-01.
fn civil_from_days(days: u32) -> (u32, u32, u32) {
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_AN_ERA, days % DAYS_AN_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u32::from(month <= 2);
    (year, month, day)
}

/// Days in 400 Gregorian years.
const DAYS_AN_ERA: u32 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: u32 = 719_468;

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_have_their_texts() {
        for (seconds, amz, rfc3339) in [
            (0, "19700101T000000Z", "1970-01-01T00:00:00Z"),
            (951_782_400, "20000229T000000Z", "2000-02-29T00:00:00Z"),
            (1_369_353_600, "20130524T000000Z", "2013-05-24T00:00:00Z"),
            (4_107_542_399, "21000228T235959Z", "2100-02-28T23:59:59Z"),
            (LAST, "99991231T235959Z", "9999-12-31T23:59:59Z"),
        ] {
            let moment = Timestamp::from_unix_seconds(seconds);
            assert_eq!(moment.amz_date().as_str(), amz);
            assert_eq!(moment.to_string(), rfc3339);
            assert_eq!(Timestamp::parse_amz(amz), Some(moment));
            assert_eq!(Timestamp::parse_rfc3339(rfc3339), Some(moment));
        }
    }

    #[test]
    fn every_day_until_9999_goes_there_and_back() {
        for day in 0..=u32::try_from(LAST / SECONDS_A_DAY).unwrap() {
            let (year, month, date) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, date), Some(day));
        }
    }

    #[test]
    fn a_date_of_http_names_a_moment() {
        let at = |text: &str| Timestamp::parse_http(text).map(|moment| moment.to_string());
        assert_eq!(at("Thu, 15 Jan 2026 12:34:56 GMT").as_deref(), Some("2026-01-15T12:34:56Z"));
        assert_eq!(at("Tue, 29 Feb 2028 00:00:00 GMT").as_deref(), Some("2028-02-29T00:00:00Z"));
        for text in [
            "Thu, 15 Jan 2026 12:34:56 UTC",
            "Thu, 15 anF 2026 12:34:56 GMT",
            "Thu, 15  2026 12:34:56 GMT",
            "Thu, 30 Feb 2026 12:34:56 GMT",
            "Thu, 5 Jan 2026 12:34:56 GMT",
            "Thursday, 15-Jan-26 12:34:56 GMT",
            "15 Jan 2026 12:34:56 GMT",
            "",
        ] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_is_followed_by_the_next_until_9999() {
        let mut moment = Timestamp::from_unix_seconds(0);
        for month in 1..8030 * 12 {
            moment = moment.next_month();
            let (year, month) = (1970 + month / 12, month % 12 + 1);
            assert_eq!(moment.amz_date().as_str(), format!("{year}{month:02}01T000000Z"));
        }
        assert_eq!(moment.next_month(), Timestamp::from_unix_seconds(LAST));
    }

    #[test]
    fn texts_that_name_no_moment_are_refused() {
        for text in [
            "20130532T000000Z",
            "20130229T000000Z",
            "20130024T000000Z",
            "20130524T240000Z",
            "20130524T006000Z",
            "20130524T000060Z",
            "20130524 000000Z",
            "20130524T000000",
            "2013052 T000000Z",
            "19691231T235959Z",
            "",
        ] {
            assert_eq!(Timestamp::parse_amz(text), None, "{text}");
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }
}

//! Numbers and moments as people read them.

use crate::time::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `1,234,567`
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 decision`, `2 decisions`
pub(super) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

/// `15 Jan`
pub(super) fn day(time: Timestamp) -> String {
    let text = time.to_string();
    let month = text[5..7].parse::<usize>().unwrap_or(1);
    format!("{} {}", text[8..10].trim_start_matches('0'), MONTHS[month.saturating_sub(1) % 12])
}

/// `12:34`
pub(super) fn clock(time: Timestamp) -> String {
    time.to_string()[11..16].to_owned()
}

/// `15 Jan 2026, 12:34:56`
pub(super) fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{} {}, {}", day(time), &text[..4], &text[11..19])
}

/// `5 minutes`
pub(super) fn seconds(seconds: u64) -> String {
    for (unit, noun) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] {
        if seconds >= unit && seconds.is_multiple_of(unit) {
            return counted(seconds / unit, noun);
        }
    }
    counted(seconds, "second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_read_well() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(12_345_678), "12,345,678");
        assert_eq!(counted(1, "line"), "1 line");
        let time = Timestamp::parse_rfc3339("2026-01-05T02:03:04Z").unwrap_or_else(|| panic!());
        assert_eq!(moment(time), "5 Jan 2026, 02:03:04");
        assert_eq!(clock(time), "02:03");
        assert_eq!(seconds(300), "5 minutes");
        assert_eq!(seconds(90), "90 seconds");
        assert_eq!(seconds(86_400), "1 day");
    }
}

//! The moments of logs, cut to the second.

use crate::time::Timestamp;

/// `2026-01-15T12:34:56` in UTC, perhaps with a blank for the `T`. After it may come a `Z`, a fraction and a `Z`, or
/// nothing.
pub(super) fn iso(text: &[u8]) -> Option<Timestamp> {
    let (moment, rest) = text.split_at_checked(19)?;
    let fraction = rest.strip_suffix(b"Z").or_else(|| rest.strip_suffix(b"+00:00")).unwrap_or(rest);
    let is_fraction = match fraction {
        [] => true,
        [b'.', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T' | b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
    ] = *moment
    else {
        return None;
    };
    let compact = [y0, y1, y2, y3, m0, m1, d0, d1, b'T', h0, h1, n0, n1, s0, s1, b'Z'];
    is_fraction.then_some(())?;
    Timestamp::parse_amz(str::from_utf8(&compact).ok()?)
}

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// `15/Jan/2026:12:34:56 +0000`.
pub(super) fn apache(text: &[u8]) -> Option<Timestamp> {
    let [
        d0,
        d1,
        b'/',
        a,
        b,
        c,
        b'/',
        y0,
        y1,
        y2,
        y3,
        b':',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
        b' ',
        sign,
        z0,
        z1,
        z2,
        z3,
    ] = *text
    else {
        return None;
    };
    let month = (1_u8..).zip(MONTHS).find(|(_, name)| **name == [a, b, c])?.0;
    let (m0, m1) = (b'0' + month / 10, b'0' + month % 10);
    let compact = [y0, y1, y2, y3, m0, m1, d0, d1, b'T', h0, h1, n0, n1, s0, s1, b'Z'];
    let local = Timestamp::parse_amz(str::from_utf8(&compact).ok()?)?.unix_seconds();
    let offset: u64 = super::logged::number(&[z0, z1, z2, z3])?;
    let seconds = offset / 100 * 3600 + offset % 100 * 60;
    match sign {
        b'+' => local.checked_sub(seconds),
        b'-' => local.checked_add(seconds),
        _ => None,
    }
    .map(Timestamp::from_unix_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_the_forms_of_logs() {
        let expected = Timestamp::parse_rfc3339("2026-01-15T12:34:56Z");
        for text in [
            "2026-01-15T12:34:56Z",
            "2026-01-15T12:34:56.789Z",
            "2026-01-15T12:34:56.789123456Z",
            "2026-01-15 12:34:56.789123Z",
            "2026-01-15T12:34:56.7+00:00",
            "2026-01-15T12:34:56",
        ] {
            assert_eq!(iso(text.as_bytes()), expected, "{text}");
        }
        for text in ["15/Jan/2026:12:34:56 +0000", "15/Jan/2026:14:04:56 +0130"] {
            assert_eq!(apache(text.as_bytes()), expected, "{text}");
        }
        for text in [
            "",
            "2026-01-15",
            "2026-13-15T12:34:56Z",
            "2026-01-15T12:34:56+02:00",
            "2026-01-15T12:34:56.7x",
        ] {
            assert_eq!(iso(text.as_bytes()), None, "{text}");
        }
        for text in
            ["", "15/Jan/2026:12:34:56", "15/Jam/2026:12:34:56 +0000", "32/Jan/2026:12:34:56 +0000"]
        {
            assert_eq!(apache(text.as_bytes()), None, "{text}");
        }
    }
}

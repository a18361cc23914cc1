//! Findings besides the features: clock, region, CORS, versions, the longest key.

use edge_signer::s3::ObjectKey;

use super::answer::Answer;
use super::bucket::Twist;
use super::call::Call;
use super::client::Fault;
use super::cors;
use super::lab::{BODY, Lab};

/// An hour ahead is more than any store's leeway.
const AHEAD: u64 = 24 * 3600;
/// S3 refuses requests whose clock differs by more than this, in seconds.
pub(super) const LEEWAY: u64 = 15 * 60;

/// Seconds that the store's clock is ahead of this machine's, by the answer's `Date`.
pub(crate) fn clock_difference(answer: &Answer, now: u64) -> Option<i64> {
    let store = http_date(answer.header("date")?)?;
    Some(i64::try_from(store).ok()? - i64::try_from(now).ok()?)
}

/// RFC 9110 §5.6.7, the form that servers send: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    let &[_, day, month, year, time, "GMT"] = &parts[..] else { return None };
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let time = time.replace(':', "");
    let moment = format!("{year}{month:02}{day:0>2}T{time}Z");
    Some(edge_signer::time::Timestamp::parse_amz(&moment)?.unix_seconds())
}

/// A sentence on the difference of the clocks.
pub(super) fn clock_sentence(difference: i64) -> String {
    match difference {
        -2..=2 => "The store's clock agrees with this machine's, within 2 seconds.".to_owned(),
        ahead @ 3.. => format!("The store's clock is {ahead} seconds ahead of this machine's."),
        behind => format!("The store's clock is {} seconds behind this machine's.", -behind),
    }
}

pub(super) fn measure(lab: &mut Lab<'_>, origin: Option<&str>) {
    lab.tell("clock, region, CORS, the longest key");
    tell_also(lab, date);
    tell_also(lab, region);
    match origin {
        Some(origin) => tell_also(lab, |lab| cors::measure(lab, origin)),
        None => lab.also.push("CORS wasn't looked at: give a page's --origin.".to_owned()),
    }
    // This comes last: too long keys have been seen to upset a store for a minute.
    tell_also(lab, longest_key);
}

fn tell_also(lab: &mut Lab<'_>, tell: impl FnOnce(&mut Lab<'_>) -> Result<String, Fault>) {
    if lab.client.obstacle().is_none()
        && let Ok(sentence) = tell(lab)
    {
        lab.also.push(sentence);
    }
}

fn date(lab: &mut Lab<'_>) -> Result<String, Fault> {
    let call = Call::get(&lab.key("base"));
    let answer = lab.send_with(&call, Twist { ahead: AHEAD, ..Twist::default() })?;
    Ok(if answer.is_ok() {
        "X-Amz-Date may lie in the future (a day: 200), so a signer whose clock runs ahead makes URLs \
         that live longer."
            .to_owned()
    } else {
        format!("X-Amz-Date may not lie a day in the future: {}.", answer.brief())
    })
}

fn region(lab: &mut Lab<'_>) -> Result<String, Fault> {
    let Some(region) = lab.bucket.region().map(str::to_owned) else {
        return Ok("The signature is for a set of regions.".to_owned());
    };
    let call = Call::get(&lab.key("base"));
    let twist = Twist { region: Some("edge-signer-probe"), ..Twist::default() };
    let answer = lab.send_with(&call, twist)?;
    Ok(if answer.is_ok() {
        "Any region in the scope is taken.".to_owned()
    } else {
        let named = answer.text().contains(&region);
        let names = if named { ", which names it" } else { "" };
        format!("The region must be {region}, else {}{names}.", answer.brief())
    })
}

/// Whether the store takes S3's longest key; if not, roughly how long one may be, and whether segments help.
fn longest_key(lab: &mut Lab<'_>) -> Result<String, Fault> {
    let most = ObjectKey::MAX_BYTES;
    let stem = lab.key("");
    let mut takes = |length: usize, segment: &str| -> Result<(bool, String), Fault> {
        let mut key = stem.clone();
        key.extend(segment.chars().cycle().take(length.saturating_sub(stem.len() + 1)));
        key.push('k');
        let answer = lab.send(&Call::put(&key, BODY))?;
        let is_ok = answer.is_ok() && lab.holds(&key, BODY)?;
        Ok((is_ok, answer.brief()))
    };
    let (is_ok, brief) = takes(most, "k")?;
    if is_ok {
        return Ok(format!("Keys of {most} bytes are taken, S3's limit."));
    }
    let refused = format!("A key of {most} bytes is refused ({brief})");
    // Segments of 49 bytes.
    if takes(most, "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk/")?.0 {
        return Ok(format!("{refused}, and one in short segments is taken."));
    }
    for length in [900, 768, 512, 255, 128] {
        if takes(length, "k")?.0 {
            return Ok(format!("{refused}, and one of {length} bytes is taken."));
        }
    }
    Ok(format!("{refused}, and one of 128 bytes too."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_answers_are_read() {
        let answer = |date: &str| Answer {
            status: 200,
            headers: vec![("date".to_owned(), date.to_owned())],
            body: Vec::new(),
        };
        let now = 784_111_777;
        let difference = |date: &str| clock_difference(&answer(date), now);
        assert_eq!(difference("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(difference("Sun, 06 Nov 1994 09:49:37 GMT"), Some(3600));
        assert_eq!(difference("Sun, 06 Nov 1994 08:49:30 GMT"), Some(-7));
        for wrong in
            ["", "yesterday", "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT"]
        {
            assert_eq!(difference(wrong), None, "{wrong}");
        }
        assert!(clock_sentence(3600).contains("3600 seconds ahead"));
        assert!(clock_sentence(-7).contains("7 seconds behind"));
    }
}

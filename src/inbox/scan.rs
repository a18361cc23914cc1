//! What a scanner says of an upload that the edge itself has found good.

use http::StatusCode;
use serde_json::{Value, json};

use super::requests;
use super::said::{Desk, MAX_ANSWER_BYTES, Said, TIMEOUT_MS, Trouble};
use super::steps::Clerk;
use super::{Reason, Record, ScanTag, State};
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::policy::Scan;
use crate::xml;

/// How long a scanner may take to answer, in milliseconds. What takes longer it answers with 202.
const SCAN_TIMEOUT_MS: u32 = 30_000;
/// The most between two questions, in seconds.
const MOST_WAIT: u64 = 3600;

/// What a scanner says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Clean,
    Bad(Reason),
    /// It hasn't come to an end, and may have said after how many seconds to ask again.
    Later(Option<u64>),
    /// It said nothing that counts. Why is for the log.
    None(String),
}

impl<D: Desk> Clerk<'_, D> {
    /// Asks the scanner; `tries` times it was asked before.
    pub(super) async fn scan(
        &self,
        record: &mut Record,
        etag: String,
        size: u64,
        tries: u32,
    ) -> Result<(), Trouble> {
        let verdict = if let Some(heard) = self.heard(&etag)? {
            heard
        } else {
            let asking = State::Scanning { etag: etag.clone(), size, tries, next: None };
            self.save(record, asking)?;
            let said = match record.scan {
                Scan::None => Verdict::Clean,
                Scan::Webhook => self.ask_scanner(record, &etag, size).await,
                Scan::Tag => self.look_at_tags(record).await,
            };
            // It may have sent another meanwhile.
            match self.heard(&etag)? {
                Some(heard) if !matches!(said, Verdict::Bad(_)) => heard,
                _ => said,
            }
        };
        let (wait, why) = match verdict {
            Verdict::Clean => {
                self.save(record, State::Promoting { etag: etag.clone(), size })?;
                return self.promote(record, etag, size).await;
            }
            Verdict::Bad(reason) => return self.refused(record, reason).await,
            Verdict::Later(wait) => (wait, None),
            Verdict::None(why) => (None, Some(why)),
        };
        // As long again as it has taken so far.
        let wait = wait.unwrap_or(1 << tries.min(12)).clamp(1, MOST_WAIT);
        let next = Some(self.desk.now().plus(wait).unix_seconds());
        let tries = tries.saturating_add(1);
        self.save(record, State::Scanning { etag, size, tries, next })?;
        why.map_or(Ok(()), |why| Err(Trouble::NoVerdict(why)))
    }

    /// What a scanner has sent of the bytes of that `ETag`.
    pub(super) fn heard(&self, etag: &str) -> Result<Option<Verdict>, Trouble> {
        let heard = self.desk.heard().map_err(Trouble::Unavailable)?;
        let heard = heard.filter(|heard| heard.etag == etag);
        let verdict = |is_clean| {
            if is_clean { Verdict::Clean } else { Verdict::Bad(Reason::Infected) }
        };
        Ok(heard.map(|heard| verdict(heard.is_clean)))
    }

    async fn ask_scanner(&self, record: &Record, etag: &str, size: u64) -> Verdict {
        let Some(scanner) = &self.uploads.scanner else {
            return Verdict::None("UPLOADS.scanner is missing".to_owned());
        };
        let now = self.desk.now();
        let read = match requests::url_to_read(record, etag, self.store, now) {
            Ok(read) => read,
            Err(why) => return Verdict::None(why),
        };
        let headers: serde_json::Map<String, Value> =
            read.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
        let mut body = json!({
            "type": "upload.scan", "timestamp": now,
            "data": {
                "id": record.id, "store": record.store, "key": record.key,
                "content_type": record.content_type, "size": size, "etag": etag,
                "read": {
                    "method": read.method.as_str(), "url": read.url, "headers": headers,
                    "expires_at": read.validity.expires_at(),
                },
            },
        });
        if let Some(url) = scanner.callback_of(&record.id) {
            body["data"]["callback"] = json!({ "method": "POST", "url": url });
        }
        // Of other bytes it is another question.
        let id = format!("scan-{}-{}", record.id, &hex(&sha256(etag.as_bytes()))[..16]);
        let message = scanner.message(&id, body.to_string(), now);
        let answer = self.desk.post(message, MAX_ANSWER_BYTES, SCAN_TIMEOUT_MS).await;
        answer.map_or_else(Verdict::None, |answer| verdict_of(&answer))
    }

    async fn look_at_tags(&self, record: &Record) -> Verdict {
        let request = requests::tags(record.place());
        match self.ask(request, MAX_ANSWER_BYTES, TIMEOUT_MS).await {
            Ok(answer) if answer.status == StatusCode::OK => {
                verdict_in(&String::from_utf8_lossy(&answer.body), &self.uploads.tag)
            }
            Ok(answer) => Verdict::None(format!("the store says {} of its tags", answer.status)),
            Err(trouble) => Verdict::None(format!("{trouble:?}")),
        }
    }
}

/// 200 with a verdict, or 202 with none yet; whatever else it says is none.
fn verdict_of(answer: &Said) -> Verdict {
    match answer.status {
        StatusCode::ACCEPTED => {
            Verdict::Later(answer.header("retry-after").and_then(|after| after.parse().ok()))
        }
        StatusCode::OK => {
            let said: Value = str::from_utf8(&answer.body)
                .ok()
                .and_then(|body| serde_json::from_str(body).ok())
                .unwrap_or_default();
            match said.get("verdict").and_then(Value::as_str) {
                Some("clean") => Verdict::Clean,
                Some("infected") => Verdict::Bad(Reason::Infected),
                _ => Verdict::None("the scanner answered 200 without a verdict".to_owned()),
            }
        }
        status => Verdict::None(format!("the scanner answered {}", status.as_str())),
    }
}

/// What tags say. Where the scanner's is there and says neither, it couldn't scan it.
fn verdict_in(tagging: &str, tag: &ScanTag) -> Verdict {
    let tags = xml::elements(tagging, "Tag");
    let named = tags.iter().find(|it| xml::text(it, "Key").as_ref() == Some(&tag.name));
    match named.map(|named| xml::text(named, "Value").unwrap_or_default()) {
        None => Verdict::Later(None),
        Some(value) if value == tag.clean => Verdict::Clean,
        Some(value) if value == tag.infected => Verdict::Bad(Reason::Infected),
        Some(_) => Verdict::Bad(Reason::NotScanned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, headers: &[(&str, &str)], body: &str) -> Said {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Said {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect(),
            body: body.into(),
        }
    }

    #[test]
    fn only_a_verdict_is_one() {
        let clean = r#"{"verdict":"clean","engine":"x"}"#;
        assert_eq!(verdict_of(&said(200, &[], clean)), Verdict::Clean);
        let infected = said(200, &[], r#"{"verdict":"infected"}"#);
        assert_eq!(verdict_of(&infected), Verdict::Bad(Reason::Infected));
        assert_eq!(verdict_of(&said(202, &[], clean)), Verdict::Later(None));
        let later = said(202, &[("retry-after", "7")], "");
        assert_eq!(verdict_of(&later), Verdict::Later(Some(7)));
        let dated = said(202, &[("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT")], "");
        assert_eq!(verdict_of(&dated), Verdict::Later(None));
        for body in [
            "",
            "clean",
            r#""clean""#,
            "{}",
            r#"{"verdict":"CLEAN"}"#,
            r#"{"verdict":true}"#,
            r#"["clean"]"#,
            "{\"verdict\":\"clean\"",
        ] {
            assert!(matches!(verdict_of(&said(200, &[], body)), Verdict::None(_)), "{body}");
        }
        for status in [201, 204, 206, 301, 302, 307, 400, 401, 404, 429, 500, 503] {
            assert!(matches!(verdict_of(&said(status, &[], clean)), Verdict::None(_)), "{status}");
        }
    }

    #[test]
    fn only_the_clean_value_of_the_tag_is_clean() {
        let tags = |inside: &str| format!("<Tagging><TagSet>{inside}</TagSet></Tagging>");
        let one =
            |key: &str, value: &str| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
        let of = |inside: &str| verdict_in(&tags(inside), &ScanTag::default());
        let name = "GuardDutyMalwareScanStatus";
        assert_eq!(of(""), Verdict::Later(None));
        assert_eq!(of(&one("other", "NO_THREATS_FOUND")), Verdict::Later(None));
        assert_eq!(of(&one(&name.to_lowercase(), "NO_THREATS_FOUND")), Verdict::Later(None));
        let both = format!("{}{}", one("a", "b"), one(name, "NO_THREATS_FOUND"));
        assert_eq!(of(&both), Verdict::Clean);
        assert_eq!(of(&one(name, "THREATS_FOUND")), Verdict::Bad(Reason::Infected));
        for value in ["UNSUPPORTED", "ACCESS_DENIED", "FAILED", "", "no_threats_found"] {
            assert_eq!(of(&one(name, value)), Verdict::Bad(Reason::NotScanned), "{value}");
        }
    }
}

//! What a subject may upload under one rule in a day or a month.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delivery, Dimension};
use crate::s3::{ObjectRequest, Operation};
use crate::time::Timestamp;
use crate::variables::Table;

/// How long a quota is for: a day or a month, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// From midnight to midnight.
    Day,
    /// From the first of a month to the first of the next.
    Month,
}

impl Per {
    /// The end of a moment's day or month: the first second of the next.
    pub fn end(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Day => now.next_day(),
            Self::Month => now.next_month(),
        }
    }
}

impl fmt::Display for Per {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Month => "month",
        })
    }
}

/// A quota: of bytes, of objects, or of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The most bytes.
    pub bytes: Option<u64>,
    /// The most objects.
    pub objects: Option<u64>,
    /// The period.
    pub per: Per,
}

/// An upload's share of a quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Bytes; 0 if the quota doesn't limit them.
    pub bytes: u64,
    /// Objects; likewise.
    pub objects: u64,
}

impl Quota {
    /// The largest whole number of JavaScript.
    pub const MOST: u64 = (1 << 53) - 1;

    /// Reads `quota` of a rule, whose operations are these.
    pub(super) fn read(rule: &Table<'_>, allow: Option<&[Operation]>) -> Option<Self> {
        let table = rule.table("quota")?;
        let bytes = table.value("bytes").map(|value| {
            size(value).unwrap_or_else(|| {
                table.fault(
                    "bytes",
                    "has to be a whole number from 1 on, or a text such as \"500 MB\" or \"10GiB\"",
                );
                1
            })
        });
        let objects = table.integer("objects");
        let per = table.required("per", |per| match per {
            "day" => Ok(Per::Day),
            "month" => Ok(Per::Month),
            _ => Err("has to be day or month"),
        });
        if bytes.is_none() && objects.is_none() {
            table.fault("bytes", "is missing: a quota needs bytes, objects or both");
        }
        if objects.is_some_and(|objects| !(1..=Self::MOST).contains(&objects)) {
            table.fault("objects", "has to be 1 or more");
        }
        let quota = Self { bytes, objects, per: per? };
        let operations = allow.unwrap_or_default();
        let takes = |operation: &Operation| Self::counts(*operation);
        if let Some(copy) = operations.iter().find(|it| it.copies() && bytes.is_some()) {
            let help = format!(
                "can't count {copy}, which binds no size: allow it by a rule of its own, without quota.bytes"
            );
            rule.fault("quota", help);
        } else if allow.is_some() && !operations.iter().any(takes) {
            rule.fault("quota", "is for rules that allow uploads, and this one allows none");
        }
        table.finish();
        Some(quota)
    }

    /// Whether quotas count an operation.
    pub const fn counts(operation: Operation) -> bool {
        matches!(
            operation,
            Operation::PutObject
                | Operation::CopyObject
                | Operation::CreateMultipartUpload
                | Operation::UploadPart
        )
    }

    /// A request's share of it; `None` if it doesn't count the request.
    pub fn taken_by(self, request: &ObjectRequest) -> Option<Amount> {
        let bytes = request.content_length().unwrap_or(0);
        self.limited(match request.operation() {
            Operation::PutObject => Amount { bytes, objects: 1 },
            Operation::UploadPart => Amount { bytes, objects: 0 },
            Operation::CopyObject | Operation::CreateMultipartUpload => {
                Amount { bytes: 0, objects: 1 }
            }
            _ => return None,
        })
    }

    /// The share of a form that may upload so many bytes.
    pub fn taken_by_form(self, most: u64) -> Option<Amount> {
        self.limited(Amount { bytes: most, objects: 1 })
    }

    /// The part of an amount that the quota limits.
    fn limited(self, Amount { bytes, objects }: Amount) -> Option<Amount> {
        let amount = Amount {
            bytes: if self.bytes.is_some() { bytes } else { 0 },
            objects: if self.objects.is_some() { objects } else { 0 },
        };
        (amount != Amount::default()).then_some(amount)
    }

    /// A quota of bytes can't count a request without a size. A link's upload gets its size when the link is redeemed.
    pub(super) fn check(
        self,
        request: &ObjectRequest,
        delivery: Delivery,
    ) -> Result<(), Dimension> {
        if self.bytes.is_none() {
            return Ok(());
        }
        match request.operation() {
            Operation::PutObject if delivery != Delivery::Url => Ok(()),
            Operation::PutObject | Operation::UploadPart if request.content_length().is_none() => {
                Err(Dimension::Quota)
            }
            Operation::CopyObject | Operation::UploadPartCopy => Err(Dimension::Quota),
            _ => Ok(()),
        }
    }
}

/// A number of bytes: `1000`, `"10 MB"`, `"1GiB"`.
fn size(value: &Value) -> Option<u64> {
    const UNITS: [(&str, u64); 9] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("B", 1),
    ];
    let bytes = match value {
        Value::String(text) => {
            let (digits, unit) = UNITS
                .iter()
                .find_map(|(name, bytes)| Some((text.strip_suffix(name)?, *bytes)))
                .unwrap_or((text, 1));
            let digits = digits.strip_suffix(' ').unwrap_or(digits);
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u64>().ok().filter(|_| is_plain)?.checked_mul(unit)?
        }
        value => value.as_u64()?,
    };
    (1..=Quota::MOST).contains(&bytes).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_size_has_a_unit_or_none() {
        for (value, bytes) in [
            (json!(1), Some(1)),
            (json!("1"), Some(1)),
            (json!("10GB"), Some(10_000_000_000)),
            (json!("10 GB"), Some(10_000_000_000)),
            (json!("1GiB"), Some(1 << 30)),
            (json!("3 B"), Some(3)),
            (json!("2KB"), Some(2000)),
            (json!("2KiB"), Some(2048)),
            (json!(Quota::MOST), Some(Quota::MOST)),
            (json!(Quota::MOST + 1), None),
            (json!("9007199254740992"), None),
            (json!("99999999999 TB"), None),
            (json!("0 GB"), None),
            (json!(0), None),
            (json!(-1), None),
            (json!(1.5), None),
            (json!("1.5 GB"), None),
            (json!("+1 GB"), None),
            (json!("1  GB"), None),
            (json!("1gb"), None),
            (json!("GB"), None),
            (json!(""), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(size(&value), bytes, "{value}");
        }
    }

    #[test]
    fn a_day_and_a_month_end_at_midnight() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        for (now, day, month) in [
            ("2026-01-15T12:34:56Z", "2026-01-16T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("2028-02-28T23:59:59Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"),
            ("2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ] {
            assert_eq!(Per::Day.end(at(now)), at(day), "{now}");
            assert_eq!(Per::Month.end(at(now)), at(month), "{now}");
        }
    }
}

//! Findings about features, and the rows of a report.

use std::fmt;

use serde::Serialize;

use super::feature;

/// What a store does with a signed header or limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// It enforces it.
    Holds,
    /// It enforces a part of it, or does it in its own way.
    Differs,
    /// It answers an error, and changes nothing.
    Refused,
    /// It reports success, but part of the request had no effect.
    Lost,
    /// It answers as if it enforced it, and doesn't.
    Ignored,
    /// The probe couldn't find out.
    Error,
}

impl Verdict {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Differs => "differs",
            Self::Refused => "refused",
            Self::Lost => "lost",
            Self::Ignored => "ignored",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A verdict, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) seen: String,
}

/// Makes a finding.
pub(super) fn found(verdict: Verdict, seen: impl Into<String>) -> Finding {
    Finding { verdict, seen: seen.into() }
}

/// One row of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) feature: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) seen: String,
}

/// Collects the rows.
#[derive(Debug, Default)]
pub(super) struct Recorder(Vec<Row>);

impl Recorder {
    pub(super) fn add(&mut self, feature: &'static str, operation: &'static str, finding: Finding) {
        let Finding { verdict, seen } = finding;
        self.0.push(Row { feature, operation, verdict, seen });
    }

    /// The verdict on a feature's operation, if there is one.
    pub(super) fn verdict(&self, feature: &str, operation: &str) -> Option<Verdict> {
        let found = self.0.iter().find(|row| row.feature == feature && row.operation == operation);
        found.map(|row| row.verdict)
    }

    /// All rows in the order of the features. Agreeing rows of a feature that any operation takes become one; a feature
    /// without a row gets one with `why`.
    pub(super) fn into_rows(self, why: &str) -> Vec<Row> {
        let mut rows = Vec::new();
        for (feature, operation) in feature::ALL {
            let own: Vec<&Row> = self.0.iter().filter(|row| row.feature == feature).collect();
            let agree = own.windows(2).all(|pair| pair[0].verdict == pair[1].verdict);
            match own.first() {
                None => rows.push(Row {
                    feature,
                    operation,
                    verdict: Verdict::Error,
                    seen: why.to_owned(),
                }),
                Some(first) if agree && feature::is_of_any_operation(feature) => {
                    rows.push(Row {
                        operation: feature::ANY,
                        seen: join(&own),
                        ..(*first).clone()
                    });
                }
                Some(_) => rows.extend(own.into_iter().cloned()),
            }
        }
        rows
    }
}

/// The observations, each text once, with its operations if they differ.
fn join(rows: &[&Row]) -> String {
    let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in rows.iter().filter(|row| !row.seen.is_empty()) {
        match texts.iter_mut().find(|(text, _)| *text == row.seen) {
            Some((_, operations)) => operations.push(row.operation),
            None => texts.push((&row.seen, vec![row.operation])),
        }
    }
    match &texts[..] {
        [(text, _)] => (*text).to_owned(),
        texts => {
            let part = |(text, operations): &(&str, Vec<&str>)| {
                format!("{}: {text}", operations.join(", "))
            };
            texts.iter().map(part).collect::<Vec<_>>().join("; ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_agree_are_one_for_any_operation_where_the_feature_is_of_any() {
        let mut recorder = Recorder::default();
        recorder.add(feature::ACL, feature::PUT, found(Verdict::Ignored, "200"));
        recorder.add(feature::ACL, feature::COPY, found(Verdict::Ignored, "200"));
        recorder.add(feature::SSE_S3, feature::PUT, found(Verdict::Refused, "400"));
        recorder.add(feature::SSE_S3, feature::COPY, found(Verdict::Ignored, "200"));
        recorder.add(feature::CREATE_ONLY, feature::PUT, found(Verdict::Holds, "412"));
        recorder.add(feature::CREATE_ONLY, feature::COPY, found(Verdict::Holds, "412"));
        let rows = recorder.into_rows("the store went away");
        let of = |name: &str| {
            let own = rows.iter().filter(|row| row.feature == name);
            own.map(|row| (row.operation, row.verdict.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(of("acl"), [("*", "ignored")]);
        assert_eq!(of("sse_s3"), [("PutObject", "refused"), ("CopyObject", "ignored")]);
        assert_eq!(of("create_only"), [("PutObject", "holds"), ("CopyObject", "holds")]);
        let missing = rows.iter().find(|row| row.feature == "versions").unwrap();
        assert_eq!(
            (missing.verdict, missing.seen.as_str()),
            (Verdict::Error, "the store went away")
        );
        assert_eq!(rows.len(), feature::ALL.len() + 2);
    }

    #[test]
    fn what_was_seen_is_said_once() {
        let row = |operation, seen: &str| Row {
            feature: feature::ACL,
            operation,
            verdict: Verdict::Refused,
            seen: seen.to_owned(),
        };
        let (put, copy, form) =
            (row("PutObject", "501"), row("CopyObject", "501"), row("PostObject", "412"));
        assert_eq!(join(&[&put, &copy]), "501");
        assert_eq!(join(&[&put, &copy, &form]), "PutObject, CopyObject: 501; PostObject: 412");
    }
}

//! The report of a probe: for programs, for people, and to paste.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::feature;
use super::verdict::{Row, Verdict};

/// A report.
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
    pub(super) also: Vec<String>,
    /// The provider.
    pub(crate) provider: &'static str,
    /// Whether everything was tried.
    pub(crate) is_whole: bool,
    /// What couldn't be removed.
    pub(crate) left: Option<String>,
    /// CORS rules for the bucket, if a page's origin is known.
    pub(super) cors: Option<Value>,
}

impl Report {
    /// The document for programs. The lines to paste name `provider` and `store`.
    pub(crate) fn json(&self, provider: &str, store: &str) -> Value {
        json!({
            "features": self.rows,
            "also": self.also,
            "cors": self.cors,
            "config": self.config(provider, store),
        })
    }

    /// The table for people, followed by the lines to paste.
    pub(crate) fn text(&self, provider: &str, store: &str) -> String {
        let widest = |of: fn(&Row) -> &str| self.rows.iter().map(|row| of(row).len()).max();
        let feature = widest(|row| row.feature).unwrap_or_default();
        let operation = widest(|row| row.operation).unwrap_or_default();
        let mut text = String::new();
        for row in &self.rows {
            let line = format!(
                "{:feature$}  {:operation$}  {:7}  {}",
                row.feature, row.operation, row.verdict, row.seen
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push('\n');
        for sentence in &self.also {
            text.push_str(sentence);
            text.push('\n');
        }
        text.push('\n');
        if let Some(rules) = &self.cors {
            let _ = writeln!(
                text,
                "CORS rules for pages of this origin in every browser, for aws s3api put-bucket-cors \
                 --cors-configuration file://cors.json:\n\n{rules:#}\n"
            );
        }
        text.push_str(&self.config(provider, store));
        text
    }

    /// Only `holds` becomes true. If operations differ, the feature itself is false, and each operation has its own
    /// line.
    fn config(&self, provider: &str, store: &str) -> String {
        let mut text = format!("provider = \"{provider}\"\n\n[vars.STORES.{store}.features]\n");
        for (name, _) in feature::ALL {
            let own: Vec<&Row> = self.rows.iter().filter(|row| row.feature == name).collect();
            let holds = |row: &Row| row.verdict == Verdict::Holds;
            let all = !own.is_empty() && own.iter().all(|row| holds(row));
            // `writeln!` to a string can't fail.
            let _ = writeln!(text, "{name} = {all}");
            if all || !own.iter().any(|row| holds(row)) {
                continue;
            }
            for row in own {
                let operation = row.operation.split(' ').next().unwrap_or_default();
                let _ = writeln!(text, "\"{name}:{operation}\" = {}", holds(row));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_holds_becomes_true() {
        let row = |feature, operation, verdict| Row {
            feature,
            operation,
            verdict,
            seen: "seen".to_owned(),
        };
        let report = Report {
            rows: vec![
                row(feature::ACL, feature::ANY, Verdict::Holds),
                row(feature::TAGGING_ON_UPLOAD, feature::PUT, Verdict::Holds),
                row(feature::TAGGING_ON_UPLOAD, feature::COPY, Verdict::Lost),
                row(feature::CREATE_ONLY, feature::PUT_VERSIONED, Verdict::Ignored),
                row(feature::CONDITIONAL_WRITE, feature::PUT, Verdict::Differs),
            ],
            also: Vec::new(),
            provider: "ceph",
            is_whole: true,
            left: None,
            cors: None,
        };
        let text = format!("[vars.STORES.photos]\n{}", report.config("ceph", "photos"));
        let read: Value = toml::from_str(&text).unwrap();
        let store = &read["vars"]["STORES"]["photos"];
        assert_eq!(store["provider"], "ceph");
        let features = store["features"].as_object().unwrap();
        let is_true = features.iter().filter(|(_, value)| **value == true);
        let names: Vec<&str> = is_true.map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["acl", "tagging_on_upload:PutObject"]);
        assert_eq!(features["tagging_on_upload"], false);
        assert_eq!(features["tagging_on_upload:CopyObject"], false);
        assert_eq!(features.len(), feature::ALL.len() + 2);
        assert!(report.text("ceph", "photos").starts_with("acl                *"));
    }
}

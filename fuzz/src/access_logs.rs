//! A store's log and the Worker's lines, whatever stands in them.

use edge_signer::audit::{Format, Join, Report};
use edge_signer::s3::TagKey;
use edge_signer::secret::Secret;
use serde_json::Value;

/// Takes the same text as decisions and as a log of each format: what isn't a request is counted, and the report can be
/// read.
pub fn access_log(data: &[u8]) {
    let formats = Format::ALL.map(|(format, _)| Some(format));
    for format in formats.into_iter().chain([None]) {
        let key = TagKey::new(&Secret::new("a key for tags of 32 bytes, for all".to_owned()));
        let mut join = Join::new(vec![key]);
        join.read_decisions(data).unwrap();
        join.read_log("log", format, data).unwrap();
        let report = Report::new(join);
        let mut document = Vec::new();
        report.write_json(&mut document).unwrap();
        let document: Value = serde_json::from_slice(&document).unwrap();
        let log = &document["logs"][0];
        let count = |name: &str| log[name].as_u64().unwrap();
        let most = data.split(|byte| *byte == b'\n').count() as u64;
        assert!(count("lines") <= most, "{log}");
        assert!(count("requests") + count("cut") + count("garbage") <= count("lines"), "{log}");
        assert!(count("signed_in_query") <= count("requests"), "{log}");
        assert!(count("joined") + count("repeated") <= count("signed_in_query"), "{log}");
        let urls = document["urls"].as_array().unwrap().iter();
        let uses = urls.map(|url| url["uses"].as_array().unwrap().len() as u64);
        assert_eq!(uses.sum::<u64>(), count("joined"), "{document}");
        let mut table = Vec::new();
        report.write_table(&mut table).unwrap();
        let table = String::from_utf8(table).unwrap();
        assert!(table.chars().all(|c| c == '\n' || !c.is_control()), "{table:?}");
    }
}

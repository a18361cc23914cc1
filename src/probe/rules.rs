//! Finds rules that rely on features that the bucket doesn't have.

use serde_json::Value;

use super::feature::{
    ACL, ANY, CONTENT_LENGTH, CREATE_ONLY, EMPTY_SEGMENT, KEY_NORMALISATION, LEADING_SLASH,
    OBJECT_ATTRIBUTES, PUT, SIGNED_X_QUERY, SSE_CUSTOMER, SSE_KMS, SSE_S3, STORAGE_CLASS, TAGGING,
    TAGGING_ON_UPLOAD, UNSIGNED_HEADERS_REFUSED, VERSIONS,
};
use super::verdict::{Row, Verdict};

/// A feature that a rule relies on, and what to do if the bucket doesn't have it.
type Reliance = (&'static str, &'static str, &'static str);

const DENIALS: [&str; 3] = [LEADING_SLASH, EMPTY_SEGMENT, KEY_NORMALISATION];
const DENIAL_WAY_OUT: &str = "it can be passed by with another spelling of the key: say in allow which keys may be had, and \
     forbid none";
/// Operations that write, whose URLs reach further if unsigned headers are heeded.
const WRITES: [&str; 5] =
    ["PutObject", "UploadPart", "CreateMultipartUpload", "CopyObject", "PutObjectTagging"];

/// A sentence for each setting of `vars` that claims more than the rows show: rules for the store, and the store's
/// `features`.
pub(crate) fn broken(vars: &Value, store: &str, rows: &[Row]) -> Vec<String> {
    let table = vars.get("STORES").and_then(|stores| stores.get(store));
    let mut sentences = Vec::new();
    let rules = vars.get("RULES").and_then(Value::as_array);
    for rule in rules.into_iter().flatten().filter(|rule| names(rule, "stores", store)) {
        let name = rule.get("name").and_then(Value::as_str).unwrap_or_default();
        for (feature, operation, way_out) in reliances(rule, table) {
            if let Some(row) = unkept(rows, feature, operation) {
                sentences.push(format!(
                    "the rule {name:?} relies on {feature} ({}: {}): {way_out}",
                    row.operation, row.verdict
                ));
            }
        }
    }
    let claims = table.and_then(|table| table.get("features")).and_then(Value::as_object);
    for (claim, _) in claims.into_iter().flatten().filter(|(_, value)| **value == true) {
        let (feature, operation) = claim.split_once(':').unwrap_or((claim, ANY));
        if let Some(row) = unkept(rows, feature, operation) {
            sentences.push(format!(
                "STORES.{store}.features claims {claim} ({}: {}): set it to false",
                row.operation, row.verdict
            ));
        }
    }
    let never_versioned =
        table.and_then(|table| table.get("versioned")) == Some(&Value::Bool(false));
    let is_versioned = rows.iter().any(|row| row.operation == super::feature::PUT_VERSIONED);
    if never_versioned && is_versioned {
        sentences.push(format!(
            "STORES.{store}.versioned is false, and the bucket is versioned: take the line out, or \
             {CREATE_ONLY} promises too much"
        ));
    }
    sentences
}

/// Whether a rule's list has this name; for a rule that forbids, a missing list has all names.
fn names(rule: &Value, list: &str, wanted: &str) -> bool {
    match rule.get(list).and_then(Value::as_array) {
        Some(items) => items.iter().any(|item| item == wanted),
        None => rule.get("deny").is_some(),
    }
}

/// The row that shows that the feature doesn't hold for the operation.
fn unkept<'r>(rows: &'r [Row], feature: &str, operation: &str) -> Option<&'r Row> {
    rows.iter().find(|row| {
        let concerns = operation == ANY
            || row.operation == ANY
            || row.operation.split(' ').next() == Some(operation);
        row.feature == feature && concerns && row.verdict != Verdict::Holds
    })
}

fn reliances(rule: &Value, table: Option<&Value>) -> Vec<Reliance> {
    if rule.get("deny").is_some() {
        let has_keys = rule.get("keys").is_some();
        return DENIALS
            .iter()
            .filter(|_| has_keys)
            .map(|feature| (*feature, ANY, DENIAL_WAY_OUT))
            .collect();
    }
    let allows = |operation: &str| names(rule, "allow", operation);
    let is_set = |name: &str| rule.get(name).is_some_and(|value| *value != false);
    let mut found: Vec<Reliance> = Vec::new();
    let write_credentials = table.and_then(|table| table.get("write_credentials"));
    if WRITES.iter().any(|operation| allows(operation)) && write_credentials.is_none() {
        found.push((
            UNSIGNED_HEADERS_REFUSED,
            ANY,
            "whoever holds a URL for writing can add to it what only the credentials may do: sign with \
             write_credentials that can't read, take forms, or let the edge pass the bytes on",
        ));
    }
    if is_set("max_bytes") && (allows("PutObject") || allows("UploadPart")) {
        found.push((CONTENT_LENGTH, PUT, "max_bytes bounds nothing here: take forms"));
    }
    if is_set("versions") {
        found.push((VERSIONS, ANY, "take versions out of the rule"));
    }
    if allows("GetObjectTagging") || allows("PutObjectTagging") {
        found.push((TAGGING, ANY, "take the tagging operations out of the rule"));
    }
    if allows("GetObjectAttributes") {
        found.push((
            OBJECT_ATTRIBUTES,
            ANY,
            "the answer may be the object itself: take GetObjectAttributes out of the rule",
        ));
    }
    let tag = rule.get("tag").or_else(|| table.and_then(|table| table.get("tag")));
    if tag.is_some_and(|tag| *tag == true) {
        found.push((SIGNED_X_QUERY, ANY, "no URL of it can have a tag: take tag out"));
    }
    let headers = rule.get("headers").and_then(Value::as_array);
    for header in headers.into_iter().flatten().filter_map(Value::as_str) {
        let stem = header.strip_suffix('*').unwrap_or(header);
        let way_out = "take the header out of the rule, or let the bucket's own settings see to it";
        for (name, feature) in HEADERS {
            let covers = name == header || (stem.len() < header.len() && name.starts_with(stem));
            if covers {
                let operations = ["PutObject", "CopyObject", "CreateMultipartUpload"].into_iter();
                let own = operations.filter(|operation| allows(operation));
                found.extend(own.map(|operation| (feature, operation, way_out)));
            }
        }
    }
    found
}

/// Headers that a rule has to name, and the features they rely on.
const HEADERS: [(&str, &str); 6] = [
    ("x-amz-acl", ACL),
    ("x-amz-storage-class", STORAGE_CLASS),
    ("x-amz-tagging", TAGGING_ON_UPLOAD),
    ("x-amz-server-side-encryption", SSE_S3),
    ("x-amz-server-side-encryption-aws-kms-key-id", SSE_KMS),
    ("x-amz-server-side-encryption-customer-algorithm", SSE_CUSTOMER),
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(feature: &'static str, operation: &'static str, verdict: Verdict) -> Row {
        Row { feature, operation, verdict, seen: String::new() }
    }

    fn vars(rule: &Value) -> Value {
        json!({ "STORES": { "photos": {}, "other": {} }, "RULES": [rule] })
    }

    #[test]
    fn a_rule_that_relies_on_what_is_not_kept_is_named_with_a_way_out() {
        let rows = [
            row(UNSIGNED_HEADERS_REFUSED, PUT, Verdict::Ignored),
            row(CONTENT_LENGTH, PUT, Verdict::Holds),
            row(TAGGING_ON_UPLOAD, PUT, Verdict::Holds),
            row(TAGGING_ON_UPLOAD, "CopyObject", Verdict::Lost),
            row(SSE_S3, ANY, Verdict::Ignored),
        ];
        let of = |rule: &Value| broken(&vars(rule), "photos", &rows);
        let upload =
            json!({ "name": "up", "allow": ["PutObject"], "stores": ["photos"], "max_bytes": 1 });
        let sentences = of(&upload);
        assert_eq!(sentences.len(), 1, "{sentences:?}");
        assert!(
            sentences[0].contains("\"up\" relies on unsigned_headers_refused (PutObject: ignored)")
        );
        assert!(sentences[0].contains("write_credentials"));
        let mut elsewhere = upload.clone();
        elsewhere["stores"] = json!(["other"]);
        assert!(of(&elsewhere).is_empty());
        let read = json!({ "name": "r", "allow": ["GetObject"], "stores": ["photos"] });
        assert!(of(&read).is_empty());
        let tags = |allow: &str| json!({ "name": "t", "allow": [allow], "stores": ["photos"], "headers": ["x-amz-tagging"] });
        assert_eq!(of(&tags("PutObject")).len(), 1);
        assert_eq!(of(&tags("CopyObject")).len(), 2);
        let sse = json!({ "name": "s", "allow": ["PutObject"], "stores": ["photos"], "headers": ["x-amz-server-side-encryption*"] });
        assert!(of(&sse).iter().any(|sentence| sentence.contains("sse_s3 (*: ignored)")));
    }

    #[test]
    fn rules_that_forbid_rely_on_keys_that_stay_as_they_are() {
        let rows =
            [row(LEADING_SLASH, ANY, Verdict::Ignored), row(EMPTY_SEGMENT, ANY, Verdict::Holds)];
        let denial = json!({ "name": "no", "deny": ["*"], "keys": ["secret/**"] });
        let sentences = broken(&vars(&denial), "photos", &rows);
        assert_eq!(sentences.len(), 1, "{sentences:?}");
        assert!(sentences[0].contains("leading_slash"));
        let all = json!({ "name": "no", "deny": ["DeleteObject"] });
        assert!(broken(&vars(&all), "photos", &rows).is_empty());
    }

    #[test]
    fn what_the_store_claims_is_compared() {
        let rows = [
            row(ACL, ANY, Verdict::Ignored),
            row(CREATE_ONLY, crate::probe::feature::PUT_VERSIONED, Verdict::Ignored),
        ];
        let vars = json!({
            "STORES": { "photos": {
                "versioned": false,
                "features": { "acl": true, "create_only:PutObject": true, "tagging": true, "versions": false },
            } },
            "RULES": [],
        });
        let sentences = broken(&vars, "photos", &rows);
        assert_eq!(sentences.len(), 3, "{sentences:?}");
        assert!(sentences[0].contains("claims acl"));
        assert!(sentences[1].contains("claims create_only:PutObject"));
        assert!(sentences[2].contains("versioned is false"));
        let mut covered = vars;
        covered["RULES"] = json!([{ "name": "up", "allow": ["PutObject"], "stores": ["photos"] }]);
        let rows = [row(UNSIGNED_HEADERS_REFUSED, PUT, Verdict::Ignored)];
        assert_eq!(broken(&covered, "photos", &rows).len(), 1);
        covered["STORES"]["photos"]["write_credentials"] = json!("PUT_ONLY");
        assert!(broken(&covered, "photos", &rows).is_empty());
    }
}

//! What the bucket and its key have to allow for exactly these rules, as documents in the store's notation.

use serde_json::{Map, Value, json};

use super::answers::{Answers, Recipe};
use super::provider::{Provider, Uploads};

/// The headers of pages that browsers ask the bucket about.
const HEADERS: [&str; 3] = ["content-type", "if-none-match", "range"];
const SECONDS: u32 = 3600;

/// The rights of a key, in AWS's notation, which MinIO reads too.
pub struct Rights {
    /// The key's name in the configuration.
    pub credentials: String,
    pub document: Value,
}

/// The rights of each key that the store's table names.
pub fn rights(answers: &Answers) -> Vec<Rights> {
    let has_second = answers.uploads == Some(Uploads::WriteKey);
    let writes = ["s3:PutObject", "s3:DeleteObject"];
    let folder = |folder: &str| format!("arn:aws:s3:::{}/{folder}/*", answers.bucket);
    let mut first = Vec::new();
    for recipe in &answers.recipes {
        let mut actions = vec!["s3:GetObject"];
        let resource = match recipe {
            Recipe::OwnFiles => folder("users"),
            Recipe::PublicRead => folder("public"),
            Recipe::Links => continue,
        };
        if *recipe == Recipe::OwnFiles && !has_second {
            actions.extend(writes);
        }
        first.push(json!({ "Effect": "Allow", "Action": actions, "Resource": resource }));
    }
    let document =
        |statements: Vec<Value>| json!({ "Version": "2012-10-17", "Statement": statements });
    let mut all = vec![Rights { credentials: answers.credentials(), document: document(first) }];
    if has_second {
        let second = json!({ "Effect": "Allow", "Action": writes, "Resource": folder("users") });
        all.push(Rights { credentials: "UPLOADS".to_owned(), document: document(vec![second]) });
    }
    all
}

/// A rule for pages: their origins and methods.
struct Pages<'a> {
    origins: Vec<&'a str>,
    methods: Vec<&'static str>,
}

fn pages(answers: &Answers) -> Vec<Pages<'_>> {
    let has_uploads = answers.recipes.contains(&Recipe::OwnFiles);
    let more = |own: &[&'static str]| {
        let mut methods = vec!["GET", "HEAD"];
        methods.extend(own.iter().filter(|_| has_uploads));
        methods
    };
    let origins: Vec<&str> = answers.origins.iter().map(String::as_str).collect();
    if origins.is_empty() {
        return Vec::new();
    }
    // Garage compares all origins of a rule as one text.
    let groups = match answers.provider {
        Provider::Garage => origins.iter().map(|origin| vec![*origin]).collect(),
        _ => vec![origins],
    };
    let mut rules: Vec<Pages<'_>> = groups
        .into_iter()
        .map(|origins| Pages { origins, methods: more(&["PUT", "DELETE"]) })
        .collect();
    if answers.recipes.contains(&Recipe::Links) {
        // After a redirect browsers don't send the page's origin: docs/operations.md.
        rules.push(Pages { origins: vec!["*"], methods: more(&["PUT"]) });
    }
    rules
}

/// The bucket's CORS rules in its store's notation; none if no page uses the bucket.
pub fn cors(answers: &Answers) -> Option<Value> {
    let rules = pages(answers);
    if rules.is_empty() {
        return None;
    }
    if answers.provider == Provider::R2 {
        let rules = rules.iter().map(|rule| {
            json!({
                "allowed": { "origins": rule.origins, "methods": rule.methods, "headers": HEADERS },
                "exposeHeaders": ["ETag"],
                "maxAgeSeconds": SECONDS,
            })
        });
        return Some(json!({ "rules": rules.collect::<Vec<_>>() }));
    }
    let rules = rules.iter().map(|rule| {
        json!({
            "AllowedOrigins": rule.origins,
            "AllowedMethods": rule.methods,
            "AllowedHeaders": HEADERS,
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": SECONDS,
        })
    });
    Some(json!({ "CORSRules": rules.collect::<Vec<_>>() }))
}

/// Whether two documents say the same: stores may return what was put in another order.
pub fn is_same(one: &Value, other: &Value) -> bool {
    in_order(one) == in_order(other)
}

fn in_order(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            // To IAM a list of one item and the item itself are the same.
            if let [one] = items.as_slice() {
                return in_order(one);
            }
            let mut items: Vec<Value> = items.iter().map(in_order).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.iter().map(|(name, value)| (name.clone(), in_order(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(Map::from_iter(members))
        }
        Value::String(text) if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') => {
            // Stores ignore the case of header names and methods.
            Value::String(text.to_ascii_lowercase())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::answers::tests::{R2, answers};
    use super::*;

    #[test]
    fn a_second_key_may_write_and_the_first_may_not() {
        let all = rights(&answers(&R2.replace("r2 ", "minio ")).unwrap());
        let actions = |rights: &Rights| rights.document["Statement"][0]["Action"].to_string();
        let seen: Vec<_> = all.iter().map(|one| (one.credentials.as_str(), actions(one))).collect();
        assert_eq!(
            seen,
            [
                ("PHOTOS", r#"["s3:GetObject"]"#.to_owned()),
                ("UPLOADS", r#"["s3:PutObject","s3:DeleteObject"]"#.to_owned()),
            ]
        );
        assert_eq!(all[1].document["Statement"][0]["Resource"], "arn:aws:s3:::holiday/users/*");
    }

    #[test]
    fn pages_may_do_what_the_rules_are_for() {
        let methods = |more: &str| {
            let cors = cors(&answers(&format!("{R2} {more}")).unwrap())?;
            let rules = cors["rules"].as_array().unwrap().iter();
            let rules = rules.map(|rule| &rule["allowed"]);
            Some(
                rules
                    .map(|rule| format!("{} {}", rule["origins"], rule["methods"]))
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        };
        let origin = "--origin https://a.example";
        assert_eq!(methods(""), None);
        assert_eq!(
            methods(&format!("{origin} --recipe public-read")).unwrap(),
            r#"["https://a.example"] ["GET","HEAD"]"#
        );
        assert_eq!(
            methods(&format!("{origin} --recipe own-files --recipe links")).unwrap(),
            r#"["https://a.example"] ["GET","HEAD","PUT","DELETE"]; ["*"] ["GET","HEAD","PUT"]"#
        );
        let garage = R2.replace("r2 ", "garage ");
        let two = format!("{garage} {origin} --origin https://b.example");
        let rules = cors(&answers(&two).unwrap()).unwrap();
        let origins = rules["CORSRules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["AllowedOrigins"].to_string());
        assert_eq!(
            origins.collect::<Vec<_>>(),
            [r#"["https://a.example"]"#, r#"["https://b.example"]"#]
        );
    }

    #[test]
    fn the_order_in_which_a_store_tells_it_does_not_matter() {
        let put = json!({ "CORSRules": [{ "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["range"] }] });
        let got = json!({ "CORSRules": [{ "AllowedHeaders": "Range", "AllowedMethods": ["PUT", "GET"] }] });
        assert!(is_same(&put, &got));
        let less =
            json!({ "CORSRules": [{ "AllowedHeaders": "range", "AllowedMethods": ["PUT"] }] });
        assert!(!is_same(&put, &less));
    }
}

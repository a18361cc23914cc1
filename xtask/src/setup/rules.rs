//! The rules of the recipes, and what the bucket has to allow for exactly these.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::answers::{Answers, Recipe};

/// `policy.toml`.
pub fn policy(answers: &Answers) -> String {
    let mut rules = ArrayOfTables::new();
    for recipe in &answers.recipes {
        let (name, allow, keys) = match recipe {
            Recipe::OwnFiles => (
                "everybody keeps their own files",
                &["GetObject", "HeadObject", "PutObject", "DeleteObject"][..],
                "users/{sub}/**",
            ),
            Recipe::PublicRead => {
                ("everybody reads what is public", &["GetObject", "HeadObject"][..], "public/**")
            }
            // It is a part of the first.
            Recipe::Links => continue,
        };
        let mut rule = Table::new();
        rule.insert("name", value(name));
        rule.insert("allow", list(allow));
        rule.insert("stores", list(&[&answers.store]));
        rule.insert("keys", list(&[keys]));
        rule.insert("max_expires", value(300));
        if *recipe == Recipe::OwnFiles {
            // TOML has whole numbers of 63 bits.
            rule.insert("max_bytes", value(i64::try_from(answers.max_bytes).unwrap_or(i64::MAX)));
            if answers.recipes.contains(&Recipe::Links) {
                rule.insert("delivery", list(&["url", "redirect", "stream"]));
                rule.insert("max_uses", value(10));
            }
        }
        rules.push(rule);
    }
    let mut document = DocumentMut::new();
    document.insert("RULES", Item::ArrayOfTables(rules));
    format!("# Who may do what: docs/policy.md. `edge-signer policy check` reads it.\n\n{document}")
}

fn list(texts: &[&str]) -> Item {
    value(texts.iter().copied().collect::<Array>())
}

/// A statement for each folder of the rules, as IAM and MinIO take it.
pub fn iam(answers: &Answers) -> Value {
    let resource = |folder: &str| format!("arn:aws:s3:::{}/{folder}*", answers.bucket);
    let statements = answers.recipes.iter().filter_map(|recipe| match recipe {
        Recipe::OwnFiles => {
            Some((&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"][..], resource("users/")))
        }
        Recipe::PublicRead => Some((&["s3:GetObject"][..], resource("public/"))),
        Recipe::Links => None,
    });
    let statements: Vec<Value> = statements
        .map(|(actions, resource)| {
            json!({ "Effect": "Allow", "Action": actions, "Resource": resource })
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The bucket's rule for pages, by which they send what these rules let them have.
pub fn cors(answers: &Answers) -> Option<Value> {
    if answers.origins.is_empty() {
        return None;
    }
    let mut methods = BTreeSet::from(["GET", "HEAD"]);
    if answers.recipes.contains(&Recipe::OwnFiles) {
        methods.extend(["PUT", "DELETE"]);
    }
    Some(json!({ "CORSRules": [{
        "AllowedOrigins": answers.origins,
        "AllowedMethods": methods,
        "AllowedHeaders": ["content-type", "if-none-match", "range"],
        "ExposeHeaders": ["ETag"],
        "MaxAgeSeconds": 3600,
    }] }))
}

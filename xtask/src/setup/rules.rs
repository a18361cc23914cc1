//! The rules of the recipes.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, value};

use super::answers::{Answers, Recipe};
use super::provider::Uploads;

/// `policy.toml`.
pub fn policy(answers: &Answers) -> String {
    let mut rules = ArrayOfTables::new();
    for recipe in &answers.recipes {
        let (name, allow, keys) = match recipe {
            Recipe::OwnFiles => (
                "everybody keeps their own files",
                &["GetObject", "HeadObject", "PutObject", "DeleteObject"][..],
                format!("users/{{{}}}/**", answers.identity.folder()),
            ),
            Recipe::PublicRead => (
                "everybody reads what is public",
                &["GetObject", "HeadObject"][..],
                "public/**".to_owned(),
            ),
            // Links extend the rule of OwnFiles.
            Recipe::Links => continue,
        };
        let mut rule = Table::new();
        rule.insert("name", value(name));
        if let Some(when) = answers.identity.when() {
            rule.insert("when", when);
        }
        rule.insert("allow", list(allow));
        rule.insert("stores", list(&[&answers.store]));
        rule.insert("keys", list(&[&keys]));
        rule.insert("max_expires", value(300));
        if *recipe == Recipe::OwnFiles {
            // Scoped URLs bind no size: the setting would be a fault.
            if answers.uploads != Some(Uploads::Scoped) {
                // TOML has whole numbers of 63 bits.
                let most = i64::try_from(answers.max_bytes).unwrap_or(i64::MAX);
                rule.insert("max_bytes", value(most));
            }
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

//! Edits `wrangler.toml`: writes what setup knows, and keeps everything else and every comment.

use anyhow::{Context, Result, bail};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use super::answers::{Answers, Recipe};
use super::identity::SETTINGS;
use super::provider::{Provider, Uploads};

/// The id that the repository ships; no namespace has it.
pub const NO_ID: &str = "00000000000000000000000000000000";

/// The feature that presigned uploads need; without it they need another way.
const REFUSED: &str = "unsigned_headers_refused";

/// The id of a namespace that a binding names.
pub fn namespace_of(text: &str, binding: &str) -> Result<Option<String>> {
    let document: DocumentMut = text.parse().context("wrangler.toml")?;
    let tables = document.get("kv_namespaces").and_then(Item::as_array_of_tables);
    let own = tables
        .into_iter()
        .flat_map(ArrayOfTables::iter)
        .find(|table| table.get("binding").and_then(Item::as_str) == Some(binding));
    let id = own.and_then(|table| table.get("id")).and_then(Item::as_str);
    Ok(id.filter(|id| *id != NO_ID).map(str::to_owned))
}

/// The file with these answers in it. `namespace` is the id of `ONE_TIME_KV`.
pub fn edit(text: &str, answers: &Answers, namespace: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse().context("wrangler.toml")?;
    set_namespace(&mut document, namespace)?;
    if let Some(host) = &answers.host {
        set(document.as_table_mut(), "workers_dev", value(false));
        set(document.as_table_mut(), "preview_urls", value(false));
        let mut route = InlineTable::new();
        route.insert("pattern", host.as_str().into());
        route.insert("custom_domain", true.into());
        set(document.as_table_mut(), "routes", value(Array::from_iter([route])));
    }
    set_required(&mut document, answers);
    let vars = document.get_mut("vars").and_then(Item::as_table_like_mut);
    let vars = vars.context("wrangler.toml has no [vars]")?;
    // The rules are in policy.toml now: having both would be a fault.
    vars.remove("RULES");
    let stores = vars.get_mut("STORES").and_then(Item::as_table_mut);
    let stores = stores.context("wrangler.toml has no [vars.STORES]")?;
    set_store(stores, answers);
    let issuers = vars.get_mut("ISSUERS").and_then(Item::as_array_of_tables_mut);
    let issuers = issuers.context("wrangler.toml has no [[vars.ISSUERS]]")?;
    set_issuer(issuers, answers)?;
    if answers.recipes.contains(&Recipe::Links) {
        let mut links = Table::new();
        links.insert("keys", value(Array::from_iter(["LINK_KEY"])));
        if vars.get("LINKS").is_none() {
            vars.insert("LINKS", Item::Table(links));
        }
    }
    if !answers.origins.is_empty() {
        let cors = vars.entry("CORS").or_insert(Item::Table(Table::new()));
        let cors = cors.as_table_mut().context("[vars.CORS] is no table")?;
        set(cors, "allowed_origins", value(answers.origins.iter().collect::<Array>()));
    }
    Ok(document.to_string())
}

fn set_namespace(document: &mut DocumentMut, id: &str) -> Result<()> {
    let tables = document.get_mut("kv_namespaces").and_then(Item::as_array_of_tables_mut);
    let tables = tables.context("wrangler.toml has no [[kv_namespaces]]")?;
    for table in tables.iter_mut() {
        if table.get("binding").and_then(Item::as_str) == Some("ONE_TIME_KV") {
            set(table, "id", value(id));
            return Ok(());
        }
    }
    bail!("wrangler.toml has no KV namespace with the binding ONE_TIME_KV")
}

fn set_required(document: &mut DocumentMut, answers: &Answers) {
    let secrets = document.entry("secrets").or_insert(Item::Table(Table::new()));
    let Some(secrets) = secrets.as_table_mut() else { return };
    set(secrets, "required", value(answers.secrets().iter().collect::<Array>()));
}

fn set_store(stores: &mut Table, answers: &Answers) {
    // The store that ships is an example.
    let example = stores.iter().next().map(|(name, _)| name.to_owned());
    if let Some(name) = example.filter(|name| stores.len() == 1 && *name != answers.store)
        && let Some(example) = stores.remove(&name)
    {
        stores.insert(&answers.store, example);
    }
    let store = stores.entry(&answers.store).or_insert(Item::Table(Table::new()));
    let Some(store) = store.as_table_mut() else { return };
    match &answers.endpoint {
        Some(endpoint) => set(store, "endpoint", value(endpoint)),
        None => drop(store.remove("endpoint")),
    }
    set(store, "region", value(&answers.region));
    set(store, "bucket", value(&answers.bucket));
    let style = if answers.provider == Provider::Aws { "virtual" } else { "path" };
    set(store, "style", value(style));
    set(store, "provider", value(answers.provider.name()));
    set(store, "credentials", value(answers.credentials()));
    set_uploads(store, answers);
}

fn set_issuer(issuers: &mut ArrayOfTables, answers: &Answers) -> Result<()> {
    let issuer = issuers.get_mut(0).context("wrangler.toml has no entry of [[vars.ISSUERS]]")?;
    let settings = answers.identity.settings();
    for name in SETTINGS {
        match settings.iter().find(|(wanted, _)| *wanted == name) {
            Some((_, wanted)) => set(issuer, name, wanted.clone()),
            None => drop(issuer.remove(name)),
        }
    }
    Ok(())
}

/// Writes the settings that the store's uploads need.
fn set_uploads(store: &mut Table, answers: &Answers) {
    let r2 = match (answers.provider, answers.uploads) {
        (Provider::R2, Some(Uploads::Scoped)) => Some("scoped"),
        (Provider::R2, Some(Uploads::Bound)) => Some("bound"),
        _ => None,
    };
    let second = (answers.uploads == Some(Uploads::WriteKey)).then_some("UPLOADS");
    for (name, wanted) in [("uploads", r2), ("write_credentials", second)] {
        match wanted {
            Some(wanted) => set(store, name, value(wanted)),
            None => drop(store.remove(name)),
        }
    }
    if answers.uploads == Some(Uploads::Bound) && r2.is_none() {
        let features = store.entry("features").or_insert(value(InlineTable::new()));
        if let Some(features) = features.as_table_like_mut()
            && features.get(REFUSED).and_then(Item::as_bool) != Some(true)
        {
            features.insert(REFUSED, value(true));
        }
    } else if let Some(features) = store.get_mut("features").and_then(Item::as_table_like_mut) {
        features.remove(REFUSED);
        if features.is_empty() {
            store.remove("features");
        }
    }
}

/// Sets a value in its place and keeps the comment after it. An equal value stays as it is written.
fn set(table: &mut Table, name: &str, new: Item) {
    let (Some(old), Some(mut new_value)) =
        (table.get(name).and_then(Item::as_value), new.as_value().cloned())
    else {
        table.insert(name, new);
        return;
    };
    let bare = |value: &toml_edit::Value| {
        let mut value = value.clone();
        value.decor_mut().clear();
        value.to_string()
    };
    if bare(old) != bare(&new_value) {
        *new_value.decor_mut() = old.decor().clone();
        table.insert(name, Item::Value(new_value));
    }
}

#[cfg(test)]
mod tests {
    use super::super::answers::tests::{R2, answers};
    use super::*;

    const SHIPPED: &str = include_str!("../../../wrangler.toml");

    #[test]
    fn a_second_edit_changes_nothing_and_one_way_leads_to_any_other() {
        let minio = R2.replace("r2 ", "minio ");
        let lines = [
            R2.to_owned(),
            format!("{R2} --uploads bound"),
            minio.clone(),
            format!("{minio} --uploads bound --host sign.example.com --origin https://a.example"),
            R2.replace(
                "--issuer https://app.example.com",
                "--identity google --identity-name example.com --audience a",
            ),
        ];
        let edited = |text: &str, line: &str| edit(text, &answers(line).unwrap(), "ab").unwrap();
        for one in &lines {
            let first = edited(SHIPPED, one);
            assert_eq!(edited(&first, one), first, "{one}");
            for other in &lines {
                let there = edited(&first, other);
                assert_eq!(edited(&there, other), there, "{one}, then {other}");
                let vars = |text: &str| {
                    let document: DocumentMut = text.parse().unwrap();
                    let table = |item: &Item| {
                        let table = item.as_table().unwrap();
                        let mut lines: Vec<String> = table
                            .iter()
                            .map(|(name, item)| {
                                format!(
                                    "{name} = {}",
                                    item.as_value().map_or(String::new(), |v| v
                                        .clone()
                                        .decorated("", "")
                                        .to_string())
                                )
                            })
                            .collect();
                        lines.sort_unstable();
                        lines
                    };
                    let store = table(&document["vars"]["STORES"]["photos"]);
                    let issuer = document["vars"]["ISSUERS"]
                        .as_array_of_tables()
                        .unwrap()
                        .get(0)
                        .unwrap()
                        .clone();
                    (store, table(&Item::Table(issuer)))
                };
                assert_eq!(vars(&there), vars(&edited(SHIPPED, other)), "{one}, then {other}");
            }
        }
    }

    #[test]
    fn a_claim_of_somebody_else_stays() {
        let line = R2.replace("r2 ", "ceph ");
        let own = SHIPPED.replace(
            "credentials = \"PHOTOS\"",
            "credentials = \"PHOTOS\"\nfeatures = { acl = true }",
        );
        let bound =
            edit(&own, &answers(&format!("{line} --uploads bound")).unwrap(), "ab").unwrap();
        assert!(bound.contains("acl = true") && bound.contains("unsigned_headers_refused = true"));
        let back = edit(&bound, &answers(&line).unwrap(), "ab").unwrap();
        assert!(back.contains("acl = true") && !back.contains(REFUSED), "{back}");
        assert!(back.contains("write_credentials = \"UPLOADS\""));
    }
}

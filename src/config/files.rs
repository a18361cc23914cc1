//! The settings that may have their own file beside `wrangler.toml`, because Cloudflare limits a variable's size.

use serde_json::Value;

use super::Environment;
use crate::variables::Faults;

/// Each such variable, and its file.
pub const FILES: [(&str, &str); 3] =
    [("STORES", "stores.toml"), ("ISSUERS", "issuers.toml"), ("RULES", "policy.toml")];

/// A variable, from its file if there is one.
pub(super) fn setting(
    name: &str,
    environment: &impl Environment,
    faults: &Faults,
) -> Option<Value> {
    let var = environment.var(name);
    let file = FILES.iter().find(|(of_file, _)| *of_file == name).map(|(_, file)| *file);
    let Some((file, contents)) = file.and_then(|file| Some((file, environment.file(file)?))) else {
        return var;
    };
    if var.is_some() {
        faults.add(name, format!("is both a variable and in {file}: remove one of them"));
    }
    let others: Vec<&str> = contents
        .as_object()
        .map(|members| members.keys().map(String::as_str).filter(|other| *other != name).collect())
        .unwrap_or_default();
    if !others.is_empty() {
        faults.add(
            file,
            format!("holds {name} and nothing else; here is also: {}", others.join(", ")),
        );
    }
    contents.get(name).cloned()
}

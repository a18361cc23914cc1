//! The Worker's configuration as files: `wrangler.toml`, and the files that may stand beside it.

use std::fs;
use std::path::{Path, PathBuf};

use edge_signer::config::{Config, Environment, FILES};
use serde_json::Value;

use super::toml_lines::line_of;

/// A Worker's environment from its configuration file and the files beside it. Secrets are elsewhere, and rules don't
/// read them, so every secret counts as present.
pub(super) struct FileEnvironment {
    table: Value,
    files: Vec<Source>,
    /// The configuration itself.
    main: Source,
}

/// The variable of the rules, and its file.
const RULES_FILE: (&str, &str) = FILES[2];

/// A file that was read.
struct Source {
    /// The variable that it stands for.
    name: String,
    path: PathBuf,
    text: String,
    contents: Value,
}

impl FileEnvironment {
    /// Reads the file, or one environment of it, and the files beside it.
    pub(super) fn read(file: &Path, environment: Option<&str>) -> Result<Self, String> {
        let main = Source::read(file)?;
        let beside = FILES.map(|(_, name)| file.with_file_name(name));
        let there = beside.iter().filter(|path| path.exists() && *path != file);
        let files = there.map(|path| Source::read(path)).collect::<Result<_, _>>()?;
        // An environment inherits neither variables nor bindings. All environments share the files.
        let table = match environment {
            None => Some(main.contents.clone()),
            Some(name) => main.contents.get("env").and_then(|all| all.get(name)).cloned(),
        };
        let missing =
            || format!("{} has no [env.{}]", file.display(), environment.unwrap_or_default());
        Ok(Self { table: table.ok_or_else(missing)?, files, main })
    }

    /// Reads a configuration or, if `file` has only rules, `config` with these instead of its own.
    pub(super) fn of_rules(
        file: &Path,
        config: &Path,
        environment: Option<&str>,
    ) -> Result<Self, String> {
        let source = Source::read(file)?;
        let (variable, name) = RULES_FILE;
        if source.contents.get(variable).is_none() {
            return Self::read(file, environment);
        }
        let mut whole = Self::read(config, environment)?;
        if let Some(vars) = whole.table.get_mut("vars").and_then(Value::as_object_mut) {
            vars.remove(variable);
        }
        whole.files.retain(|own| !own.is_named(name));
        whole.files.push(Source { name: name.to_owned(), ..source });
        Ok(whole)
    }

    /// The configuration, or all of its faults, each with its place.
    pub(super) fn config(&self) -> Result<Config, String> {
        Config::read(self).map_err(|faults| {
            let lines = faults.iter().map(|fault| {
                let place = self.place(&fault.path).map(|place| format!("{place}: "));
                let place = place.unwrap_or_default();
                format!("\n  {place}{}: {}", fault.path, fault.detail)
            });
            format!("{} can't be used:{}", self.main.path.display(), lines.collect::<String>())
        })
    }

    /// The value of a variable or of its file.
    pub(super) fn setting(&self, name: &str) -> Option<Value> {
        let of_file = FILES.iter().find(|(variable, _)| *variable == name);
        let in_file = of_file.and_then(|(_, file)| self.file(file)?.get(name).cloned());
        in_file.or_else(|| self.var(name))
    }

    /// File and line of a setting.
    fn place(&self, path: &str) -> Option<String> {
        let in_files = self.files.iter().find_map(|source| Some((source, source.line(path)?)));
        let in_main = || Some((&self.main, self.main.line(&format!("vars.{path}"))?));
        let (source, line) = in_files.or_else(in_main)?;
        Some(format!("{}:{line}", source.path.display()))
    }
}

impl Source {
    fn read(path: &Path) -> Result<Self, String> {
        let failed = |why: String| format!("{}: {why}", path.display());
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let contents = if is_json(path) {
            serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?
        } else {
            as_sent(toml::from_str(&text).map_err(|error| failed(error.to_string()))?)
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, path: path.to_owned(), text, contents })
    }

    fn is_named(&self, name: &str) -> bool {
        self.name == name
    }

    /// The line of a setting, or of the table or list that holds it.
    fn line(&self, path: &str) -> Option<usize> {
        if is_json(&self.path) { None } else { line_of(&self.text, path) }
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json" || extension == "jsonc")
}

/// Wrangler sends variables as JavaScript writes JSON, which has one kind of number: `1.0` is `1`.
fn as_sent(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            let whole = text.strip_suffix(".0").and_then(|whole| whole.parse::<i64>().ok());
            whole.map_or(Value::Number(number), Value::from)
        }
        Value::Array(items) => items.into_iter().map(as_sent).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, as_sent(value))).collect()
        }
        other => other,
    }
}

impl Environment for FileEnvironment {
    fn var(&self, name: &str) -> Option<Value> {
        self.table.get("vars")?.get(name).cloned()
    }

    fn secret(&self, name: &str) -> Option<String> {
        let is_optional = name.ends_with("_EXPIRES_AT") || name.ends_with("_SESSION_TOKEN");
        // A value that is long enough for every secret, and has the form of a key that signs messages.
        (!is_optional).then(|| format!("whsec_{}", "PLACEHOLDERS".repeat(6)))
    }

    fn has_binding(&self, name: &str) -> bool {
        let objects = self.table.get("durable_objects").and_then(|objects| objects.get("bindings"));
        let queues = self.table.get("queues").and_then(|queues| queues.get("producers"));
        let (spaces, limits) = (self.table.get("kv_namespaces"), self.table.get("ratelimits"));
        let lists = [spaces, objects, queues, limits];
        let bindings = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
        bindings
            .flat_map(|binding| [binding.get("binding"), binding.get("name")])
            .flatten()
            .any(|present| present == name)
    }

    fn limiter_period(&self, name: &str) -> Option<u64> {
        let limiters = self.table.get("ratelimits")?.as_array()?;
        let limiter = limiters.iter().find(|limiter| limiter["name"] == name)?;
        limiter["simple"]["period"].as_u64()
    }

    fn file(&self, name: &str) -> Option<Value> {
        self.files.iter().find(|source| source.is_named(name)).map(|source| source.contents.clone())
    }
}

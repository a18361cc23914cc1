//! Which file of `src` uses what is defined in which other file; re-exports are followed to the definition.

use std::collections::{BTreeMap, BTreeSet};

/// A module's path below the crate: `["api", "wire", "cors"]`; the crate itself is empty.
pub(crate) type Module = Vec<String>;

/// The sources, by module: without comments, and without tests.
pub(crate) struct Sources(BTreeMap<Module, String>);

/// What a `use` imports, or a path in the code.
struct Import {
    /// A `pub use`.
    is_exported: bool,
    path: Vec<String>,
    /// Its name in this file.
    name: String,
}

impl Sources {
    /// Reads files: their paths below `src`, and their texts.
    pub(crate) fn new<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let module = |path: &str| {
            let mut parts: Module =
                path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
            if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
                parts.pop();
            }
            parts
        };
        let is_test = |module: &Module| module.last().is_some_and(|last| last == "tests");
        let files = files.into_iter().map(|(path, text)| (module(path), code(text)));
        Self(files.filter(|(module, _)| !is_test(module)).collect())
    }

    /// The files that define each file's imports.
    pub(crate) fn edges(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let imports: BTreeMap<&Module, Vec<Import>> =
            self.0.iter().map(|(module, text)| (module, self.imports(module, text))).collect();
        let mut exports: BTreeMap<(&Module, &str), &[String]> = BTreeMap::new();
        for (module, imports) in &imports {
            for one in imports.iter().filter(|import| import.is_exported) {
                exports.insert((module, &one.name), &one.path);
            }
        }
        let defined = |path: &[String]| self.defined(&exports, path, 0);
        let edges = imports.iter().map(|(&module, imports)| {
            let targets = imports.iter().filter_map(|import| defined(&import.path));
            (module, targets.filter(|target| *target != module).collect())
        });
        edges.collect()
    }

    /// The file that defines what an absolute path names.
    fn defined<'s>(
        &'s self,
        exports: &BTreeMap<(&Module, &str), &[String]>,
        path: &[String],
        depth: usize,
    ) -> Option<&'s Module> {
        let (module, rest) = (0..=path.len()).rev().find_map(|length| {
            let (module, rest) = path.split_at(length);
            self.0.get_key_value(module).map(|(module, _)| (module, rest))
        })?;
        let Some((name, rest)) = rest.split_first() else { return Some(module) };
        match exports.get(&(module, name.as_str())) {
            Some(target) if depth < 10 => {
                self.defined(exports, &[target, rest].concat(), depth + 1)
            }
            _ => Some(module),
        }
    }

    fn imports(&self, module: &Module, text: &str) -> Vec<Import> {
        let mut found = Vec::new();
        let mut rest = String::new();
        let mut statement: Option<String> = None;
        for line in text.lines() {
            let bare = line.trim_start();
            let starts = bare.starts_with("use ")
                || (bare.starts_with("pub") && bare.contains(" use ") && !bare.contains('"'));
            if statement.is_none() && !starts {
                rest.push_str(line);
                rest.push('\n');
                continue;
            }
            let so_far = statement.get_or_insert_default();
            so_far.push_str(bare);
            if so_far.ends_with(';') {
                let (before, tree) = so_far.trim_end_matches(';').split_once("use ").unwrap();
                let is_exported = before.starts_with("pub");
                found.extend(leaves(tree).into_iter().map(|leaf| (is_exported, leaf)));
                statement = None;
            }
        }
        let in_use = found.into_iter().filter_map(|(is_exported, leaf)| {
            let (path, name) = leaf.split_once(" as ").unwrap_or((&leaf, ""));
            let path = self.absolute(module, path)?;
            let name = if name.is_empty() { path.last()?.clone() } else { name.to_owned() };
            Some(Import { is_exported, path, name })
        });
        let in_code = paths(&rest).into_iter().filter_map(|path| {
            let path = self.absolute(module, path)?;
            Some(Import { is_exported: false, name: String::new(), path })
        });
        in_use.chain(in_code).collect()
    }

    /// The absolute path in this crate; `None` for one of another crate, and for a name of the file itself.
    fn absolute(&self, module: &Module, path: &str) -> Option<Vec<String>> {
        let mut parts = path.split("::").filter(|part| *part != "*").peekable();
        let mut base = module.clone();
        match *parts.peek()? {
            "crate" | "edge_signer" => {
                base.clear();
                parts.next();
            }
            "self" => drop(parts.next()),
            "super" => {
                while parts.next_if_eq(&"super").is_some() {
                    base.pop();
                }
            }
            first => {
                let child = [base.as_slice(), &[first.to_owned()]].concat();
                self.0.contains_key(&child).then_some(())?;
            }
        }
        base.extend(parts.filter(|part| *part != "self").map(str::to_owned));
        Some(base)
    }
}

/// A circle of imports, if there is one.
pub(crate) fn circle<'m>(
    edges: &BTreeMap<&'m Module, BTreeSet<&'m Module>>,
) -> Option<Vec<&'m Module>> {
    fn walk<'m>(
        module: &'m Module,
        edges: &BTreeMap<&'m Module, BTreeSet<&'m Module>>,
        way: &mut Vec<&'m Module>,
        done: &mut BTreeSet<&'m Module>,
    ) -> Option<Vec<&'m Module>> {
        if let Some(start) = way.iter().position(|passed| *passed == module) {
            return Some(way[start..].to_vec());
        }
        if done.contains(module) {
            return None;
        }
        way.push(module);
        let found = edges[module].iter().find_map(|next| walk(next, edges, way, done));
        way.pop();
        done.insert(module);
        found
    }
    let mut done = BTreeSet::new();
    edges.keys().find_map(|module| walk(module, edges, &mut Vec::new(), &mut done))
}

/// A file's text up to its tests.
pub(crate) fn without_tests(text: &str) -> &str {
    text.split("\nmod tests {").next().unwrap_or(text).trim_end_matches("#[cfg(test)]")
}

fn code(text: &str) -> String {
    let lines = without_tests(text).lines();
    let lines: Vec<&str> = lines.filter(|line| !line.trim_start().starts_with("//")).collect();
    lines.join("\n")
}

/// `a::{b, c::{d, e as f}}` is `a::b`, `a::c::d` and `a::c::e as f`.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, inside)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let inside = inside.trim_end().strip_suffix('}').expect("a use ends with its brace");
    let mut depth = 0;
    let items = inside.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let items = items.map(str::trim).filter(|item| !item.is_empty());
    items.flat_map(leaves).map(|leaf| format!("{before}{leaf}")).collect()
}

/// Everything in code that looks like a path, except in visibilities.
fn paths(code: &str) -> Vec<&str> {
    let words = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let is_visibility = |word: &str| {
        let at = word.as_ptr() as usize - code.as_ptr() as usize;
        code[..at].ends_with("pub(in ")
    };
    let words = words.map(|word| word.trim_end_matches(':'));
    words.filter(|word| word.contains("::") && !is_visibility(word)).collect()
}

//! Every path named in a document, a comment or a string of the sources exists in the repository, and so does every
//! section that a link between documents leads to.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A text that begins with one of these, or with another top-level folder, is a path. The list keeps folders that were
/// renamed, so that mentions of their old names are found.
const FOLDERS: [&str; 13] = [
    ".ci",
    "bench",
    "clients",
    "demo",
    "devstack",
    "docs",
    "examples",
    "fixtures",
    "fuzz",
    "src",
    "templates",
    "tests",
    "xtask",
];

/// What commands make and git ignores, so that a fresh clone doesn't have it. A name without a slash matches at any
/// depth.
const OUTPUTS: [(&str, &str); 12] = [
    (".git", "git's own"),
    ("target", "cargo compiles into it"),
    ("fuzz/artifacts", "inputs that the fuzzer failed with"),
    ("build", "the Worker's bundle"),
    ("node_modules", "npm's packages"),
    ("dist", "the bundled browser client"),
    (".tools", "tools that were compiled"),
    (".dev", "the state of `cargo xtask dev`"),
    (".wrangler", "the state of wrangler"),
    ("clients/js/src/openapi.d.ts", "made from assets/openapi.json"),
    ("examples/*/public/main.js", "an example's bundled script"),
    ("examples/*/public/main.css", "an example's bundled style"),
];

/// The extensions of the files that are searched for paths.
const TEXTS: [&str; 9] = ["css", "html", "js", "md", "mjs", "rs", "sh", "toml", "ts"];

/// In these files a name with such an extension is a file of the repository even without its folder.
const NAMED_ALONE: [&str; 5] = [".md", "bench/", "clients/", "devstack/", "xtask/"];
const ALONE: [&str; 3] = [".md", ".mjs", ".rs"];

/// The names in this file are made up.
const SELF: &str = "tests/documents.rs";

/// The files and folders of a repository, relative to its top.
#[derive(Default)]
struct Tree {
    files: BTreeSet<String>,
    folders: BTreeSet<String>,
}

impl Tree {
    fn of(files: &[&str]) -> Self {
        let mut tree = Self::default();
        for file in files {
            tree.add(file);
        }
        tree
    }

    /// Adds everything below a folder, except what commands make.
    fn read(&mut self, root: &Path, folder: &str) {
        for entry in fs::read_dir(root.join(folder)).expect("the repository is readable") {
            let entry = entry.expect("the repository is readable");
            let name = entry.file_name().into_string().expect("a name is UTF-8");
            let path = join(folder, &name);
            if is_output(&path) {
                continue;
            }
            if entry.path().is_dir() {
                self.read(root, &path);
            } else {
                self.add(&path);
            }
        }
    }

    fn add(&mut self, file: &str) {
        self.files.insert(file.to_owned());
        self.folders.extend(ancestors(file).filter(|folder| !folder.is_empty()).map(str::to_owned));
    }

    /// Whether something of this name exists; a name that ends with a slash is a folder's.
    fn has(&self, path: &str) -> bool {
        let folder = path.strip_suffix('/');
        let name = folder.unwrap_or(path);
        let is_in = |known: &BTreeSet<String>| {
            let is_glob = name.contains('*');
            known.contains(name) || is_glob && known.iter().any(|known| matches(name, known))
        };
        is_in(&self.folders) || folder.is_none() && is_in(&self.files)
    }

    fn has_somewhere(&self, name: &str) -> bool {
        let below = format!("/{name}");
        self.files.iter().any(|file| file == name || file.ends_with(&below))
    }
}

/// The folders that a file is in, from its own to the top, which is empty.
fn ancestors(file: &str) -> impl Iterator<Item = &str> {
    file.rmatch_indices('/').map(|(at, _)| &file[..at]).chain([""])
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A link's target, resolved from the file's folder; `None` if it is outside of the repository.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

fn is_document(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|ending| ending == "md")
}

fn is_output(path: &str) -> bool {
    OUTPUTS.iter().any(|(output, _)| {
        if output.contains('/') {
            path == *output || matches(output, path)
        } else {
            path.split('/').any(|segment| segment == *output)
        }
    })
}

/// `*` is anything within a segment, `**` anything at all.
fn matches(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix('*') {
        let (rest, end) = match rest.strip_prefix('*') {
            Some(rest) => (rest, path.len()),
            None => (rest, path.find('/').unwrap_or(path.len())),
        };
        let mut ends = (0..=end).filter(|at| path.is_char_boundary(*at));
        return ends.any(|at| matches(rest, &path[at..]));
    }
    match (pattern.chars().next(), path.chars().next()) {
        (Some(one), Some(other)) if one == other => {
            matches(&pattern[one.len_utf8()..], &path[other.len_utf8()..])
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// The words of a line that could be paths. Placeholders (`{name}`, `${name}` or `…`) become `*`.
fn words(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let word = found.last_mut().expect("there is always one");
        let braces = rest.starts_with('{').then(|| rest.find('}')).flatten();
        let braces = braces.map(|end| &rest[..=end]);
        let is_of_path = |inner: &&str| !inner.contains([' ', '"', '\'', '`']);
        if let Some(braces) = braces.filter(is_of_path) {
            word.push_str(if braces.contains(',') { braces } else { "*" });
            rest = &rest[braces.len()..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        match character {
            '$' if rest.starts_with('{') => {}
            '…' => word.push('*'),
            c if c.is_alphanumeric() || "_-./*@~".contains(c) => word.push(c),
            _ => found.push(String::new()),
        }
    }
    found.iter().map(|word| word.trim_end_matches('.').to_owned()).collect()
}

/// `{a,b}` written out.
fn expand(word: &str) -> Vec<String> {
    let inner = word.split_once('{').and_then(|(before, rest)| {
        let (inner, after) = rest.split_once('}')?;
        Some((before, inner, after))
    });
    match inner {
        None => vec![word.to_owned()],
        Some((before, inner, after)) => {
            inner.split(',').flat_map(|one| expand(&format!("{before}{one}{after}"))).collect()
        }
    }
}

/// The targets of a line's links, except those to other sites.
fn links(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let targets = targets.map(|target| target.trim_matches(['<', '>']));
    targets.filter(|target| !target.contains(':')).collect()
}

/// The lines outside of code blocks, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        (!is_code && !is_fence).then_some((index + 1, line))
    })
}

/// The anchors of a document's sections, as GitHub makes them.
fn sections(text: &str) -> BTreeSet<String> {
    let mut seen = BTreeMap::<String, usize>::new();
    let headings = prose(text).filter_map(|(_, line)| {
        let heading = line.trim_start_matches('#');
        (heading.len() < line.len() && heading.starts_with(' ')).then(|| heading.trim())
    });
    let names = headings.map(|heading| {
        let slug = slug(heading);
        let count = seen.entry(slug.clone()).or_default();
        *count += 1;
        if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
    });
    names.collect()
}

fn slug(heading: &str) -> String {
    // Only the text of a link counts.
    let mut pieces = heading.split("](");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        shown.push_str(piece.split_once(')').map_or("", |(_, after)| after));
    }
    let kept = shown.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What was checked, and what doesn't exist.
#[derive(Default)]
struct Findings {
    checked: usize,
    faults: Vec<String>,
}

impl Findings {
    fn expect(&mut self, is_there: bool, fault: impl FnOnce() -> String) {
        self.checked += 1;
        if !is_there {
            let fault = fault();
            // A link's text often is its target.
            if !self.faults.contains(&fault) {
                self.faults.push(fault);
            }
        }
    }

    /// The paths that a file's words name.
    fn paths(&mut self, file: &str, text: &str, tree: &Tree) {
        let is_top = |segment: &str| FOLDERS.contains(&segment) || tree.folders.contains(segment);
        let may_stand_alone =
            NAMED_ALONE.iter().any(|part| file.ends_with(part) || file.starts_with(part));
        for (index, line) in text.lines().enumerate() {
            for word in words(line) {
                let first = word.split('/').next().unwrap_or_default();
                let is_path = first.len() < word.len() && is_top(first);
                let is_name = may_stand_alone
                    && ALONE
                        .iter()
                        .any(|ending| word.ends_with(ending) && word.len() > ending.len())
                    && !word.starts_with(['/', '.', '@', '~'])
                    && !word.contains('*');
                for path in expand(&word).iter().filter(|_| is_path || is_name) {
                    let is_there = if is_path {
                        ancestors(file).any(|folder| {
                            let whole = join(folder, path);
                            tree.has(&whole) || is_output(&whole)
                        })
                    } else {
                        tree.has_somewhere(path) || is_output(path)
                    };
                    self.expect(is_there, || format!("{file}:{}: {path}", index + 1));
                }
            }
        }
    }

    /// Checks the links of a document: the file, and the section in it.
    fn links(&mut self, file: &str, text: &str, tree: &Tree, known: &BTreeMap<String, String>) {
        let folder = ancestors(file).next().unwrap_or_default();
        for (number, line) in prose(text) {
            for target in links(line) {
                let (path, section) = target.split_once('#').unwrap_or((target, ""));
                let whole =
                    if path.is_empty() { Some(file.to_owned()) } else { resolve(folder, path) };
                let is_there = whole.as_ref().is_some_and(|whole| tree.has(whole));
                self.expect(is_there, || format!("{file}:{number}: {target}"));
                let document = whole.and_then(|whole| known.get(&whole));
                if let Some(document) = document.filter(|_| !section.is_empty()) {
                    let has_section = sections(document).contains(section);
                    self.expect(has_section, || {
                        format!("{file}:{number}: {target}: there is no such section")
                    });
                }
            }
        }
    }
}

#[test]
fn what_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tree = Tree::default();
    tree.read(root, "");
    let is_text = |file: &&String| {
        let ending = file.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| TEXTS.contains(&ending)) && *file != SELF
    };
    let texts: BTreeMap<String, String> = tree
        .files
        .iter()
        .filter(is_text)
        .map(|file| (file.clone(), fs::read_to_string(root.join(file)).expect("a text is UTF-8")))
        .collect();
    let mut findings = Findings::default();
    for (file, text) in &texts {
        findings.paths(file, text, &tree);
        if is_document(file) {
            findings.links(file, text, &tree, &texts);
        }
    }
    assert!(texts.len() > 300, "the walk found {} files", texts.len());
    assert!(findings.checked > 500, "{} names were looked at", findings.checked);
    let faults = findings.faults;
    assert!(faults.is_empty(), "what these name isn't there:\n{}", faults.join("\n"));
}

/// The paths of a text that a small repository lacks.
fn missing(file: &str, text: &str) -> Vec<String> {
    let tree = Tree::of(&[
        "src/api/mod.rs",
        "src/time.rs",
        "tests/e2e/links.test.mjs",
        "tests/e2e/support/edge.mjs",
        "examples/uppy/src/main.js",
        "docs/api.md",
    ]);
    let known = [("docs/api.md", "# The API\n## `One` [URL](a), \"twice\"\n## Links\n## Links\n")];
    let known = known.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
    let mut findings = Findings::default();
    findings.paths(file, text, &tree);
    if is_document(file) {
        findings.links(file, text, &tree, &known);
    }
    findings.faults
}

#[test]
fn a_made_up_path_is_a_fault_with_its_file_and_line() {
    let text = "`src/time.rs`, src/clock.rs\n(`docs/sdk.md`)\n";
    let faults =
        ["README.md:1: src/clock.rs", "README.md:2: docs/sdk.md"].map(str::to_owned).to_vec();
    assert_eq!(missing("README.md", text), faults);
    assert_eq!(
        missing("bench/src/a.rs", "// see `src/clock.rs`."),
        ["bench/src/a.rs:1: src/clock.rs"]
    );
    assert_eq!(missing("xtask/src/a.rs", "join(\"tests/e3e\")"), ["xtask/src/a.rs:1: tests/e3e"]);
    assert_eq!(
        missing("clients/js/a.ts", "/** `devstack/a` */"),
        ["clients/js/a.ts:1: devstack/a"]
    );
}

#[test]
fn folders_globs_and_alternatives_are_paths() {
    for there in [
        "src/api/, src/api and tests/e2e/.",
        "tests/e2e/*.test.mjs, tests/**/edge.mjs",
        "src/{api/mod,time}.rs",
        "join(&format!(\"examples/{name}/src\"))",
        "new URL(`examples/${name}/src/main.js`)",
        "src/…",
        "target/doc, build/index.js, clients/js/dist, examples/uppy/public/main.js",
        "https://example.com/src/none.rs, /src/none, my/src/none",
    ] {
        assert_eq!(missing("README.md", there), [""; 0], "{there}");
    }
    for (made_up, named) in [
        ("src/time.rs/", "src/time.rs/"),
        ("tests/e2e/*.spec.mjs", "tests/e2e/*.spec.mjs"),
        ("tests/*.test.mjs", "tests/*.test.mjs"),
        ("src/{time,clock}.rs", "src/clock.rs"),
        ("`examples/${name}/lib`", "examples/*/lib"),
    ] {
        assert_eq!(missing("README.md", made_up), [format!("README.md:1: {named}")]);
    }
}

#[test]
fn a_path_may_be_relative_to_a_folder_of_its_file() {
    assert_eq!(missing("examples/uppy/README.md", "`src/main.js`"), [""; 0]);
    assert_eq!(missing("examples/form/README.md", "`src/main.js`").len(), 1);
}

#[test]
fn a_source_is_known_by_its_name_alone() {
    assert_eq!(missing("ARCHITECTURE.md", "`time.rs`, `api/mod.rs`, `edge.mjs`"), [""; 0]);
    assert_eq!(missing("ARCHITECTURE.md", "`clock.rs`"), ["ARCHITECTURE.md:1: clock.rs"]);
    assert_eq!(missing("ARCHITECTURE.md", "`fuzz/a.rs`"), ["ARCHITECTURE.md:1: fuzz/a.rs"]);
    // Elsewhere the name may be a test's own.
    assert_eq!(missing("tests/a.rs", "\"clock.rs\""), [""; 0]);
}

#[test]
fn links_go_to_files_and_sections() {
    let good = "[a](../docs/api.md) [b](api.md#one-url-twice) [c](api.md#links-1) [d](https://a.example/b)";
    assert_eq!(missing("docs/b.md", good), [""; 0]);
    assert_eq!(missing("docs/b.md", "```sh\n[a](none)\n```"), [""; 0]);
    let bad = "[a](none.json)\n[b](../../api.md) [c](api.md#links-2)";
    let faults = ["docs/b.md:1: none.json", "docs/b.md:2: ../../api.md"];
    let found = missing("docs/b.md", bad);
    assert_eq!(found[..2], faults);
    assert_eq!(found[2], "docs/b.md:2: api.md#links-2: there is no such section");
}

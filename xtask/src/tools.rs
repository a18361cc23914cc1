//! Installs what building and testing need, if it is missing: npm packages in `node_modules/`, and Rust tools in
//! `.tools/` (or `$EDGE_SIGNER_TOOLS`), with a folder for each version so that nothing is built twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, bail};

use crate::beside::both;
use crate::process::{output, run, run_quietly};
use crate::{root, say};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The programs that make a Worker bundle.
pub struct BuildTools {
    pub bindgen: PathBuf,
    pub wasm_opt: PathBuf,
    pub esbuild: PathBuf,
}

/// Installs what `build` needs.
pub fn build_tools() -> Result<BuildTools> {
    let (bindgen, ()) = both(bindgen, npm_packages)?;
    Ok(BuildTools { bindgen, wasm_opt: npm_program("wasm-opt"), esbuild: npm_program("esbuild") })
}

/// The program of `xtask/bindgen`, compiled once for each version of `wasm-bindgen`.
fn bindgen() -> Result<PathBuf> {
    const MANIFEST: &str = "xtask/bindgen/Cargo.toml";
    let version = locked_version("wasm-bindgen", LOCK)?;
    let manifest = fs::read_to_string(root().join(MANIFEST)).context(MANIFEST)?;
    let wanted = format!("wasm-bindgen-cli-support = \"={version}\"");
    if !manifest.contains(&wanted) {
        bail!("Cargo.lock has another wasm-bindgen than {MANIFEST}: write {wanted} there");
    }
    let target = folder().join(format!("bindgen-{version}"));
    let program = target.join("debug/bindgen");
    if !program.exists() {
        say("compiling the binding tool (about a minute, once)");
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "--manifest-path", MANIFEST, "--target-dir"]).arg(&target);
    run_quietly("compiling the binding tool", cargo.current_dir(root()))?;
    Ok(program)
}

/// The command line of `wasm-bindgen`, which a benchmark needs.
pub fn wasm_bindgen() -> Result<PathBuf> {
    Ok(cargo_tool("wasm-bindgen-cli", &locked_version("wasm-bindgen", LOCK)?)?.join("wasm-bindgen"))
}

/// The tool that builds other Workers in Rust, in the version of the crate `worker`. A benchmark needs it.
pub fn worker_build() -> Result<PathBuf> {
    Ok(cargo_tool("worker-build", &locked_version("worker", "bench/Cargo.lock")?)?
        .join("worker-build"))
}

/// A program in `node_modules`.
pub fn npm_program(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// A command that runs `script` with the Node in `node_modules`: wrangler may need a newer one than the machine has.
pub fn node(script: &Path) -> Command {
    let mut command = Command::new(npm_program("node"));
    command.arg(script).env("PATH", path_with_npm_programs());
    command
}

fn path_with_npm_programs() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", root().join("node_modules/.bin").display())
}

/// `npm install`, if the lock file has changed since the last one. `npm ci` would refuse a lock file without the
/// optional packages of every platform.
pub fn npm_packages() -> Result<()> {
    // Steps that run side by side may both ask for the packages.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let lock = fs::read(root().join("package-lock.json")).context("package-lock.json")?;
    let stamp = root().join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let found = output(Command::new("node").arg("--version")).unwrap_or_default();
    let major: u32 =
        found.trim_start_matches('v').split('.').next().unwrap_or_default().parse().unwrap_or(0);
    if major < 20 {
        bail!(
            "Node 20 or later is needed to install npm packages, found {found:?}; see nodejs.org"
        );
    }
    say("installing npm packages (about half a minute)");
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-progress"]).current_dir(root());
    run_quietly("installing npm packages", &mut npm)?;
    let installed = output(Command::new(npm_program("node")).arg("--version"));
    if installed.is_none() {
        bail!(
            "npm installed the package `node` without its program: its install script was not \
             allowed to run. Allow it (npm install-scripts approve node) and try again"
        );
    }
    fs::write(stamp, lock).context("node_modules")
}

/// The product's lock file.
const LOCK: &str = "Cargo.lock";

/// The version of a package in a lock file.
fn locked_version(name: &str, file: &'static str) -> Result<String> {
    let text = fs::read_to_string(root().join(file)).context(file)?;
    let lock: toml::Table = text.parse().context(file)?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context(file)?;
    let package = packages.iter().find(|p| p.get("name").and_then(|n| n.as_str()) == Some(name));
    let version = package.and_then(|package| package.get("version")?.as_str());
    version.map(str::to_owned).with_context(|| format!("{name} is not in {file}"))
}

/// Adds Rust's target for Wasm if it is missing.
pub fn wasm_target() -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(root()));
    let installed = sysroot.is_some_and(|sysroot| {
        Path::new(&sysroot).join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir()
    });
    if installed {
        return Ok(());
    }
    say("adding the Rust target for Wasm (some seconds)");
    run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(root()))
}

/// The folder in which tools are installed.
pub fn folder() -> PathBuf {
    std::env::var_os("EDGE_SIGNER_TOOLS").map_or_else(|| root().join(".tools"), PathBuf::from)
}

/// Installs a crate's programs; returns their folder.
pub fn cargo_tool(name: &str, version: &str) -> Result<PathBuf> {
    // Without optimisation the tool compiles in half the time and still runs in a second.
    install_crate(name, version, "one to three minutes", |cargo| cargo.arg("--debug"))
}

/// Like [`cargo_tool`], for a server, which has to behave as in production: without the checks of a debug build.
pub fn cargo_server(name: &str, version: &str, takes: &str) -> Result<PathBuf> {
    install_crate(name, version, takes, |cargo| cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"))
}

fn install_crate(
    name: &str,
    version: &str,
    takes: &str,
    configure: impl Fn(&mut Command) -> &mut Command,
) -> Result<PathBuf> {
    let tools = folder();
    let folder = tools.join(format!("{name}-{version}"));
    let finished = folder.join("installed");
    if finished.exists() {
        return Ok(folder.join("bin"));
    }
    say(&format!("compiling {name} {version} ({takes}, once)"));
    let install = |locked: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(["install", "--force", name, "--version", &format!("={version}")]);
        command.args(locked).arg("--root").arg(&folder);
        command.arg("--target-dir").arg(tools.join("build"));
        run_quietly(&format!("compiling {name}"), configure(&mut command).current_dir(root()))
    };
    if let Err(locked) = install(&["--locked"]) {
        // The crate's lock file may name a version that the registry no longer serves.
        install(&[]).map_err(|error| {
            anyhow!(
                "{name} {version} can't be installed: see to it that cargo reaches its registry, and try \
                 again.\n{error}\nWith its own lock file: {locked}"
            )
        })?;
    }
    fs::write(finished, "").context("tools folder")?;
    Ok(folder.join("bin"))
}

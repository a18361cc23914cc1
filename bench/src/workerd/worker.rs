//! A Worker and its configuration, as text for workerd.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// What `wrangler.toml` says, so that workerd behaves as wrangler would make it.
const COMPATIBILITY_DATE: &str = "2026-10-01";
/// The name of the one socket; its address is given on the command line.
pub const SOCKET: &str = "http";

/// A Worker as it is uploaded, and what it is bound to.
#[derive(Clone, Debug)]
pub struct Worker {
    pub name: &'static str,
    /// The first is the entry.
    pub modules: Vec<PathBuf>,
    pub bindings: Vec<(String, Binding)>,
    /// What stands in for KV, where KV is bound.
    pub kv: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub enum Binding {
    /// A secret.
    Text(String),
    /// A variable.
    Json(Value),
    Kv,
    /// The Durable Object of this class, which the Worker has itself.
    Object(&'static str),
}

impl Worker {
    /// One that is bound to nothing.
    pub fn unbound(name: &'static str, modules: &[PathBuf]) -> Self {
        Self { name, modules: modules.to_vec(), bindings: Vec::new(), kv: None }
    }

    /// Writes configuration and modules into `folder`; gives the configuration's path.
    pub fn write(&self, folder: &Path) -> Result<PathBuf> {
        let mut services = vec![self.service(folder)?];
        if let Some(kv) = &self.kv {
            let modules = module(kv, folder)?;
            services.push(service("kv", &modules, &[]));
        }
        let has_objects = self.bindings.iter().any(|(_, kind)| matches!(kind, Binding::Object(_)));
        if has_objects {
            fs::create_dir_all(folder.join("objects"))?;
            let path = text(&folder.join("objects").to_string_lossy());
            services
                .push(format!(r#"(name = "objects", disk = (path = {path}, writable = true))"#));
        }
        let config = folder.join("config.capnp");
        let services = services.join(",\n  ");
        fs::write(
            &config,
            format!(
                r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
  {services}
  ],
  sockets = [(name = "{SOCKET}", http = (), service = "worker")],
);
"#
            ),
        )?;
        Ok(config)
    }

    fn service(&self, folder: &Path) -> Result<String> {
        let modules: Result<Vec<String>> =
            self.modules.iter().map(|path| module(path, folder)).collect();
        let mut more = Vec::new();
        for (_, binding) in &self.bindings {
            if let Binding::Object(class) = binding {
                // Objects of a busy Worker are never evicted.
                more.push(format!(
                    r#"durableObjectNamespaces = [(className = "{class}", uniqueKey = "{class}", enableSql = true, preventEviction = true)]"#
                ));
                more.push(r#"durableObjectStorage = (localDisk = "objects")"#.to_owned());
            }
        }
        let bindings = self.bindings.iter().map(|(name, binding)| {
            let value = match binding {
                Binding::Text(value) => format!("text = {}", text(value)),
                Binding::Json(value) => format!("json = {}", text(&value.to_string())),
                Binding::Kv => r#"kvNamespace = "kv""#.to_owned(),
                Binding::Object(class) => format!(r#"durableObjectNamespace = "{class}""#),
            };
            format!(r#"(name = "{name}", {value})"#)
        });
        let bindings: Vec<String> = bindings.collect();
        more.push(format!("bindings = [{}]", bindings.join(", ")));
        Ok(service("worker", &modules?.join(", "), &more))
    }
}

fn service(name: &str, modules: &str, more: &[String]) -> String {
    let fields = [
        format!("modules = [{modules}]"),
        format!(r#"compatibilityDate = "{COMPATIBILITY_DATE}""#),
    ];
    let fields: Vec<&str> = fields.iter().chain(more).map(String::as_str).collect();
    format!(r#"(name = "{name}", worker = ({}))"#, fields.join(", "))
}

/// Copies a module beside the configuration, which finds it there.
fn module(path: &Path, folder: &Path) -> Result<String> {
    let name = path.file_name().context("a module has a name")?.to_string_lossy();
    fs::copy(path, folder.join(&*name)).with_context(|| path.display().to_string())?;
    let is_wasm = path.extension().is_some_and(|extension| extension == "wasm");
    let kind = if is_wasm { "wasm" } else { "esModule" };
    Ok(format!(r#"(name = "{name}", {kind} = embed "{name}")"#))
}

/// A text in Cap'n Proto's notation, which escapes what JSON does.
fn text(value: &str) -> String {
    Value::from(value).to_string()
}

//! A store and a Worker on loopback ports, with a configuration and secrets of their own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use edge_signer::encoding::hex;
use edge_signer::jwt::issue_hs256;
use edge_signer::s3::Operation;
use serde_json::{Value, json};

use crate::process::Group;
use crate::root;
use crate::store::{Keys, Store};
use crate::tools::node;

const STORE_NAME: &str = "photos";
const BUCKET: &str = "dev-photos";
const REGION: &str = "us-east-1";
const ISSUER: &str = "http://localhost/edge-signer-dev";
const OPAQUE_ISSUER: &str = "edge-signer-dev";
const AUDIENCE: &str = "edge-signer";
const SUBJECT: &str = "dev";
/// Seconds that the ready-made token lives: a day's work.
const TOKEN_TTL: u64 = 24 * 3600;
/// workerd starts within a few seconds; a first start may compile.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Secrets of one stack, made on its first start and kept in its folder.
struct Secrets {
    keys: Keys,
    session_secret: String,
    admin_secret: String,
}

/// Both servers; they end with this value.
pub struct Stack {
    /// What `--ready-file` holds.
    pub ready: Value,
    edge: Group,
    _store: Store,
}

/// How a stack is started.
pub struct Options<'a> {
    /// Where configuration, secrets, objects and KV are kept.
    pub folder: &'a Path,
    /// The Worker's port; `None` takes a free one.
    pub port: Option<u16>,
    /// The store's port; `None` takes a free one.
    pub store_port: Option<u16>,
    /// Where wrangler's output goes; `None` for the terminal.
    pub log: Option<&'a Path>,
    /// Whether wrangler builds again when sources change.
    pub rebuild: bool,
    /// A folder with `public/`, which takes the demo page's place, and `vars.json`, which replaces variables.
    pub example: Option<&'a Path>,
}

impl Stack {
    /// Starts both and waits until they answer.
    pub fn start(options: &Options<'_>) -> Result<Self> {
        fs::create_dir_all(options.folder)?;
        let secrets = secrets(&options.folder.join(".dev.vars"))?;
        let store_folder = options.folder.join("store");
        let store_port = options.store_port.unwrap_or(0);
        let store = Store::start(&store_folder, BUCKET, &secrets.keys, store_port)?;
        let port = match options.port {
            Some(port) => require_free(port)?,
            None => free_port()?,
        };
        let token = token(&secrets.session_secret);
        let page = options.example.map_or_else(|| root().join("demo"), |e| e.join("public"));
        let assets = write_assets(options.folder, &page, &token)?;
        let config = options.folder.join("wrangler.json");
        let mut worker = worker_config(&store, &assets, options.rebuild);
        if let Some(example) = options.example {
            replace_vars(&mut worker, &example.join("vars.json"))?;
        }
        fs::write(&config, serde_json::to_string_pretty(&worker)?)?;

        let edge = start_wrangler(&config, port, options)?;
        let ready = json!({
            "edge": format!("http://127.0.0.1:{port}"),
            "store": store.url(),
            "store_name": STORE_NAME,
            "bucket": BUCKET,
            "token": token,
            "session_secret": secrets.session_secret,
            "issuer": ISSUER,
            "audience": AUDIENCE,
            "access_key_id": secrets.keys.access_key_id,
            "secret_access_key": secrets.keys.secret_access_key,
            "admin_secret": secrets.admin_secret,
        });
        let mut stack = Self { ready, edge, _store: store };
        stack.wait_until_ready(port)?;
        Ok(stack)
    }

    /// Fails where the Worker has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.edge.ended() {
            None => Ok(()),
            Some(status) => bail!("wrangler dev has ended: {status}"),
        }
    }

    fn wait_until_ready(&mut self, port: u16) -> Result<()> {
        let health = format!("http://127.0.0.1:{port}/healthz");
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            self.check()?;
            match ureq::get(&health).call() {
                Ok(_) => return Ok(()),
                Err(ureq::Error::StatusCode(status)) => {
                    bail!("the Worker answers {status} to /healthz; see its output")
                }
                Err(_) if Instant::now() > deadline => {
                    bail!("the Worker didn't answer within {READY_WITHIN:?}; see its output")
                }
                Err(_) => sleep(Duration::from_millis(200)),
            }
        }
    }
}

fn start_wrangler(config: &Path, port: u16, options: &Options<'_>) -> Result<Group> {
    let mut command = node(&root().join("node_modules/wrangler/bin/wrangler.js"));
    command
        .args(["dev", "--ip", "127.0.0.1", "--show-interactive-dev-session=false"])
        .arg("--port")
        .arg(port.to_string())
        .arg("--inspector-port")
        .arg(free_port()?.to_string())
        .arg("--config")
        .arg(config)
        .arg("--persist-to")
        .arg(options.folder.join("state"))
        .env("WRANGLER_SEND_METRICS", "false")
        // Development needs nothing from outside.
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .current_dir(root());
    if let Some(log) = options.log {
        let file = fs::File::create(log)?;
        command.stdout(Stdio::from(file.try_clone()?)).stderr(Stdio::from(file));
    }
    Group::spawn(&mut command)
}

/// The Worker's configuration in development. `wrangler.toml` is the one for production.
fn worker_config(store: &Store, assets: &Path, rebuild: bool) -> Value {
    let mut config = json!({
        "name": "edge-signer-dev",
        "main": root().join("build/index.js"),
        "compatibility_date": "2026-10-01",
        "kv_namespaces": [
            { "binding": "ONE_TIME_KV", "id": "dev" }, { "binding": "SESSIONS", "id": "dev-sessions" },
        ],
        "durable_objects": {
            "bindings": [{ "name": "LEDGER", "class_name": "LedgerObject" }],
        },
        "migrations": [{ "tag": "v1", "new_sqlite_classes": ["LedgerObject"] }],
        "assets": { "directory": assets },
        "vars": {
            "STORES": {
                STORE_NAME: {
                    "endpoint": store.url(), "region": REGION, "bucket": BUCKET, "style": "path",
                    // The embedded store enforces what MinIO does.
                    "provider": "minio", "credentials": "PHOTOS",
                },
            },
            "ISSUERS": [
                {
                    "issuer": ISSUER, "audience": AUDIENCE, "algorithms": ["HS256"],
                    "secret": "SESSION_SECRET",
                },
                { "issuer": OPAQUE_ISSUER, "opaque": true },
            ],
            "REVOCATION": { "admin_secret": "ADMIN_SECRET" },
            "RULES": [
                {
                    "name": "members keep their own files", "when": { "role": "member" },
                    "allow": Operation::ALL.map(Operation::as_str),
                    "stores": [STORE_NAME], "keys": ["users/{sub}/**"], "headers": ["*"],
                    "versions": true, "delivery": ["url", "redirect", "stream"],
                    "unlimited_uses": true, "max_link_expires": 2_592_000,
                },
                {
                    "name": "members read what is public", "when": { "role": "member" },
                    "allow": ["GetObject", "HeadObject"],
                    "stores": [STORE_NAME], "keys": ["public/**"],
                },
            ],
            "ONE_TIME": { "ledger": "layered" },
            "LINKS": { "keys": ["LINK_KEY"] },
            "DEVELOPMENT": true,
        },
    });
    if rebuild {
        config["build"] = json!({
            "command": "cargo xtask build", "cwd": root(), "watch_dir": root().join("src"),
        });
    }
    config
}

/// What an example has of its own.
fn replace_vars(worker: &mut Value, file: &Path) -> Result<()> {
    if !file.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(file)?;
    let own: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    for (name, value) in own.as_object().into_iter().flatten() {
        worker["vars"][name] = value.clone();
    }
    Ok(())
}

/// A page, the client that it may use, and the session.
fn write_assets(folder: &Path, page: &Path, token: &str) -> Result<PathBuf> {
    let assets = folder.join("assets");
    if assets.exists() {
        fs::remove_dir_all(&assets)?;
    }
    copy_folder(page, &assets)?;
    let client = root().join("clients/js/dist");
    if client.exists() {
        copy_folder(&client, &assets.join("edge-signer"))?;
    }
    let session = json!({ "token": token, "store": STORE_NAME, "subject": SUBJECT });
    fs::write(assets.join("dev-session.json"), session.to_string())?;
    Ok(assets)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Reads the secrets, and makes those that aren't there. The file is the one that wrangler reads them from.
fn secrets(file: &Path) -> Result<Secrets> {
    let mut text = if file.exists() { fs::read_to_string(file)? } else { String::new() };
    let mut value = |name: &str, make: &dyn Fn() -> Result<String>| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        if let Some(value) = line {
            return Ok(value.to_owned());
        }
        let made = make()?;
        text.push_str(&format!("{name}={made}\n"));
        anyhow::Ok(made)
    };
    let secrets = Secrets {
        keys: Keys {
            access_key_id: value("PHOTOS_ACCESS_KEY_ID", &|| {
                Ok(format!("DEV{}", random_hex(8)?.to_uppercase()))
            })?,
            secret_access_key: value("PHOTOS_SECRET_ACCESS_KEY", &|| random_hex(20))?,
        },
        session_secret: value("SESSION_SECRET", &|| random_hex(32))?,
        admin_secret: value("ADMIN_SECRET", &|| random_hex(32))?,
    };
    // Nothing but the Worker needs this one.
    value("LINK_KEY", &|| random_hex(32))?;
    fs::write(file, text)?;
    Ok(secrets)
}

fn token(session_secret: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "role": "member",
        "iat": now, "exp": now + TOKEN_TTL,
    });
    let claims = claims.as_object().cloned().unwrap_or_default();
    issue_hs256(session_secret.as_bytes(), &claims)
}

fn random_hex(bytes: usize) -> Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(hex(&random))
}

fn require_free(port: u16) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    listener.with_context(|| format!("port {port} is taken; choose another with --port"))?;
    Ok(port)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

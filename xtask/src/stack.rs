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
        let assets = write_assets(options.folder, &token)?;
        let config = options.folder.join("wrangler.json");
        let text = serde_json::to_string_pretty(&worker_config(&store, &assets, options.rebuild))?;
        fs::write(&config, text)?;

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
        "kv_namespaces": [{ "binding": "ONE_TIME_KV", "id": "dev" }],
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
            "ISSUERS": [{
                "issuer": ISSUER, "audience": AUDIENCE, "algorithms": ["HS256"],
                "secret": "SESSION_SECRET",
            }],
            "RULES": [
                {
                    "name": "members keep their own files", "when": { "role": "member" },
                    "allow": Operation::ALL.map(Operation::as_str),
                    "stores": [STORE_NAME], "keys": ["users/{sub}/**"], "headers": ["*"],
                },
                {
                    "name": "members read what is public", "when": { "role": "member" },
                    "allow": ["GetObject", "HeadObject"],
                    "stores": [STORE_NAME], "keys": ["public/**"],
                },
            ],
            "ONE_TIME": { "ledger": "kv" },
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

/// The demo page and the session that it uses.
fn write_assets(folder: &Path, token: &str) -> Result<PathBuf> {
    let assets = folder.join("assets");
    fs::create_dir_all(&assets)?;
    for entry in fs::read_dir(root().join("demo"))? {
        let entry = entry?;
        fs::copy(entry.path(), assets.join(entry.file_name()))?;
    }
    let session = json!({ "token": token, "store": STORE_NAME, "subject": SUBJECT });
    fs::write(assets.join("dev-session.json"), session.to_string())?;
    Ok(assets)
}

/// Reads the secrets, or makes them. The file is the one that wrangler reads them from.
fn secrets(file: &Path) -> Result<Secrets> {
    if !file.exists() {
        let id: String = random_hex(8)?.to_uppercase();
        let text = format!(
            "PHOTOS_ACCESS_KEY_ID=DEV{id}\nPHOTOS_SECRET_ACCESS_KEY={}\nSESSION_SECRET={}\n",
            random_hex(20)?,
            random_hex(32)?,
        );
        fs::write(file, text)?;
    }
    let text = fs::read_to_string(file)?;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.map(str::to_owned).with_context(|| format!("{} has no {name}", file.display()))
    };
    Ok(Secrets {
        keys: Keys {
            access_key_id: value("PHOTOS_ACCESS_KEY_ID")?,
            secret_access_key: value("PHOTOS_SECRET_ACCESS_KEY")?,
        },
        session_secret: value("SESSION_SECRET")?,
    })
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

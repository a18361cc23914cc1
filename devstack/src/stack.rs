//! A store and a Worker on loopback ports, with a configuration and secrets of their own.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use xtask::dev_arguments::has_tags;
use xtask::process::Group;
use xtask::root;
use xtask::signals::Stop;
use xtask::tools::node;

use crate::assets::write_assets;
use crate::https::{self, Certificates};
use crate::joined;
use crate::secrets::{AUDIENCE, ISSUER, secrets, token};
use crate::store::{Keys, SMALLEST_PART, Store};
use crate::worker_config::{replace_vars, worker_config};

pub const STORE_NAME: &str = "photos";
pub const BUCKET: &str = "dev-photos";
/// workerd starts within a few seconds; a first start may compile.
const READY_WITHIN: Duration = Duration::from_secs(120);

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
    /// The Worker's port.
    pub port: u16,
    /// The store's port.
    pub store_port: u16,
    /// A folder with `public/`, which takes the demo page's place, and `vars.json`, which replaces variables.
    pub example: Option<&'a Path>,
    /// What both show over https.
    pub certificates: Option<&'a Certificates>,
}

impl Stack {
    /// Starts both and waits until they answer.
    pub fn start(options: &Options<'_>, stop: &Stop) -> Result<Self> {
        fs::create_dir_all(options.folder)?;
        let secrets = secrets(&options.folder.join(".dev.vars"))?;
        // Both logs of an example whose URLs have tags are kept: what became of a URL is in the two together.
        let logs = match options.example {
            Some(example) if has_tags(example)? => Some(joined::Logs::below(options.folder)),
            _ => None,
        };
        let store = start_store(options, &secrets.keys, logs.as_ref())?;
        let port = options.port;
        let token = token(&secrets.session_secret);
        let page = options.example.map_or_else(|| root().join("demo"), |e| e.join("public"));
        let assets = write_assets(options.folder, &page, &token)?;
        let config = options.folder.join("wrangler.json");
        let mut worker = worker_config(&store.url(), &assets)?;
        if let Some(example) = options.example {
            replace_vars(&mut worker, &example.join("vars.json"))?;
        }
        fs::write(&config, serde_json::to_string_pretty(&worker)?)?;

        let edge = start_wrangler(&config, port, options, logs.as_ref())?;
        let scheme = if options.certificates.is_some() { "https" } else { "http" };
        let edge_url = format!("{scheme}://127.0.0.1:{port}");
        let mut ready = json!({
            "edge": edge_url,
            "ca": options.certificates.map(|it| &it.authority),
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
        if let Some(logs) = &logs {
            logs.tell(&mut ready, &secrets.tag_key);
        }
        let mut stack = Self { ready, edge, _store: store };
        stack.wait_until_ready(&format!("{edge_url}/healthz"), options.certificates, stop)?;
        Ok(stack)
    }

    /// Fails where the Worker has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        match self.edge.ended() {
            None => Ok(()),
            Some(status) => bail!("wrangler dev has ended: {status}"),
        }
    }

    fn wait_until_ready(
        &mut self,
        health: &str,
        certificates: Option<&Certificates>,
        stop: &Stop,
    ) -> Result<()> {
        let client = client(certificates)?;
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            self.check()?;
            match client.get(health).call() {
                Ok(_) => return Ok(()),
                Err(ureq::Error::StatusCode(status)) => {
                    bail!("the Worker answers {status} to /healthz; see its output")
                }
                Err(_) if Instant::now() > deadline => {
                    bail!("the Worker didn't answer within {READY_WITHIN:?}; see its output")
                }
                Err(_) => stop.sleep(Duration::from_millis(200))?,
            }
        }
    }
}

fn start_store(options: &Options<'_>, keys: &Keys, logs: Option<&joined::Logs>) -> Result<Store> {
    let folder = options.folder.join("store");
    let tls = options.certificates.map(|it| Arc::clone(&it.server));
    let log = logs.map(|logs| logs.access_log.as_path());
    Store::start(&folder, BUCKET, keys, options.store_port, SMALLEST_PART, tls, log)
}

/// Trusts the certificates of this start, and else nobody.
fn client(certificates: Option<&Certificates>) -> Result<Agent> {
    let mut tls = TlsConfig::builder().unversioned_rustls_crypto_provider(https::provider());
    if let Some(Certificates { authority, .. }) = certificates {
        let authority = Certificate::from_pem(&fs::read(authority)?)?;
        tls = tls.root_certs(RootCerts::new_with_certs(&[authority]));
    }
    Ok(Agent::config_builder().tls_config(tls.build()).build().into())
}

fn start_wrangler(
    config: &Path,
    port: u16,
    options: &Options<'_>,
    logs: Option<&joined::Logs>,
) -> Result<Group> {
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
    if let Some(Certificates { authority, certificate, key, .. }) = options.certificates {
        command.args(["--local-protocol", "https"]);
        command.arg("--https-cert-path").arg(certificate).arg("--https-key-path").arg(key);
        // What it names, the Worker trusts too when it asks the store.
        command.env("NODE_EXTRA_CA_CERTS", authority);
    }
    match logs {
        None => Group::spawn(&mut command),
        Some(logs) => logs.keep(&mut command),
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

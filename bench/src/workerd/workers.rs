//! The Workers that are compared, each configured for the same session, store and rule.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bench_work::{ACCESS_KEY_ID, BUCKET, REGION, SECRET_ACCESS_KEY};
use serde::Deserialize;
use serde_json::{Value, json};

use super::worker::{Binding, Worker};
use crate::{node, root};

const HS256_ISSUER: &str = "https://app.example.com";
const RS256_ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "edge-signer";

/// A session of each kind, and what verifies it.
#[derive(Deserialize)]
pub struct Sessions {
    secret: String,
    pub hs256: String,
    pub rs256: String,
    jwk: Value,
}

impl Sessions {
    /// Makes them, with keys that nobody else has.
    pub fn make() -> Result<Self> {
        let claims = json!({ "aud": AUDIENCE, "sub": "alice", "role": "member" });
        let output = node(&root().join("bench/workers/sessions.mjs"))
            .args([&claims.to_string(), HS256_ISSUER, RS256_ISSUER])
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("sessions.mjs")
    }
}

/// What records one-time keys.
#[derive(Clone, Copy)]
pub enum Ledger {
    Durable,
    Layered,
}

/// The product, all features in, configured as `wrangler.toml` is, and for RS256 beside HS256.
pub fn edge_signer(ledger: Ledger, sessions: &Sessions) -> Worker {
    built("edge-signer", &root().join("build"), ledger, sessions)
}

/// Another build of it, such as one of before a change.
pub fn before(folder: &Path, ledger: Ledger, sessions: &Sessions) -> Worker {
    built("before", folder, ledger, sessions)
}

fn built(name: &'static str, build: &Path, ledger: Ledger, sessions: &Sessions) -> Worker {
    let ledger = match ledger {
        Ledger::Durable => "durable",
        Ledger::Layered => "layered",
    };
    let stores = json!({ "photos": {
        "endpoint": format!("https://s3.{REGION}.amazonaws.com"), "region": REGION,
        "bucket": BUCKET, "style": "virtual", "provider": "aws", "credentials": "PHOTOS",
    } });
    let issuers = json!([
        {
            "issuer": HS256_ISSUER, "audience": AUDIENCE, "algorithms": ["HS256"],
            "secret": "SESSION_SECRET",
        },
        {
            "issuer": RS256_ISSUER, "audience": AUDIENCE, "algorithms": ["RS256"],
            "keys": [sessions.jwk],
        },
    ]);
    let rules = json!([
        {
            "name": "members keep their own files", "when": { "role": "member" },
            "allow": ["GetObject", "HeadObject", "PutObject", "DeleteObject"],
            "stores": ["photos"], "keys": ["users/{sub}/**"], "max_expires": 300,
        },
        {
            "name": "members read what is public", "when": { "role": "member" },
            "allow": ["GetObject", "HeadObject"],
            "stores": ["photos"], "keys": ["public/**"], "max_expires": 300,
        },
    ]);
    let variables = [
        ("STORES", stores),
        ("ISSUERS", issuers),
        ("RULES", rules),
        ("ONE_TIME", json!({ "ledger": ledger })),
    ];
    let mut bindings: Vec<(String, Binding)> = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Binding::Json(value)))
        .collect();
    bindings.extend(secrets(sessions));
    bindings.push(("ONE_TIME_KV".to_owned(), Binding::Kv));
    bindings.push(("LEDGER".to_owned(), Binding::Object("LedgerObject")));
    Worker {
        name,
        modules: vec![build.join("index.js"), build.join("index_bg.wasm")],
        bindings,
        kv: Some(bundled("kv.js")),
    }
}

/// aws4fetch and jose.
pub fn aws4fetch(sessions: &Sessions) -> Worker {
    peer("aws4fetch + jose", "aws4fetch.js", sessions)
}

/// The AWS SDK's presigner and jose.
pub fn aws_sdk(sessions: &Sessions) -> Worker {
    peer("AWS SDK + jose", "aws-sdk.js", sessions)
}

/// JavaScript that answers `ok`.
pub fn empty_js() -> Worker {
    Worker::unbound("empty JS", &[bundled("empty.js")])
}

/// JavaScript that reads, prints and answers as much as the product, and signs nothing.
pub fn twin_js() -> Worker {
    Worker::unbound("JS that signs nothing", &[bundled("twin.js")])
}

/// The same as `empty_js` with workers-rs.
pub fn empty_rust() -> Worker {
    let built = bundled("empty-rust");
    Worker::unbound("empty workers-rs", &[built.join("index.js"), built.join("index_bg.wasm")])
}

fn peer(name: &'static str, module: &str, sessions: &Sessions) -> Worker {
    let texts =
        [("ISSUER", HS256_ISSUER), ("AUDIENCE", AUDIENCE), ("BUCKET", BUCKET), ("REGION", REGION)];
    let texts = texts.map(|(name, value)| (name.to_owned(), Binding::Text(value.to_owned())));
    let bindings = texts.into_iter().chain(secrets(sessions)).collect();
    Worker { bindings, ..Worker::unbound(name, &[bundled(module)]) }
}

fn secrets(sessions: &Sessions) -> [(String, Binding); 3] {
    [
        ("SESSION_SECRET", sessions.secret.as_str()),
        ("PHOTOS_ACCESS_KEY_ID", ACCESS_KEY_ID),
        ("PHOTOS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
    ]
    .map(|(name, value)| (name.to_owned(), Binding::Text(value.to_owned())))
}

/// What `cargo xtask bench` puts there.
fn bundled(name: &str) -> PathBuf {
    root().join("bench/target/workers").join(name)
}

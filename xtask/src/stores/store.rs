//! A store that runs on the loopback until this value is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::process::captured;
use xtask::scratch::Scratch;

use super::daemon::Daemon;

/// The bucket that is measured.
pub(super) const BUCKET: &str = "edge-signer-stores";
/// A second bucket, which keeps versions.
pub(super) const VERSIONED: &str = "edge-signer-stores-versioned";
/// The lifetime of a URL that sets a bucket up.
const SECONDS: &str = "60";

/// An access key.
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
}

/// A running store, with what the tests need to know.
pub(super) struct Running {
    /// As its makers call it.
    pub(super) title: String,
    /// Its name in the configuration.
    pub(super) provider: String,
    /// The number of its release, such as `16.2.15`.
    pub(super) release: String,
    /// A description of what was installed and how it runs.
    pub(super) what: String,
    pub(super) endpoint: String,
    pub(super) region: String,
    pub(super) keys: Keys,
    /// Keys that may write but not read, if the tests are to use some.
    pub(super) write_keys: Option<Keys>,
    /// Whether the store supports versions.
    pub(super) has_versions: bool,
    /// The certificate of an https endpoint.
    pub(super) ca: Option<PathBuf>,
    /// Its programs: the last one started ends first.
    pub(super) daemons: Vec<Daemon>,
    /// All of its data, removed after the programs have ended.
    pub(super) folder: Scratch,
}

impl Running {
    /// The description that the tests receive.
    pub(super) fn description(&self) -> Value {
        let keys = |keys: &Keys| json!({ "id": keys.id, "secret": keys.secret });
        json!({
            "provider": self.provider,
            "release": self.release,
            "endpoint": self.endpoint,
            "region": self.region,
            "bucket": BUCKET,
            "keys": keys(&self.keys),
            "write_keys": self.write_keys.as_ref().map(keys),
        })
    }

    /// Allows pages of every origin to use the bucket.
    pub(super) fn allow_origins(&self, program: &Path) -> Result<()> {
        let methods = ["GET", "HEAD", "PUT", "POST", "DELETE"];
        let methods = methods.map(|method| format!("<AllowedMethod>{method}</AllowedMethod>"));
        let rule = format!(
            "<AllowedOrigin>*</AllowedOrigin>{}<AllowedHeader>*</AllowedHeader>\
             <ExposeHeader>ETag</ExposeHeader>",
            methods.concat()
        );
        let body = format!("<CORSConfiguration><CORSRule>{rule}</CORSRule></CORSConfiguration>");
        self.put(program, &format!("{BUCKET}?cors"), &body)
    }

    /// Makes the bucket that keeps versions.
    pub(super) fn make_versioned(&self, program: &Path) -> Result<()> {
        let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        self.put(program, VERSIONED, "")?;
        self.put(program, &format!("{VERSIONED}?versioning"), body)
    }

    /// Sends a PUT of the S3 API that sets something up, signed by the command line.
    pub(super) fn put(&self, program: &Path, resource: &str, body: &str) -> Result<()> {
        let url = format!("{}/{resource}", self.endpoint);
        let mut presign = Command::new(program);
        presign.args(["presign", "--method", "PUT", "--region", &self.region, "--url", &url]);
        presign.args(["--expires", SECONDS]);
        presign.env("AWS_ACCESS_KEY_ID", &self.keys.id);
        presign.env("AWS_SECRET_ACCESS_KEY", &self.keys.secret);
        let signed = captured("signing", &mut presign)?;

        let sent = self.folder.path().join("body");
        fs::write(&sent, body)?;
        // Passed in a file, because other users could see a signed URL in the list of processes.
        let options = self.folder.path().join("curl.conf");
        fs::write(&options, format!("url = \"{}\"\n", signed.trim()))?;
        let mut curl = Command::new("curl");
        curl.args([
            "-sS",
            "--fail-with-body",
            "--max-time",
            "60",
            "-X",
            "PUT",
            "-H",
            "content-type:",
        ]);
        curl.arg("--config").arg(options).arg("--data-binary").arg(format!("@{}", sent.display()));
        if let Some(ca) = &self.ca {
            curl.arg("--cacert").arg(ca);
        }
        let what = format!("{} refused PUT {resource}", self.title);
        captured("asking the store", &mut curl).map(|_| ()).context(what)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        while let Some(daemon) = self.daemons.pop() {
            drop(daemon);
        }
    }
}

/// Random bytes in hexadecimal digits.
pub(super) fn random(bytes: usize) -> Result<String> {
    use std::io::Read;
    let mut random = vec![0; bytes];
    fs::File::open("/dev/urandom")?.read_exact(&mut random).context("/dev/urandom")?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

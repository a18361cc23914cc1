//! Ceph's object gateway over https: a monitor, a manager, one OSD on a file, and radosgw.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use xtask::process::{captured, output};
use xtask::scratch::Scratch;

use super::daemon::{Daemon, answers};
use super::store::{BUCKET, Keys, Running, random};
use super::{packages, ports};

const PROGRAMS: [&str; 8] = [
    "ceph-mon",
    "ceph-mgr",
    "ceph-osd",
    "radosgw",
    "radosgw-admin",
    "ceph",
    "ceph-authtool",
    "monmaptool",
];
const PACKAGES: [&str; 6] =
    ["ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "ceph-common", "openssl"];

/// Seconds within which a daemon has to be ready: the gateway makes its pools first.
const PATIENCE: u64 = 180;
/// Bytes of the OSD's device: a sparse file.
const DEVICE: u64 = 4 << 30;

/// The owner of the bucket. The key that may only write is its subuser's: a separate user would own what it writes, and
/// could read it.
const OWNER: &str = "edge-tests";
const UPLOADER: &str = "edge-tests:uploads";

pub(super) fn start(program: &Path) -> Result<Running> {
    packages::install(&PROGRAMS, &PACKAGES)?;
    let folder = Scratch::folder("ceph")?;
    let [monitor, legacy, gateway] = ports::free()?;
    let cluster = Cluster { folder: folder.path(), id: uuid()? };
    cluster.configure([monitor, legacy], gateway)?;
    let ca = cluster.certificate()?;
    let mut daemons = vec![cluster.monitor([monitor, legacy])?];
    daemons.push(cluster.serve("ceph-mgr", &["-i", "x"])?);
    daemons.push(cluster.disk()?);
    let mut front = cluster.serve("radosgw", &["-n", "client.rgw"])?;
    let endpoint = format!("https://127.0.0.1:{gateway}");
    front.wait(PATIENCE, || answers(&endpoint, Some(&ca)))?;
    daemons.push(front);

    let keys = cluster.owner()?;
    let write_keys = cluster.uploader()?;
    let version = output(Command::new("radosgw").arg("--version")).unwrap_or_default();
    let release = version.split_whitespace().nth(2).unwrap_or_default().to_owned();
    let running = Running {
        title: "Ceph".to_owned(),
        provider: "ceph".to_owned(),
        release,
        what: format!(
            "Debian's package radosgw {}: one monitor, one OSD (BlueStore), no key service, https",
            packages::version("radosgw")?
        ),
        endpoint,
        region: "default".to_owned(),
        keys,
        write_keys: Some(write_keys),
        has_versions: true,
        ca: Some(ca),
        daemons,
        folder,
    };
    running.put(program, BUCKET, "")?;
    running.allow_origins(program)?;
    Ok(running)
}

fn uuid() -> Result<String> {
    let file = "/proc/sys/kernel/random/uuid";
    Ok(fs::read_to_string(file).context(file)?.trim().to_owned())
}

/// A cluster with one daemon of each kind.
struct Cluster<'a> {
    folder: &'a Path,
    id: String,
}

impl Cluster<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A command that knows this cluster and no other.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("CEPH_CONF", self.path("ceph.conf")).current_dir(self.folder);
        command
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<String> {
        captured("setting Ceph up", self.command(program).args(arguments))
    }

    fn serve(&self, program: &str, arguments: &[&str]) -> Result<Daemon> {
        Daemon::start(program, self.command(program).arg("-f").args(arguments), self.folder)
    }

    fn configure(&self, [monitor, legacy]: [u16; 2], gateway: u16) -> Result<()> {
        for name in ["mon", "mgr", "osd", "rgw", "run", "crash"] {
            fs::create_dir(self.path(name))?;
        }
        let (folder, id) = (self.folder.display(), &self.id);
        let text = format!(
            "[global]\n\
             fsid = {id}\n\
             mon host = [v2:127.0.0.1:{monitor}/0,v1:127.0.0.1:{legacy}/0]\n\
             public addr = 127.0.0.1\n\
             cluster addr = 127.0.0.1\n\
             osd pool default size = 1\n\
             osd pool default min size = 1\n\
             osd pool default pg num = 4\n\
             osd pool default pgp num = 4\n\
             osd pool default pg autoscale mode = off\n\
             osd crush chooseleaf type = 0\n\
             mon allow pool size one = true\n\
             mon max pg per osd = 1000\n\
             mon data avail warn = 1\n\
             mon data avail crit = 1\n\
             auth allow insecure global id reclaim = false\n\
             keyring = {folder}/keyring\n\
             run dir = {folder}/run\n\
             crash dir = {folder}/crash\n\
             admin socket = {folder}/run/$name.asok\n\
             log to file = false\n\
             log to stderr = true\n\
             mon cluster log to file = false\n\
             [mon]\n\
             mon data = {folder}/mon\n\
             mon initial members = a\n\
             [mgr]\n\
             mgr data = {folder}/mgr\n\
             mgr initial modules =\n\
             [osd]\n\
             osd data = {folder}/osd\n\
             osd objectstore = bluestore\n\
             bluestore block size = {DEVICE}\n\
             osd memory target = 939524096\n\
             [client.rgw]\n\
             rgw data = {folder}/rgw\n\
             rgw frontends = beast ssl_endpoint=127.0.0.1:{gateway} ssl_certificate={folder}/tls.pem\n"
        );
        fs::write(self.path("ceph.conf"), text).context("ceph.conf")
    }

    /// Makes a self-signed certificate for the gateway; returns the file that clients trust.
    fn certificate(&self) -> Result<PathBuf> {
        let (key, certificate) = (self.text("tls.key"), self.text("tls.crt"));
        let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
        let name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
        let files = ["-keyout", &key, "-out", &certificate];
        self.run("openssl", &[&request[..], &name, &files].concat())?;
        let both = fs::read_to_string(&key)? + &fs::read_to_string(&certificate)?;
        fs::write(self.path("tls.pem"), both)?;
        Ok(certificate.into())
    }

    fn monitor(&self, [monitor, legacy]: [u16; 2]) -> Result<Daemon> {
        let (keyring, map) = (self.text("keyring"), self.text("monmap"));
        let all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
        self.run("ceph-authtool", &["--create-keyring", &keyring])?;
        for name in ["mon.", "client.admin", "client.rgw", "mgr.x", "osd.0"] {
            self.run("ceph-authtool", &[&[&keyring, "--gen-key", "-n", name][..], &all].concat())?;
        }
        let addresses = format!("[v2:127.0.0.1:{monitor},v1:127.0.0.1:{legacy}]");
        let made = ["--create", "--fsid", &self.id, "--addv", "a", &addresses, &map];
        self.run("monmaptool", &made)?;
        self.run("ceph-mon", &["--mkfs", "-i", "a", "--monmap", &map, "--keyring", &keyring])?;
        let mut daemon = self.serve("ceph-mon", &["-i", "a"])?;
        let asks = ["--connect-timeout", "5", "mon", "stat"];
        daemon.wait(PATIENCE, || output(self.command("ceph").args(asks)).is_some())?;
        Ok(daemon)
    }

    fn disk(&self) -> Result<Daemon> {
        let id = uuid()?;
        self.run("ceph", &["osd", "new", &id])?;
        self.run("ceph-osd", &["-i", "0", "--mkfs", "--osd-uuid", &id])?;
        let mut daemon = self.serve("ceph-osd", &["-i", "0"])?;
        daemon.wait(PATIENCE, || {
            let asks = ["--connect-timeout", "5", "osd", "stat"];
            output(self.command("ceph").args(asks)).is_some_and(|text| text.contains("1 up"))
        })?;
        Ok(daemon)
    }

    fn owner(&self) -> Result<Keys> {
        let own = ["user", "create", "--uid", OWNER, "--display-name", OWNER];
        self.with_keys(&own)
    }

    fn uploader(&self) -> Result<Keys> {
        let of = ["-n", "client.rgw", "--uid", OWNER, "--subuser", UPLOADER];
        let make = ["subuser", "create", "--access", "write"];
        self.run("radosgw-admin", &[&of[..], &make].concat())?;
        self.with_keys(&[
            "key",
            "create",
            "--key-type",
            "s3",
            "--uid",
            OWNER,
            "--subuser",
            UPLOADER,
        ])
    }

    fn with_keys(&self, what: &[&str]) -> Result<Keys> {
        let keys = Keys { id: random(10)?.to_uppercase(), secret: random(20)? };
        let key = ["-n", "client.rgw", "--access-key", &keys.id, "--secret-key", &keys.secret];
        self.run("radosgw-admin", &[what, &key].concat())?;
        Ok(keys)
    }
}

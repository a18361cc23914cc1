//! OpenStack Swift with its S3 API: a proxy, an account, a container and an object server, and memcached.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use xtask::process::{captured, output};
use xtask::scratch::Scratch;

use super::daemon::{Daemon, answers};
use super::store::{BUCKET, Keys, Running, random};
use super::{packages, ports};

/// Its name in the configuration.
pub(super) const PROVIDER: &str = "swift";
const PROGRAMS: [&str; 6] = [
    "swift-proxy-server",
    "swift-account-server",
    "swift-container-server",
    "swift-object-server",
    "swift-ring-builder",
    "memcached",
];
const PACKAGES: [&str; 5] =
    ["swift-proxy", "swift-account", "swift-container", "swift-object", "memcached"];

const ACCOUNT: &str = "edgesigner";
const USER: &str = "tests";
/// Seconds within which a server has to be ready.
const PATIENCE: u64 = 60;

/// The proxy's filters in order, each with its name in Swift.
const FILTERS: [(&str, &str); 13] = [
    ("catch_errors", "catch_errors"),
    ("gatekeeper", "gatekeeper"),
    ("healthcheck", "healthcheck"),
    ("proxy-logging", "proxy_logging"),
    ("cache", "memcache"),
    ("listing_formats", "listing_formats"),
    ("bulk", "bulk"),
    ("s3api", "s3api"),
    ("tempauth", "tempauth"),
    ("copy", "copy"),
    ("slo", "slo"),
    ("dlo", "dlo"),
    ("versioned_writes", "versioned_writes"),
];

pub(super) fn start(program: &Path) -> Result<Running> {
    packages::install(&PROGRAMS, &PACKAGES)?;
    let folder = Scratch::folder("swift")?;
    let [proxy, memcached, account, container, object] = ports::free()?;
    let secret = random(20)?;
    let user = output(Command::new("id").arg("-un")).context("`id -un` says nothing")?;
    let place = Place { folder: folder.path(), user: &user };

    let mut daemons = Vec::new();
    let mut cache = Command::new("memcached");
    cache.args(["-u", &user, "-l", "127.0.0.1", "-m", "32", "-U", "0", "-p"]);
    daemons.push(Daemon::start("memcached", cache.arg(memcached.to_string()), folder.path())?);
    for (kind, port) in [("account", account), ("container", container), ("object", object)] {
        place.ring(kind, port)?;
        let mut server = place.serve(kind, &place.server(kind, port))?;
        // A proxy that finds a server missing doesn't ask it again for a minute.
        server.wait(PATIENCE, || answers(&format!("http://127.0.0.1:{port}/"), None))?;
        daemons.push(server);
    }
    let mut front = place.serve("proxy", &place.proxy(proxy, memcached, &secret))?;
    let endpoint = format!("http://127.0.0.1:{proxy}");
    front.wait(PATIENCE, || answers(&format!("{endpoint}/healthcheck"), None))?;
    daemons.push(front);

    let mut python = Command::new("/usr/bin/python3");
    let release = output(python.args(["-c", "import swift; print(swift.__version__)"]));
    let running = Running {
        title: "OpenStack Swift".to_owned(),
        provider: PROVIDER.to_owned(),
        release: release.context("Python can't import swift: see `dpkg -s python3-swift`")?,
        what: format!(
            "Debian's package swift-proxy {}: s3api before tempauth, one replica, http",
            packages::version("swift-proxy")?
        ),
        endpoint,
        region: "us-east-1".to_owned(),
        keys: Keys { id: format!("{ACCOUNT}:{USER}"), secret },
        write_keys: None,
        has_versions: false,
        ca: None,
        daemons,
        folder,
    };
    running.put(program, BUCKET, "")?;
    allow_origins(&running)?;
    Ok(running)
}

/// CORS isn't a matter of the S3 API at Swift: it is said of the container, with Swift's own session.
pub(super) fn allow_origins(store: &Running) -> Result<()> {
    let curl = |arguments: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-f", "-D", "-", "-o", "/dev/null", "--max-time", "60"]);
        captured("asking Swift", curl.args(arguments))
    };
    let user = format!("x-auth-user: {}", store.keys.id);
    let key = format!("x-auth-key: {}", store.keys.secret);
    let answer = curl(&["-H", &user, "-H", &key, &format!("{}/auth/v1.0", store.endpoint)])?;
    let header = |name: &str| {
        let value = answer.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        value.with_context(|| format!("Swift gave no {name}"))
    };
    let token = format!("x-auth-token: {}", header("x-auth-token")?);
    let account = header("x-storage-url")?;
    let origins = "x-container-meta-access-control-allow-origin: *";
    let shown = "x-container-meta-access-control-expose-headers: ETag";
    // Parts are in a container of their own, which otherwise only the first part would create.
    for container in [BUCKET.to_owned(), format!("{BUCKET}%2Bsegments")] {
        let url = format!("{account}/{container}");
        curl(&["-X", "PUT", "-H", &token, "-H", origins, "-H", shown, &url])?;
    }
    Ok(())
}

/// The servers' folder, and the user as whom they run.
struct Place<'a> {
    folder: &'a Path,
    user: &'a str,
}

impl Place<'_> {
    /// Makes a ring of one device, which holds everything of a kind.
    fn ring(&self, kind: &str, port: u16) -> Result<()> {
        fs::create_dir_all(self.folder.join("devices/sda"))?;
        let builder = format!("{kind}.builder");
        let device = format!("r1z1-127.0.0.1:{port}/sda");
        for step in [&["create", "4", "1", "1"][..], &["add", &device, "1"], &["rebalance"]] {
            let mut ring = Command::new("swift-ring-builder");
            ring.arg(&builder).args(step).current_dir(self.folder);
            let made = captured("making Swift's rings", &mut ring);
            // It exits with 1 even if it only warns.
            if step != ["rebalance"] {
                made?;
            }
        }
        let made = self.folder.join(format!("{kind}.ring.gz"));
        made.metadata()
            .map(|_| ())
            .with_context(|| format!("swift-ring-builder made no {kind} ring"))
    }

    /// The beginning of every server's configuration.
    fn common(&self, port: u16) -> String {
        let Self { folder, user } = self;
        let folder = folder.display();
        format!(
            "[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port}\nworkers = 0\nuser = {user}\n\
             swift_dir = {folder}\nlog_level = INFO\n"
        )
    }

    fn server(&self, kind: &str, port: u16) -> String {
        format!(
            "{}devices = {}/devices\nmount_check = false\ndisable_fallocate = true\n\
             [pipeline:main]\npipeline = {kind}-server\n\
             [app:{kind}-server]\nuse = egg:swift#{kind}\n",
            self.common(port),
            self.folder.display()
        )
    }

    fn proxy(&self, port: u16, memcached: u16, secret: &str) -> String {
        let names = FILTERS.map(|(name, _)| name).join(" ");
        let mut text = format!(
            "{}[pipeline:main]\npipeline = {names} proxy-server\n\
             [app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\n",
            self.common(port)
        );
        for (name, egg) in FILTERS {
            let settings = match name {
                "cache" => format!("memcache_servers = 127.0.0.1:{memcached}\n"),
                "s3api" => "cors_preflight_allow_origin = *\n".to_owned(),
                "tempauth" => format!("user_{ACCOUNT}_{USER} = {secret} .admin\n"),
                _ => String::new(),
            };
            // Writing to a string can't fail.
            let _ = write!(text, "[filter:{name}]\nuse = egg:swift#{egg}\n{settings}");
        }
        text
    }

    fn serve(&self, kind: &str, configuration: &str) -> Result<Daemon> {
        let file = self.folder.join(format!("{kind}.conf"));
        fs::write(&file, configuration)?;
        let mut server = Command::new(format!("swift-{kind}-server"));
        Daemon::start(&format!("swift-{kind}-server"), server.arg(file).arg("-v"), self.folder)
    }
}

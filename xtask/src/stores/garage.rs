//! Garage: one program, compiled from its crate.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use xtask::scratch::Scratch;

use super::daemon::{Daemon, answers};
use super::store::{BUCKET, Keys, Running, random};
use super::{ports, server};

const VERSION: &str = "2.5.0";
/// How long compiling it takes on two cores.
const TAKES: &str = "a quarter of an hour";
/// Seconds within which it has to be ready.
const PATIENCE: u64 = 60;

pub(super) fn start(cli: &Path) -> Result<Running> {
    let program = server("garage", VERSION, TAKES)?;
    let folder = Scratch::folder("garage")?;
    let [rpc, s3] = ports::free()?;
    let configuration = folder.path().join("garage.toml");
    fs::write(&configuration, settings(folder.path(), rpc, s3, &random(32)?))?;
    // Garage takes only this form of keys: GK and 24 hexadecimal digits, with a secret of 64 digits.
    let keys = Keys { id: format!("GK{}", random(12)?), secret: random(32)? };
    let mut server = Command::new(program);
    server.arg("-c").arg(configuration);
    server.args(["server", "--single-node", "--default-bucket"]);
    server.env("GARAGE_DEFAULT_BUCKET", BUCKET).env("GARAGE_DEFAULT_ACCESS_KEY", &keys.id);
    server.env("GARAGE_DEFAULT_SECRET_KEY", &keys.secret);
    let mut daemon = Daemon::start("garage", &mut server, folder.path())?;
    let endpoint = format!("http://127.0.0.1:{s3}");
    daemon.wait(PATIENCE, || answers(&endpoint, None))?;
    let running = Running {
        title: "Garage".to_owned(),
        provider: "garage".to_owned(),
        release: VERSION.to_owned(),
        what: format!("the crate garage {VERSION}: one node, LMDB, http"),
        endpoint,
        region: "garage".to_owned(),
        keys,
        write_keys: None,
        has_versions: false,
        ca: None,
        daemons: vec![daemon],
        folder,
    };
    running.allow_origins(cli)?;
    Ok(running)
}

fn settings(folder: &Path, rpc: u16, s3: u16, rpc_secret: &str) -> String {
    let folder = folder.display();
    format!(
        "metadata_dir = \"{folder}/meta\"\n\
         data_dir = \"{folder}/data\"\n\
         db_engine = \"lmdb\"\n\
         replication_factor = 1\n\
         rpc_bind_addr = \"127.0.0.1:{rpc}\"\n\
         rpc_public_addr = \"127.0.0.1:{rpc}\"\n\
         rpc_secret = \"{rpc_secret}\"\n\
         [s3_api]\n\
         s3_region = \"garage\"\n\
         api_bind_addr = \"127.0.0.1:{s3}\"\n\
         root_domain = \".s3.localhost\"\n"
    )
}

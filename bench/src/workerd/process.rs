//! A running workerd.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::{SysconfVar, sysconf};
use tempfile::TempDir;

use super::worker::{SOCKET, Worker};
use crate::root;

/// A first start may compile a large module.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// How often a port is tried that nobody listens on yet.
const RETRY: Duration = Duration::from_micros(500);

/// One Worker in a process of its own, which ends with this value.
pub struct Workerd {
    child: Child,
    pub address: SocketAddr,
    /// From starting the process to the whole first answer.
    pub first_answer: Duration,
    folder: TempDir,
}

impl Workerd {
    /// Starts one and waits until it answers `/healthz` with 200.
    pub fn start(worker: &Worker) -> Result<Self> {
        // In memory, where the system has such a folder: objects with SQL have to be files, and how long a disk
        // takes to sync says nothing of Cloudflare's storage.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
        let config = worker.write(folder.path())?;
        // Free now; nobody else on this machine takes ports in a hurry.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = fs::File::create(folder.path().join("log"))?;
        let mut command = Command::new(program()?);
        command
            .args(["serve", "--socket-addr"])
            .arg(format!("{SOCKET}={address}"))
            .arg(&config)
            // What the Worker logs costs it what it costs; nobody reads it.
            .stdout(Stdio::null())
            .stderr(log)
            .stdin(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().context("can't start workerd")?;
        let mut workerd = Self { child, address, first_answer: Duration::ZERO, folder };
        workerd.wait(worker.name, started)?;
        Ok(workerd)
    }

    fn wait(&mut self, name: &str, started: Instant) -> Result<()> {
        loop {
            if let Ok(stream) = TcpStream::connect(self.address) {
                let answer = health(stream)?;
                self.first_answer = started.elapsed();
                if answer.starts_with("HTTP/1.1 200 ") {
                    return Ok(());
                }
                bail!("{name}: {answer}\n{}", self.log());
            }
            if self.child.try_wait()?.is_some() || started.elapsed() > READY_WITHIN {
                bail!("{name}: workerd doesn't answer\n{}", self.log());
            }
            sleep(RETRY);
        }
    }

    /// What it said on standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Processor time that it has used so far, all its threads together.
    pub fn cpu(&self) -> Result<Duration> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name before the last `)` may hold anything; user and system time are fields 14 and 15.
        let (_, fields) = text.rsplit_once(')').context("/proc/…/stat")?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok());
        let ticks = ticks(11).zip(ticks(12)).map(|(user, system)| user + system);
        let a_second = sysconf(SysconfVar::CLK_TCK)?.context("CLK_TCK")?;
        let a_second = u32::try_from(a_second)?;
        Ok(Duration::from_secs(1) * ticks.context("/proc/…/stat")? / a_second)
    }
}

/// workerd itself: what `node_modules/.bin` has under its name may be a script that starts it.
pub fn program() -> Result<&'static Path> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found);
    }
    let mut node = Command::new(root().join("node_modules/.bin/node"));
    node.args(["-p", "require('workerd').default"]).current_dir(root());
    let output = node.output().context("node_modules/.bin/node")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = String::from_utf8(output.stdout)?;
    Ok(FOUND.get_or_init(|| PathBuf::from(path.trim())))
}

fn health(mut stream: TcpStream) -> Result<String> {
    stream.set_read_timeout(Some(READY_WITHIN))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

impl Drop for Workerd {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! An example's own server, beside the Worker.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::process::Group;
use xtask::signals::Stop;
use xtask::tools::node;

/// It may upload its first files before it listens.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A server that runs as long as this value lives.
pub struct Application {
    server: Group,
    /// Where it says that it is.
    pub url: String,
}

impl Application {
    /// Starts the server of an example, where it has one, and waits until it answers. `ready` tells it of the
    /// Worker and the store; `folder` is for what it needs.
    pub fn start(
        example: &Path,
        folder: &Path,
        ready: &Value,
        stop: &Stop,
    ) -> Result<Option<Self>> {
        let script = example.join("server.mjs");
        if !script.exists() {
            return Ok(None);
        }
        let ready_file = folder.join("ready.json");
        fs::write(&ready_file, ready.to_string())?;
        let mut command = node(&script);
        command.env("EDGE_SIGNER_READY_FILE", &ready_file).current_dir(example);
        // Where edge and store are at https, it asks them too.
        if let Some(authority) = ready["ca"].as_str() {
            command.env("NODE_EXTRA_CA_CERTS", authority);
        }
        let mut server = Group::spawn(command.stdout(Stdio::piped()))?;
        let addresses = addresses(server.output().context("the example's server has no output")?);
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            check(&mut server)?;
            stop.sleep(Duration::ZERO)?;
            match addresses.recv_timeout(Duration::from_millis(200)) {
                Ok(url) if answers(&url) => return Ok(Some(Self { server, url })),
                Ok(url) => bail!("the example's server doesn't answer at {url}"),
                // It ends its output when it ends.
                Err(RecvTimeoutError::Disconnected) => {
                    stop.sleep(Duration::from_millis(100))?;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if Instant::now() > deadline {
                bail!("the example's server didn't say within {READY_WITHIN:?} where it is");
            }
        }
    }

    /// Fails where the server has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        check(&mut self.server)
    }
}

fn check(server: &mut Group) -> Result<()> {
    match server.ended() {
        None => Ok(()),
        Some(status) => bail!(
            "the example's own server has ended: {status}. Its output says why; where its port is taken, \
             choose another with the variable PORT"
        ),
    }
}

/// Passes the server's output on; the addresses that it names.
fn addresses(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            println!("{line}");
            if let Some(start) = line.find("http://") {
                // Only the first is waited for.
                let _ = sender.send(line[start..].to_owned());
            }
        }
    });
    receiver
}

/// Whether anything answers there, whatever it says.
fn answers(url: &str) -> bool {
    matches!(ureq::get(url).call(), Ok(_) | Err(ureq::Error::StatusCode(_)))
}

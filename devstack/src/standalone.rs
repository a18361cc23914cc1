//! `devstack store`: the store alone.

use std::io::{Read, Write, stdin, stdout};
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::thread;

use anyhow::{Context, Result};
use serde_json::json;
use xtask::signals::Stop;

use crate::https::Certificates;
use crate::store::{Keys, SMALLEST_PART, Store};

#[derive(clap::Args)]
pub struct Arguments {
    /// Where objects are kept
    #[arg(long)]
    folder: PathBuf,
    /// The bucket's name
    #[arg(long)]
    bucket: String,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The least bytes of a part that isn't the last of its upload; S3's number, unless a test wants to send fewer
    #[arg(long, default_value_t = SMALLEST_PART)]
    smallest_part: u64,
    /// Serve over https, with a certificate of an authority that is kept in this folder
    #[arg(long, value_name = "FOLDER")]
    https: Option<PathBuf>,
    /// A file that gets a line for each request, as S3's server access log has them
    #[arg(long, value_name = "FILE")]
    access_log: Option<PathBuf>,
}

/// Serves until standard input is closed, so that the store ends with whoever started it, or until a signal.
pub fn run(arguments: &Arguments, stop: Stop) -> Result<()> {
    let Arguments { folder, bucket, port, smallest_part, https, access_log } = arguments;
    let keys = Keys {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
    };
    let certificates = https.as_deref().map(Certificates::for_this_machine).transpose()?;
    let tls = certificates.map(|it| it.server);
    let store =
        Store::start(folder, bucket, &keys, *port, *smallest_part, tls, access_log.as_deref())?;
    writeln!(stdout(), "{}", json!({ "url": store.url() }))?;

    let (sender, end) = channel();
    let at_signal = sender.clone();
    thread::spawn(move || {
        stop.wait();
        // Whoever waited may have ended for the other reason.
        let _ = at_signal.send(());
    });
    thread::spawn(move || {
        let mut input = [0; 1024];
        while stdin().read(&mut input).is_ok_and(|length| length > 0) {}
        let _ = sender.send(());
    });
    end.recv().context("waiting for the end")
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("the variable {name} is needed"))
}

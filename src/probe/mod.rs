//! Measures what a bucket really enforces: tries each feature with presigned requests below a random folder, and
//! removes everything it wrote.
//!
//! It is part of the command line, not of the Worker.

mod access;
mod answer;
mod bucket;
mod call;
mod checksums;
mod cleaner;
mod client;
mod conditions;
mod copy;
mod cors;
mod encryption;
mod feature;
mod forms;
mod headers;
mod keys;
mod lab;
mod multipart;
mod place;
mod provider;
mod reading;
mod report;
mod rules;
mod tagging;
mod tls;
mod verdict;

pub(crate) use answer::{Answer, printable};
pub(crate) use bucket::Bucket;
pub(crate) use client::{Client, Fault, MAX_REQUESTS, Outgoing};
pub(crate) use place::clock_difference;
pub(crate) use report::Report;
pub(crate) use rules::broken;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use edge_signer::time::Timestamp;

use lab::Lab;

/// The settings of a probe.
pub(crate) struct Settings<'a> {
    /// The prefix of its folder.
    pub(crate) prefix: &'a str,
    /// A random name.
    pub(crate) folder: &'a str,
    /// The origin of a page that should be allowed.
    pub(crate) origin: Option<&'a str>,
    /// Certificates to trust instead of the usual ones.
    pub(crate) ca: Option<&'a Path>,
    /// How long a request may take.
    pub(crate) seconds: u64,
    /// Set when the user stops the probe.
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) clock: &'a dyn Fn() -> Timestamp,
    /// Gets the name of each next step.
    pub(crate) progress: &'a dyn Fn(&str),
}

/// Measures a bucket. The error is a sentence; then nothing was measured.
pub(crate) fn probe(bucket: &Bucket, settings: &Settings<'_>) -> Result<Report, String> {
    let client = Client::new(settings.ca, settings.seconds, Arc::clone(&settings.stop))?;
    let folder = format!("{}{}/", settings.prefix, settings.folder);
    let mut lab = Lab::new(bucket, &client, folder, settings.clock, settings.progress);
    let access = access::check(&mut lab);
    if access.is_ok() {
        forms::measure(&mut lab);
        headers::measure(&mut lab);
        conditions::measure(&mut lab);
        copy::measure(&mut lab);
        checksums::measure(&mut lab);
        encryption::measure(&mut lab);
        tagging::measure(&mut lab);
        reading::measure(&mut lab);
        multipart::measure(&mut lab);
        keys::measure(&mut lab);
        place::measure(&mut lab, settings.origin);
    }
    let obstacle = client.obstacle();
    lab.tell("removing what was written");
    let now = lab.now();
    // A store that never answered has probably got no objects.
    let left =
        if client.is_answered() { lab.cleaner.clean(&client, bucket, now) } else { Vec::new() };
    let left = (!left.is_empty()).then(|| {
        let some = left.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let many = left.len();
        format!("Objects or versions may be left behind, {many} in number, such as {some}.")
    });
    // A store's own texts end up in sentences.
    let clean = |text: &str| printable(text, 1000);
    let left = left.as_deref().map(clean);
    access.map_err(|why| match &left {
        Some(left) => clean(&format!("{why}. {left}")),
        None => clean(&why),
    })?;
    let provider = lab.provider.unwrap_or("generic");
    let why = obstacle.as_ref().map_or_else(|| "not tried".to_owned(), Fault::sentence);
    let mut also = lab.also;
    also.push(format!("{} requests were sent, of at most {MAX_REQUESTS}.", client.used()));
    also.extend(left.clone());
    let also = also.iter().map(|sentence| clean(sentence)).collect();
    let mut rows = lab.recorder.into_rows(&why);
    for row in &mut rows {
        row.seen = clean(&row.seen);
    }
    let cors = settings.origin.map(cors::rules);
    Ok(Report { rows, also, provider, is_whole: obstacle.is_none(), left, cors })
}

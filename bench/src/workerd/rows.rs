use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use super::compare::{Measured, Scenario, compare};
use super::process::Workerd;
use super::request::{Requests, plain};
use super::start::first_answers;
use super::worker::{Binding, Worker};
use super::workers::{self, Ledger, Sessions};
use crate::row::{Row, Target};
use crate::series::{Series, Spread};

const CONNECTIONS: usize = 32;
const SIGNED: &str = "X-Amz-Signature=";
const OK: &str = "ok";

/// Batches are long; a few at a time keep workerd busy.
const BATCH_CONNECTIONS: usize = 2;

pub fn rows() -> Result<Vec<Row>> {
    let sessions = Sessions::make()?;
    let layered = workers::edge_signer(Ledger::Layered, &sessions);
    let mut rows = presign(&layered, &sessions)?;
    rows.extend(batch(&layered, &sessions)?);
    rows.extend(one_time(&layered, &sessions)?);
    rows.extend(sizes(&layered, &sessions)?);
    rows.extend(starts(&layered)?);
    Ok(rows)
}

/// `GET /v1/presign` beside the peers and the empty Workers.
fn presign(own: &Worker, sessions: &Sessions) -> Result<Vec<Row>> {
    let own = Workerd::start(own)?;
    let aws4fetch = Workerd::start(&workers::aws4fetch(sessions))?;
    let aws_sdk = Workerd::start(&workers::aws_sdk(sessions))?;
    let twin = Workerd::start(&workers::twin_js())?;
    let empty_js = Workerd::start(&workers::empty_js())?;
    let empty_rust = Workerd::start(&workers::empty_rust())?;
    let (hs256, rs256) = (Requests::of(&sessions.hs256), Requests::of(&sessions.rs256));
    let signed = |name, workerd, requests: &'_ Requests| Scenario {
        name,
        workerd,
        connections: CONNECTIONS,
        request: Box::new({
            let requests = requests.clone();
            move |number| requests.get(number)
        }),
        expected: SIGNED,
    };
    let empty = |name, workerd| Scenario {
        name,
        workerd,
        connections: CONNECTIONS,
        request: Box::new(plain),
        expected: OK,
    };
    let [own, rs256, twin, aws4fetch, aws_sdk, empty_js, empty_rust] = compare(
        "GET /v1/presign",
        &[
            signed("edge-signer", &own, &hs256),
            signed("edge-signer, RS256", &own, &rs256),
            signed("JS that signs nothing", &twin, &hs256),
            signed("aws4fetch + jose", &aws4fetch, &hs256),
            signed("AWS SDK + jose", &aws_sdk, &hs256),
            empty("empty JS", &empty_js),
            empty("empty workers-rs", &empty_rust),
        ],
    )?;
    let row = |name: &str, target, other: &Measured| {
        let measured = format!("{}, {}", own.shown(), other.shown());
        Row::new(name, own.rate.over(&other.rate), target, measured)
    };
    Ok(vec![
        row(
            "workerd: GET /v1/presign, rate of a JS Worker that reads, prints and answers as much, and signs nothing",
            Target::AtLeast(0.87),
            &twin,
        ),
        row(
            "workerd: GET /v1/presign, rate of the empty JS Worker",
            Target::AtLeast(0.6),
            &empty_js,
        ),
        row("workerd: GET /v1/presign, times aws4fetch + jose", Target::AtLeast(2.35), &aws4fetch),
        row("workerd: GET /v1/presign, times AWS SDK + jose", Target::AtLeast(4.8), &aws_sdk),
        row(
            "workerd: GET /v1/presign, rate of the empty workers-rs Worker",
            Target::None,
            &empty_rust,
        ),
        Row::new(
            "workerd: HS256 session, times the same with RS256",
            own.rate.over(&rs256.rate),
            Target::AtMost(1.1),
            format!("{}, {}", own.shown(), rs256.shown()),
        ),
    ])
}

/// What a URL costs in a batch, by the processor time of workerd.
fn batch(own: &Worker, sessions: &Sessions) -> Result<Vec<Row>> {
    let own = Workerd::start(own)?;
    let requests = Requests::of(&sessions.hs256);
    let scenario = |name, size| Scenario {
        name,
        workerd: &own,
        connections: BATCH_CONNECTIONS,
        request: Box::new({
            let requests = requests.clone();
            move |number| requests.batch(size, number)
        }),
        expected: SIGNED,
    };
    let scenarios = [scenario("10", 10), scenario("100", 100), scenario("1,000", 1000)];
    let [ten, hundred, thousand] = compare("POST /v1/presign/batch", &scenarios)?;
    let milliseconds: Series = thousand.cpu.per(1000.0);
    let (ten, hundred, a_url) =
        (ten.cpu.per(10.0), hundred.cpu.per(100.0), thousand.cpu.per(1000.0));
    Ok(vec![
        Row::new(
            "workerd: batch of 1,000, milliseconds of CPU",
            milliseconds.spread(),
            Target::AtMost(10.0),
            format!("{:.1}/s", thousand.rate.median()),
        ),
        Row::new(
            "workerd: cost of a URL in a batch of 1,000, of that in one of 10",
            a_url.over(&ten),
            // Measured flat is what differs by less than the noise.
            Target::AtMost(1.1),
            format!(
                "{:.1} µs of CPU a URL in a batch of 10, {:.1} of 100, {:.1} of 1,000",
                ten.median(),
                hundred.median(),
                a_url.median()
            ),
        ),
    ])
}

/// A one-time key, fresh each time, beside a plain presign.
fn one_time(layered: &Worker, sessions: &Sessions) -> Result<Vec<Row>> {
    let layered = Workerd::start(layered)?;
    let durable = Workerd::start(&workers::edge_signer(Ledger::Durable, sessions))?;
    let requests = Requests::of(&sessions.hs256);
    let scenario = |name, workerd, write: fn(&Requests, u64) -> Vec<u8>| Scenario {
        name,
        workerd,
        connections: CONNECTIONS,
        request: Box::new({
            let requests = requests.clone();
            move |number| write(&requests, number)
        }),
        expected: SIGNED,
    };
    let [plain, durable, layered] = compare(
        "one-time keys",
        &[
            scenario("plain", &layered, Requests::post),
            scenario("durable", &durable, Requests::one_time),
            scenario("layered", &layered, Requests::one_time),
        ],
    )?;
    let share = |of: &Measured| {
        let median = |measured: &Measured| measured.interval.median();
        (median(of) - median(&plain)) / median(&layered)
    };
    let object = share(&durable);
    let both = format!("{}, {}, {}", plain.shown(), durable.shown(), layered.shown());
    Ok(vec![
        Row::new(
            "workerd: layered one-time redeem, times a plain presign",
            layered.interval.over(&plain.interval),
            Target::None,
            both,
        ),
        Row::counted(
            "workerd: share of the object call in a layered one-time redeem",
            object,
            Target::None,
            format!(
                "durable less plain; KV, layered less durable, {:.2}",
                share(&layered) - object
            ),
        ),
    ])
}

/// All modules of a Worker together, as they are uploaded.
fn sizes(own: &Worker, sessions: &Sessions) -> Result<Vec<Row>> {
    let kibibytes = |worker: &Worker| gzip(worker).map(|bytes| bytes / 1024.0);
    let others = [workers::aws_sdk(sessions), workers::empty_rust(), workers::aws4fetch(sessions)];
    let mut measured = Vec::new();
    for other in &others {
        measured.push(format!("{} {:.1}", other.name, kibibytes(other)?));
    }
    let name = "workerd: size of the Worker, KiB by gzip -9";
    Ok(vec![Row::counted(name, kibibytes(own)?, Target::AtMost(390.0), measured.join(", "))])
}

#[expect(clippy::cast_precision_loss, reason = "some megabytes at the most")]
fn gzip(worker: &Worker) -> Result<f64> {
    let mut together = Vec::new();
    for module in &worker.modules {
        together.extend(std::fs::read(module)?);
    }
    let mut gzip =
        Command::new("gzip").arg("-9").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let input = gzip.stdin.take();
    let writer = std::thread::spawn(move || input.map(|mut input| input.write_all(&together)));
    let output = gzip.wait_with_output()?;
    ensure!(output.status.success() && writer.join().is_ok(), "gzip failed");
    Ok(output.stdout.len() as f64)
}

/// From starting workerd to its first answer.
fn starts(own: &Worker) -> Result<Vec<Row>> {
    // What stands in for KV is an isolate more to start, so the others have it as well.
    let beside_kv = |mut worker: Worker| {
        worker.kv.clone_from(&own.kv);
        worker.bindings.push(("ONE_TIME_KV".to_owned(), Binding::Kv));
        worker
    };
    let (rust, js) = (beside_kv(workers::empty_rust()), beside_kv(workers::empty_js()));
    let [own, rust, js] = first_answers([own, &rust, &js])?;
    let Spread { median: own_ms, .. } = own.spread();
    Ok(vec![Row::new(
        "workerd: start to first answer, times the empty workers-rs Worker",
        own.over(&rust),
        Target::AtMost(1.1),
        format!(
            "edge-signer {own_ms:.1} ms, empty workers-rs {:.1} ms, empty JS {:.1} ms",
            rust.median(),
            js.median()
        ),
    )])
}

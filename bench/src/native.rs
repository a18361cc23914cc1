//! One presigned GET, natively: the floor, the product and the peers, a slice of each in every round.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};
use bench_work::{KEYS, Presigner, Work};
use nix::time::{ClockId, clock_gettime};

use crate::peers::{AwsSigV4, Peer, Reqsign, RustyS3};
use crate::progress;
use crate::row::{Row, Target};
use crate::series::Series;

const ROUNDS: usize = 15;
const SLICE: Duration = Duration::from_millis(100);

/// Something that is done over and over.
struct Contender<'a> {
    name: &'static str,
    run: Box<dyn Fn(usize) + 'a>,
    /// How many go into a slice.
    n: usize,
    nanoseconds: Series,
}

impl<'a> Contender<'a> {
    /// It runs once without being measured, which also tells how many go into a slice.
    fn new(name: &'static str, run: impl Fn(usize) + 'a) -> Self {
        let (mut n, mut took) = (KEYS, Duration::ZERO);
        while took < SLICE / 2 {
            n *= 2;
            let started = cpu_time();
            run(n);
            took = cpu_time().saturating_sub(started);
        }
        Self { name, run: Box::new(run), n, nanoseconds: Series::default() }
    }

    fn of_peer(name: &'static str, peer: &'a impl Peer) -> Self {
        Self::new(name, move |n| {
            for index in 0..n {
                black_box(peer.presign(index % KEYS));
            }
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "a few million at the most")]
    fn measure(&mut self) {
        let started = cpu_time();
        (self.run)(self.n);
        self.nanoseconds.push(cpu_time().saturating_sub(started).as_nanos() as f64 / self.n as f64);
    }
}

/// What this thread has had of a processor: unlike the time of day it stands still while another program has
/// it.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("the system has this clock").into()
}

pub fn rows() -> Result<Vec<Row>> {
    let work = Work::set_up();
    let (rusty_s3, aws_sigv4, reqsign) = (RustyS3::set_up(), AwsSigV4::set_up(), Reqsign::set_up());
    check(&work, &rusty_s3, &aws_sigv4, &reqsign)?;

    let mut contenders = [
        Contender::new("floor", |n| _ = black_box(work.floors(n))),
        Contender::new("edge-signer", |n| _ = black_box(work.presigns(n))),
        Contender::of_peer("rusty-s3", &rusty_s3),
        Contender::of_peer("aws-sigv4", &aws_sigv4),
        Contender::of_peer("reqsign", &reqsign),
    ];
    for round in 1..=ROUNDS {
        progress(&format!("native, round {round} of {ROUNDS}"));
        contenders.iter_mut().for_each(Contender::measure);
    }

    let [floor, own, peers @ ..] = &contenders;
    let shown = |contender: &Contender<'_>| {
        format!("{} {:.2} µs", contender.name, contender.nanoseconds.median() / 1000.0)
    };
    let compressions = work.floor.compressions(0);
    let mut rows = vec![Row::new(
        "native: presign, times the floor",
        own.nanoseconds.over(&floor.nanoseconds),
        Target::AtMost(2.0),
        format!("{}, {} for {compressions} compressions", shown(own), shown(floor)),
    )];
    for peer in peers {
        let target = match peer.name {
            "rusty-s3" => Target::AtLeast(6.2),
            "aws-sigv4" => Target::AtLeast(8.8),
            _ => Target::None,
        };
        let name = format!("native: presign, times faster than {}", peer.name);
        let measured = format!("{}, {}", shown(own), shown(peer));
        rows.push(Row::new(name, peer.nanoseconds.over(&own.nanoseconds), target, measured));
    }
    Ok(rows)
}

/// All of them give the same signature for every key. The floor's is checked where it is made.
fn check(work: &Work, rusty_s3: &RustyS3, aws_sigv4: &AwsSigV4, reqsign: &Reqsign) -> Result<()> {
    for index in 0..KEYS {
        let own = work.presigner.presign(index);
        for other in [rusty_s3.presign(index).to_string(), aws_sigv4.presign(index).to_string()] {
            ensure!(parameter(&own, SIGNATURE) == parameter(&other, SIGNATURE), "{own}\n{other}");
        }
    }
    // This one takes no time, so the product signs at the time that it took.
    let theirs = reqsign.presign(0).to_string();
    let time = parameter(&theirs, "X-Amz-Date").and_then(edge_signer::time::Timestamp::parse_amz);
    let own = time.map(|time| Presigner::new(time.unix_seconds()).presign(0)).unwrap_or_default();
    ensure!(parameter(&own, SIGNATURE) == parameter(&theirs, SIGNATURE), "{own}\n{theirs}");
    Ok(())
}

const SIGNATURE: &str = "X-Amz-Signature";

fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = url.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    pairs.find(|(present, _)| *present == name).map(|(_, value)| value)
}

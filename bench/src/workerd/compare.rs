//! Several Workers under load, a slice of each in every round.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, Result};

use super::load::{self, Target};
use super::process::Workerd;
use crate::progress;
use crate::series::Series;

/// Fewer tell nothing of the spread.
const LEAST_ROUNDS: usize = 5;
/// On a machine that doesn't become quiet it ends all the same.
const MOST_ROUNDS: usize = 15;
/// What the middle half of a ratio's rounds may differ by.
const SPREAD: f64 = 0.1;
const SLICE: Duration = Duration::from_secs(3);
const WARM_UP: Duration = Duration::from_secs(2);

/// Requests of one kind to one Worker.
pub struct Scenario<'a> {
    pub name: &'static str,
    pub workerd: &'a Workerd,
    pub connections: usize,
    pub request: Box<dyn Fn(u64) -> Vec<u8> + 'a>,
    pub expected: &'static str,
}

/// What a scenario came to, a figure a round.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    pub name: &'static str,
    /// Answers a second.
    pub rate: Series,
    /// Microseconds from one answer to the next.
    pub interval: Series,
    /// Microseconds of processor time that the whole of workerd takes for an answer.
    pub cpu: Series,
}

/// Runs all of them, in the order in which they stand, until the rates of the others, over the first one's, differ little
/// from round to round.
pub fn compare<const N: usize>(what: &str, scenarios: &[Scenario<'_>; N]) -> Result<[Measured; N]> {
    let number = Cell::new(0);
    for scenario in scenarios {
        progress(&format!("{what}: warming up {}", scenario.name));
        scenario.run(&number, WARM_UP)?;
    }
    let mut measured = scenarios
        .each_ref()
        .map(|scenario| Measured { name: scenario.name, ..Measured::default() });
    for round in 1..=MOST_ROUNDS {
        let spread = spread(&measured);
        if round > LEAST_ROUNDS && spread < SPREAD {
            break;
        }
        let so_far = if spread.is_nan() { String::new() } else { format!(", spread {spread:.2}") };
        progress(&format!("{what}: round {round} of at most {MOST_ROUNDS}{so_far}"));
        for (scenario, measured) in scenarios.iter().zip(&mut measured) {
            let before = scenario.workerd.cpu()?;
            let load::Round { answers, took } = scenario.run(&number, SLICE)?;
            let cpu = scenario.workerd.cpu()?.saturating_sub(before);
            #[expect(clippy::cast_precision_loss, reason = "some hundred thousand at the most")]
            let answers = answers as f64;
            measured.rate.push(answers / took.as_secs_f64());
            measured.interval.push(took.as_secs_f64() * 1e6 / answers);
            measured.cpu.push(cpu.as_secs_f64() * 1e6 / answers);
        }
    }
    progress(&format!("{what}: spread {:.2}", spread(&measured)));
    Ok(measured)
}

/// The widest middle half of the rounds of a rate over the first one's, as a share of their median.
fn spread(measured: &[Measured]) -> f64 {
    let Some((first, others)) = measured.split_first() else { return f64::NAN };
    let spreads = others.iter().map(|other| other.rate.ratios(&first.rate).middle_half());
    spreads.fold(f64::NAN, f64::max)
}

impl Scenario<'_> {
    fn run(&self, number: &Cell<u64>, time: Duration) -> Result<load::Round> {
        let target = Target {
            address: self.workerd.address,
            connections: self.connections,
            request: &*self.request,
            expected: self.expected,
        };
        load::run(&target, number, time)
            .with_context(|| format!("{}: {}", self.name, self.workerd.log()))
    }
}

impl Measured {
    /// For the table.
    pub fn shown(&self) -> String {
        let Self { name, rate, cpu, .. } = self;
        format!("{name} {:.0}/s ({:.0} µs of CPU)", rate.median(), cpu.median())
    }
}

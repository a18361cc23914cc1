//! How soon a Worker answers after its process was started.

use anyhow::Result;

use super::process::Workerd;
use super::worker::Worker;
use crate::progress;
use crate::series::Series;

const ROUNDS: usize = 21;

/// Milliseconds from starting workerd to the first answer, a figure a round.
pub fn first_answers<const N: usize>(workers: [&Worker; N]) -> Result<[Series; N]> {
    let mut series = [const { Series::new() }; N];
    for round in 1..=ROUNDS {
        if round % 5 == 1 {
            progress(&format!("start to first answer: round {round} of {ROUNDS}"));
        }
        for (worker, series) in workers.iter().zip(&mut series) {
            series.push(Workerd::start(worker)?.first_answer.as_secs_f64() * 1000.0);
        }
    }
    Ok(series)
}

use std::path::Path;

use anyhow::Result;

use super::compare::{Measured, Scenario, compare};
use super::process::Workerd;
use super::request::Requests;
use super::workers::{self, Ledger, Sessions};
use crate::row::{Row, Target};

const CONNECTIONS: usize = 32;
const BATCH_CONNECTIONS: usize = 2;
const SIGNED: &str = "X-Amz-Signature=";

/// The product beside another build of it, whose folder is `before`.
pub fn rows(before: &Path) -> Result<Vec<Row>> {
    let sessions = &Sessions::make()?;
    let own = Workerd::start(&workers::edge_signer(Ledger::Layered, sessions))?;
    let before = Workerd::start(&workers::before(before, Ledger::Layered, sessions))?;
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
    let [get, get_before, post, post_before, redeem] = compare(
        "beside another build",
        &[
            scenario("GET", &own, Requests::get),
            scenario("GET before", &before, Requests::get),
            scenario("POST", &own, Requests::post),
            scenario("POST before", &before, Requests::post),
            scenario("layered one-time redeem", &own, Requests::one_time),
        ],
    )?;
    let batch = |number| requests.batch(1000, number);
    let of_batch = |name, workerd| Scenario {
        name,
        workerd,
        connections: BATCH_CONNECTIONS,
        request: Box::new(batch),
        expected: SIGNED,
    };
    let scenarios = [of_batch("batch of 1,000", &own), of_batch("before", &before)];
    let [batch, batch_before] = compare("batches beside another build", &scenarios)?;
    let row = |name: &str, ratio, own: &Measured, other: &Measured| {
        Row::new(name, ratio, Target::None, format!("{}, {}", own.shown(), other.shown()))
    };
    Ok(vec![
        row(
            "workerd: GET /v1/presign, rate of the build before",
            get.rate.over(&get_before.rate),
            &get,
            &get_before,
        ),
        row(
            "workerd: POST /v1/presign, rate of the build before",
            post.rate.over(&post_before.rate),
            &post,
            &post_before,
        ),
        row(
            "workerd: batch of 1,000, CPU of the build before",
            batch.cpu.over(&batch_before.cpu),
            &batch,
            &batch_before,
        ),
        row(
            "workerd: layered one-time redeem, CPU of a plain presign of the build before",
            redeem.cpu.over(&post_before.cpu),
            &redeem,
            &post_before,
        ),
    ])
}

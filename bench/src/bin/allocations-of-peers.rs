//! Heap allocations of one presigned GET by each peer: prints `{"name":count}`.

use bench::peers::{AwsSigV4, Peer, Reqsign, RustyS3};
use bench_counts::{Counting, most_allocations};
use serde_json::json;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let (rusty_s3, aws_sigv4, reqsign) = (RustyS3::set_up(), AwsSigV4::set_up(), Reqsign::set_up());
    let counts = json!({
        "rusty-s3": most_allocations(|index| rusty_s3.presign(index)),
        "aws-sigv4": most_allocations(|index| aws_sigv4.presign(index)),
        "reqsign": most_allocations(|index| reqsign.presign(index)),
    });
    println!("{counts}");
}

//! Heap allocations of one presigned GET: prints their number.

use bench_counts::{Counting, most_allocations};
use bench_work::Work;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let work = Work::set_up();
    println!("{}", most_allocations(|index| work.presigner.presign(index)));
}

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// Waits for all futures at the same time; returns their outputs in order.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut ready: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut is_over = true;
        for (future, ready) in waiting.iter_mut().zip(&mut ready) {
            if ready.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(output) => *ready = Some(output),
                    Poll::Pending => is_over = false,
                }
            }
        }
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    ready.into_iter().flatten().collect()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::cell::RefCell;
    use std::future::ready;

    use pollster::block_on;

    use super::*;

    #[test]
    fn all_go_on_at_once_and_stay_in_order() {
        let begun = RefCell::new(Vec::new());
        let one = |n: u32| {
            let begun = &begun;
            let mut left = 5 - n;
            poll_fn(move |context| {
                begun.borrow_mut().push(n);
                if left == 0 {
                    return Poll::Ready(n * 10);
                }
                left -= 1;
                context.waker().wake_by_ref();
                Poll::Pending
            })
        };
        assert_eq!(block_on(join_all((0..5).map(one))), [0, 10, 20, 30, 40]);
        assert_eq!(begun.borrow()[..5], [0, 1, 2, 3, 4]);
        assert!(block_on(join_all(Vec::<std::future::Ready<u8>>::new())).is_empty());
        assert_eq!(block_on(join_all([ready(7)])), [7]);
    }
}

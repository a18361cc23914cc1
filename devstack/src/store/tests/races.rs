//! Of several who may each write only where there is nothing, one does.

use std::sync::Barrier;
use std::thread;

use super::client::{Answer, Ask, Running, part};

const CREATE_ONLY: &[(&str, &str)] = &[("if-none-match", "*")];

/// Sends so many requests at a time: how many were answered by 200, and how many by 412.
fn race(requests: usize, request: impl Fn(usize) -> Answer + Sync) -> (usize, usize) {
    let start = Barrier::new(requests);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let request = &request;
        let start = &start;
        let threads: Vec<_> = (0..requests)
            .map(|number| {
                scope.spawn(move || {
                    start.wait();
                    request(number).status
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    (count(200), count(412))
}

#[test]
fn one_of_fifty_creates_an_object() {
    let store = Running::start();
    for round in 0..5 {
        let key = format!("object-{round}");
        let put = |number: usize| {
            let body = number.to_string();
            let (signed, body) = (CREATE_ONLY, body.as_bytes());
            store.ask(Ask { method: "PUT", key: &key, signed, body, ..Ask::default() })
        };
        assert_eq!(race(50, put), (1, 49));
        let kept = store.get(&key).is(200).text();
        store.put(&key, "replaced").is(200);
        assert!(kept.parse::<usize>().is_ok_and(|number| number < 50), "{kept}");
    }
}

#[test]
fn one_of_ten_completes_an_upload_to_a_new_key() {
    let store = Running::start();
    let begun: Vec<(String, String)> = (0..10)
        .map(|_| {
            let id = store.begin("key", &[]);
            let etag =
                store.put_part("key", &id, 1, b"hello").is(200).header("etag").unwrap().to_owned();
            (id, part(1, &etag))
        })
        .collect();
    let complete = |number: usize| {
        let (id, parts) = &begun[number];
        store.complete("key", id, parts, CREATE_ONLY)
    };
    assert_eq!(race(10, complete), (1, 9));
    assert_eq!(store.get("key").text(), "hello");
}

#[test]
fn an_upload_is_completed_once() {
    let store = Running::start();
    let id = store.begin("key", &[]);
    let etag = store.put_part("key", &id, 1, b"hello").header("etag").unwrap().to_owned();
    let parts = part(1, &etag);
    assert_eq!(race(10, |_| store.complete("key", &id, &parts, &[])), (1, 0));
    store.complete("key", &id, &parts, &[]).is_refused(404, "NoSuchUpload");
}

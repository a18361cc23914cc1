//! Checks that a one-time key and a link work only once.

use serde_json::{Value, json};

use super::line::Line;
use super::objects::advice;
use super::visit::{Visit, refusal};
use crate::probe::printable;

/// Sends one key twice.
pub(super) fn one_time_key(visit: &Visit<'_>) -> Line {
    let key = [("one_time_key", json!(visit.settings.one_time_key))];
    match visit.presign("GetObject", &key) {
        Err(why) => return Line::wrong("one-time", why),
        Ok(Err(refused)) => {
            return Line::wrong(
                "one-time",
                advice(visit, "GetObject with a one-time key", &refused),
            );
        }
        Ok(Ok(_)) => {}
    }
    match visit.presign("GetObject", &key) {
        Err(why) => Line::wrong("one-time", why),
        Ok(Err(refused)) if refused.code == "one_time_key_used" => {
            Line::ok("one-time", "the same key a second time is refused")
        }
        Ok(Err(refused)) => Line::wrong("one-time", advice(visit, "the second time", &refused)),
        Ok(Ok(_)) => Line::wrong(
            "one-time",
            "the same key bought two URLs: with ledger = \"kv\" that can happen; \"layered\" and \"durable\" are exact",
        ),
    }
}

/// Opens one link twice.
pub(super) fn link(visit: &Visit<'_>) -> Line {
    let body = visit.body("GetObject", &[("expires_in", json!(60))]);
    // Rules may allow one of these, both or none.
    let mut refused = None;
    for delivery in ["redirect", "stream"] {
        let mut body = body.clone();
        body["delivery"] = json!(delivery);
        match visit.call("/v1/links", &body) {
            Err(why) => return Line::wrong("link", why),
            Ok(answer) if answer.status == 200 || answer.status == 201 => {
                let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                return match json["url"].as_str() {
                    Some(url) => opened_twice(visit, url),
                    None => Line::wrong("link", "the answer of /v1/links has no url"),
                };
            }
            Ok(answer) => refused = Some(refusal(&answer)),
        }
    }
    match refused {
        Some(refused) if matches!(refused.status, 403 | 404) => {
            Line::skipped("link", format!("none is made for this session: {}", refused.sentence))
        }
        Some(refused) => Line::wrong("link", advice(visit, "a link", &refused)),
        None => Line::skipped("link", "none was asked for"),
    }
}

fn opened_twice(visit: &Visit<'_>, url: &str) -> Line {
    let mut statuses = Vec::new();
    for _ in 0..2 {
        match visit.send("GET", url, &[], None) {
            Err(why) => return Line::wrong("link", format!("{}: {why}", printable(url, 40))),
            Ok(answer) => statuses.push(answer),
        }
    }
    let [first, second] = &statuses[..] else { return Line::skipped("link", "it wasn't opened") };
    if !(200..400).contains(&first.status) {
        return Line::wrong("link", format!("opening it is {}", refusal(first).sentence));
    }
    match (second.status, refusal(second).code.as_str()) {
        (410, _) | (_, "link_spent") => Line::ok("link", "it opens once, and not again"),
        (status, _) => Line::wrong(
            "link",
            format!(
                "it opened with {} and again with {status}: it should be good once",
                first.status
            ),
        ),
    }
}

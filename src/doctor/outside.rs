//! Checks that need no session: TLS, the configuration, the clock, other origins.

use serde_json::Value;

use super::line::Line;
use super::visit::{Visit, refusal};
use crate::probe::{Answer, printable};

/// Seconds by which clocks may differ, so that a new token is valid.
const CLOCK_LEEWAY: u64 = 5;

/// The first checks. Returns whether it makes sense to go on.
pub(super) fn look(visit: &Visit<'_>, lines: &mut Vec<Line>) -> bool {
    let answer = match visit.send("GET", &visit.at("/healthz"), &[], None) {
        Ok(answer) => answer,
        Err(why) => {
            let hint = "is the address right, and deployed?";
            lines.push(Line::wrong("edge", format!("GET /healthz: {why}; {hint}")));
            return false;
        }
    };
    lines.push(tls(visit.settings.edge));
    let is_whole = healthz(&answer, visit.settings.store, lines);
    lines.push(caching("healthz", &answer));
    match visit.settings.origin {
        Some(origin) => lines.push(edge_cors(visit, origin)),
        None => lines.push(Line::skipped("cors", "give a page's --origin")),
    }
    is_whole
}

fn tls(edge: &str) -> Line {
    if edge.starts_with("https://") {
        return Line::ok("tls", "https, with a certificate that is trusted here");
    }
    let host = edge.trim_start_matches("http://");
    let is_local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|local| host.starts_with(local));
    if is_local {
        Line::skipped("tls", "http on this machine")
    } else {
        Line::wrong("tls", "http: tokens and URLs can be read on the way; use the https address")
    }
}

fn healthz(answer: &Answer, store: Option<&str>, lines: &mut Vec<Line>) -> bool {
    let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let listed = |name: &str| -> Vec<String> {
        let entry = |entry: &Value| {
            let text = |name: &str| printable(entry[name].as_str().unwrap_or_default(), 400);
            format!("{}: {}", text("path"), text("detail"))
        };
        json[name].as_array().into_iter().flatten().map(entry).collect()
    };
    let faults = listed("faults");
    if !faults.is_empty() {
        lines.extend(faults.into_iter().map(|fault| Line::wrong("settings", fault)));
        return false;
    }
    if answer.status != 200 || json["status"] != "ok" {
        let seen = refusal(answer).sentence;
        lines
            .push(Line::wrong("settings", format!("GET /healthz is {seen}; is this edge-signer?")));
        return false;
    }
    let stores: Vec<&str> =
        json["stores"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if let Some(store) = store.filter(|store| !stores.contains(store)) {
        let known = printable(&stores.join(", "), 300);
        lines
            .push(Line::wrong("settings", format!("there is no store {store}; there is: {known}")));
        return false;
    }
    let version = printable(json["version"].as_str().unwrap_or_default(), 30);
    lines.push(Line::ok(
        "settings",
        format!("edge-signer {version}, its configuration is complete"),
    ));
    lines.extend(listed("warnings").into_iter().map(|warning| Line::wrong("settings", warning)));
    true
}

/// Whether a clock agrees with this machine's; `ahead` is the difference in seconds.
pub(super) fn clock(name: &'static str, whose: &str, ahead: Option<i64>) -> Line {
    match ahead {
        None => Line::skipped(name, format!("the {whose} answer has no date")),
        Some(seconds) if seconds.unsigned_abs() <= CLOCK_LEEWAY => {
            Line::ok(name, format!("the {whose} clock agrees with this machine's"))
        }
        Some(seconds) => {
            let way = if seconds > 0 { "ahead of" } else { "behind" };
            let seconds = seconds.unsigned_abs();
            let seen = format!(
                "the {whose} clock is {seconds} s {way} this machine's: set the one that is wrong"
            );
            Line::wrong(name, seen)
        }
    }
}

/// No cache may keep an answer that grants access.
pub(super) fn caching(what: &str, answer: &Answer) -> Line {
    match answer.header("cache-control") {
        Some(value) if value.contains("no-store") => {
            Line::ok("caching", format!("{what}: {}", printable(value, 60)))
        }
        other => {
            let other = printable(other.unwrap_or("nothing"), 60);
            let seen = format!(
                "{what} says {other} in place of no-store: let nothing before the Worker change Cache-Control"
            );
            Line::wrong("caching", seen)
        }
    }
}

fn edge_cors(visit: &Visit<'_>, origin: &str) -> Line {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    ];
    match visit.send("OPTIONS", &visit.at("/v1/presign"), &headers, None) {
        Err(why) => Line::wrong("cors", format!("the edge: {why}")),
        Ok(answer) if allows(&answer, origin) => {
            Line::ok("cors", format!("pages of {origin} may call the API"))
        }
        Ok(_) => Line::wrong(
            "cors",
            format!("pages of {origin} may not call the API: name it in CORS.allowed_origins"),
        ),
    }
}

/// Whether an answer lets pages of an origin read it.
pub(super) fn allows(answer: &Answer, origin: &str) -> bool {
    (200..300).contains(&answer.status)
        && answer
            .header("access-control-allow-origin")
            .is_some_and(|allowed| allowed == origin || allowed == "*")
}

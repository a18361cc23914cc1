use edge_signer::inbox::Events;
use serde_json::{Value, json};

use super::edge::config;

/// What a store tells of what was written. It leads to no more uploads than it has events, each of which has its name at the
/// end of its key, and it leads to the same ones as a text in a queue.
pub fn store_event(data: &[u8]) {
    let message = String::from_utf8_lossy(data);
    let stores = config().stores();
    let Ok(events) = Events::read(&message, stores) else { return };
    assert!(events.landed.len() + events.unreadable <= events.total, "{events:?}");
    assert!(events.total <= 100, "{events:?}");
    for landed in &events.landed {
        assert!(landed.key.ends_with(&format!("/{}", landed.id)), "{landed:?}");
    }
    if !matches!(serde_json::from_str(&message), Ok(Value::String(_))) {
        assert_eq!(Events::read(&json!(message).to_string(), stores), Ok(events));
    }
}

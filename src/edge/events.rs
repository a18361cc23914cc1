//! A queue into which a store puts what it tells of objects that were written.

use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::inbox::asked::ask_upload;
use super::isolate::Isolate;
use super::runtime::{Env, MessageBatch, console_log};
use crate::api::{Noticed, notice};
use crate::ledger::join_all;

/// Takes messages out of the queue: each by itself, so that one that has to come again holds no other up.
#[wasm_bindgen(js_name = takeEvents)]
#[expect(unreachable_pub, reason = "src/edge/worker.mjs calls it")]
pub async fn take_events(batch: MessageBatch, env: Env) -> Result<(), JsValue> {
    let isolate = Isolate::of(&env).await;
    let messages = batch.messages();
    let look = async |id: &_, letter: &_| ask_upload(&env, id, letter, None).await;
    let noticed = join_all(messages.iter().map(async |message| match &isolate.config {
        Ok(config) => notice(&message.json(), config, look).await,
        Err(_) => Noticed::failed("the configuration isn't whole"),
    }))
    .await;
    let mut again = 0;
    for (message, noticed) in messages.iter().zip(&noticed) {
        match noticed.again_after(message.attempts()) {
            Some(seconds) => {
                again += 1;
                message.come_again(seconds)?;
            }
            None => message.ack(),
        }
    }
    let sum = |count: fn(&Noticed) -> usize| noticed.iter().map(count).sum::<usize>();
    let line = json!({
        "event": "store_events", "queue": batch.queue(), "messages": messages.len(), "events": sum(|it| it.events),
        "uploads": sum(|it| it.uploads), "unreadable": sum(|it| it.unreadable), "again": again,
        "reason": noticed.iter().find_map(Noticed::reason),
    });
    console_log(&line.to_string());
    Ok(())
}

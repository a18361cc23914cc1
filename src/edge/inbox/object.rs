use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::desk::ObjectDesk;
use super::storage::ObjectState;
use crate::config::Config;
use crate::crypto::sha256;
use crate::edge::clock::now;
use crate::edge::isolate::Isolate;
use crate::edge::runtime::{Env, console_log};
use crate::encoding::hex;
use crate::inbox::{self, Clerk, Heard, Letter, NotTaken, Record, Reply, State, Told, Trouble};
use crate::s3::Store;

/// How long after a failure the alarm comes again, in seconds.
pub(super) const AGAIN_AFTER: u64 = 300;
/// How long after one that came while the upload was worked on, in seconds.
const BUSY_FOR: u64 = 5;

/// How long after a verdict came the alarm looks whether somebody has gone on with it, in seconds.
const HEARD_FOR: u64 = 60;

/// Who has an upload gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asker {
    /// Whoever uploads.
    Owner,
    /// A store or a scanner.
    Other,
    /// Nobody but the time.
    Alarm,
}

/// The object of one upload.
#[wasm_bindgen]
pub struct Inbox(Rc<Object>);

pub(super) struct Object {
    pub(super) state: ObjectState,
    pub(super) env: Env,
    /// Whether its upload is being worked on.
    is_at_work: Cell<bool>,
}

/// While it is there, the upload is being worked on.
pub(super) struct Work<'a>(&'a Cell<bool>);

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

#[wasm_bindgen]
impl Inbox {
    /// An object with what its storage holds.
    #[wasm_bindgen(constructor)]
    pub fn new(state: JsValue, env: Env) -> Self {
        let state = wasm_bindgen::JsCast::unchecked_into(state);
        Self(Rc::new(Object { state, env, is_at_work: Cell::new(false) }))
    }

    /// Answers a [`Letter`], in JSON.
    pub async fn ask(&self, letter: String) -> Result<String, JsValue> {
        let object = Rc::clone(&self.0);
        let letter: Letter = serde_json::from_str(&letter).map_err(refused)?;
        let reply = object.answer(letter).await.map_err(refused)?;
        serde_json::to_string(&reply).map_err(refused)
    }

    /// The upload's time is over, or its scanner is to be asked again.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        let object = Rc::clone(&self.0);
        object.wake().await.map_err(refused)
    }
}

fn refused(error: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}

impl Object {
    async fn answer(&self, letter: Letter) -> Result<Reply, String> {
        let kept = self.state.load()?;
        if let Letter::Open(record) = letter {
            return self.open(kept, *record).await;
        }
        let kept = kept.filter(|record| letter.is_of(record));
        match &letter {
            Letter::Begun { upload_id, .. } => return self.begun(kept, upload_id),
            Letter::Step { completes, .. } => return self.step(kept, *completes).await,
            Letter::Aborted { .. } => return self.aborted(kept).await,
            Letter::Forget { .. } => return self.forget(kept).await,
            _ => {}
        }
        let Some(mut record) = kept else {
            return Ok(Reply::Unknown);
        };
        if let Letter::Verdict(heard) = &letter
            && let Err(why) = self.hear(&record, heard)?
        {
            return Ok(Reply::NotTaken(why));
        }
        let is_order = !matches!(letter, Letter::Tell { .. });
        let is_verdict = matches!(letter, Letter::Verdict(_));
        // What was broken off goes on with any question.
        let is_broken_off =
            matches!(record.state, State::Promoting { .. }) && record.copying.is_none();
        // What is over is being settled, and isn't begun any more.
        let now = now().unix_seconds();
        let is_due = is_order && now < record.end() && (is_verdict || record.is_due(now));
        let is_to_do = (is_due || is_broken_off) && !record.state.is_final();
        let Some(work) = self.begin_work().filter(|_| is_to_do) else {
            // From its end on the alarm alone goes on with it, as with a copy by parts, and may have been lost.
            if now >= record.end() || record.copying.is_some() {
                self.state.wake_if_asleep(now).await?;
            }
            let (is_at_work, is_event) =
                (self.is_at_work.get(), matches!(letter, Letter::Look { .. }));
            let may_fail = matches!(
                record.state,
                State::Signed | State::Holding { .. } | State::Promoting { .. }
            );
            return Ok(if is_at_work && is_event && may_fail {
                Reply::Busy
            } else {
                Reply::Told(Told::of(&record, is_at_work))
            });
        };
        let is_owner = matches!(letter, Letter::Accept { .. } | Letter::Tell { .. });
        let asker = if is_owner { Asker::Owner } else { Asker::Other };
        let done = self.accept(&mut record, asker).await?;
        drop(work);
        Ok(match done {
            Ok(()) | Err(Trouble::NoVerdict(_)) => Reply::Told(Told::of(&record, false)),
            // The verdict is kept, and the alarm goes on with it.
            Err(_) if is_verdict => Reply::Told(Told::of(&record, false)),
            Err(trouble) => Reply::Failed(trouble),
        })
    }

    /// Keeps a verdict before anything is done by it, so that the alarm goes on with it where the object is killed.
    fn hear(&self, record: &Record, heard: &Heard) -> Result<Result<(), NotTaken>, String> {
        let now = now().unix_seconds();
        let is_new = match record.hears(heard, self.state.heard()?.as_ref(), now) {
            Ok(is_new) => is_new,
            Err(why) => return Ok(Err(why)),
        };
        if is_new {
            self.state.hear(heard)?;
            self.state.wake_soon((now + HEARD_FOR).min(record.end()))?;
        }
        Ok(Ok(()))
    }

    /// Takes the upload up, unless it is being worked on.
    pub(super) fn begin_work(&self) -> Option<Work<'_>> {
        let was_at_work = self.is_at_work.replace(true);
        (!was_at_work).then(|| Work(&self.is_at_work))
    }

    async fn open(&self, kept: Option<Record>, record: Record) -> Result<Reply, String> {
        // The same letter comes again where its answer was lost.
        if kept.is_some_and(|kept| kept != record) {
            return Ok(Reply::Unknown);
        }
        self.state.save(&record)?;
        self.state.wake_at(record.end()).await?;
        Ok(Reply::Opened)
    }

    pub(super) async fn config(&self) -> Result<&'static Config, String> {
        let isolate = Isolate::of(&self.env).await;
        isolate.config.as_ref().map_err(|_| "the configuration isn't whole".to_owned())
    }

    /// Brings it to its end; by parts only where it is the alarm that does, because that takes its time.
    async fn accept(
        &self,
        record: &mut Record,
        asker: Asker,
    ) -> Result<Result<(), Trouble>, String> {
        let config = self.config().await?;
        let Some(store) = store_of(config, record) else {
            let why = format!("there is no store {}", record.store);
            return Ok(Err(Trouble::Unavailable(why)));
        };
        let copies_by_parts = asker == Asker::Alarm;
        let clerk = Clerk { copies_by_parts, ..self.clerk(config, store) };
        // An owner's session was checked when it came.
        let is_revoked = match asker {
            Asker::Owner => Ok(false),
            Asker::Other | Asker::Alarm => self.is_revoked(record).await,
        };
        let done = match is_revoked {
            Ok(false) => clerk.accept(record).await,
            Ok(true) => clerk.revoke(record).await,
            Err(why) => Err(why),
        };
        tell(record, done.as_ref().err());
        Ok(done)
    }

    pub(super) fn clerk<'a>(
        &'a self,
        config: &'a Config,
        store: &'a Store,
    ) -> Clerk<'a, ObjectDesk<'a>> {
        let (uploads, desk) = (&config.uploads, self.desk());
        Clerk { store, uploads, desk, copies_by_parts: true }
    }

    const fn desk(&self) -> ObjectDesk<'_> {
        ObjectDesk(&self.state, &self.env)
    }

    /// Tells how it ended; whether it could be tried.
    async fn tell_end(&self, record: &mut Record) -> bool {
        let Ok(config) = self.config().await else { return false };
        let told = inbox::tell(record, &config.uploads, &self.desk()).await;
        if let Err(trouble) = &told {
            tell(record, Some(trouble));
        }
        matches!(told, Ok(()) | Err(Trouble::NotTold(_)))
    }

    async fn wake(&self) -> Result<(), String> {
        let Some(mut record) = self.state.load()? else { return Ok(()) };
        let now = now().unix_seconds();
        let Some(work) = self.begin_work() else {
            return self.state.wake_at(now + BUSY_FOR).await;
        };
        if record.news.is_some() {
            let again =
                if self.tell_end(&mut record).await { record.wake(now) } else { now + AGAIN_AFTER };
            drop(work);
            return self.state.wake_at(again).await;
        }
        if now >= record.end() {
            return self.end(record, work).await;
        }
        let is_begun = matches!(
            record.state,
            State::Holding { .. } | State::Scanning { .. } | State::Promoting { .. }
        );
        let is_silent = |done: &Result<_, _>| matches!(done, Ok(()) | Err(Trouble::NoVerdict(_)));
        let is_done = !is_begun
            || self.accept(&mut record, Asker::Alarm).await.is_ok_and(|it| is_silent(&it));
        drop(work);
        let again = if is_done { record.wake(now) } else { now + AGAIN_AFTER };
        self.state.wake_at(again.min(record.end())).await
    }
}

pub(super) fn store_of<'c>(config: &'c Config, record: &Record) -> Option<&'c Store> {
    config.stores().iter().find(|store| store.name() == record.store)
}

/// Writes a line of what came of it.
pub(super) fn tell(record: &Record, trouble: Option<&Trouble>) {
    let (outcome, reason) = match (&record.state, trouble) {
        (_, Some(trouble)) => ("failed", json!(trouble)),
        (State::Accepted { .. }, None) => ("accepted", json!(null)),
        (State::Refused { reason }, None) => ("refused", json!(reason)),
        (_, None) => ("checking", json!(null)),
    };
    say(record, outcome, &reason);
}

/// Writes a line of an upload.
pub(super) fn say(record: &Record, outcome: &str, reason: &Value) {
    let (issuer, subject) = &record.owner;
    let line = json!({
        "event": "upload", "upload": record.id, "issuer": issuer, "subject": subject, "store": record.store,
        "key_sha256": hex(&sha256(record.key.as_bytes())), "rule": record.rule, "outcome": outcome, "reason": reason,
    });
    console_log(&line.to_string());
}

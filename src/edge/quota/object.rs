use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::store::Stores;
use crate::api::look_at_upload;
use crate::config::Config;
use crate::edge::clock::{now, now_ms};
use crate::edge::isolate::Isolate;
use crate::edge::ledger::database::ObjectDatabase;
use crate::edge::runtime::{Env, ObjectState, ObjectStorage, console_error, error_text};
use crate::ledger::{LedgerUnavailable, join_all};
use crate::quota::wire::{Answer, Letter, Question};
use crate::quota::{Book, Due, Seen};

/// Uploads that are settled in one go. An alarm may ask for as much as a request may.
const MOST_AT_ONCE: u64 = 40;
/// As many are looked for at the same time as the runtime connects at the same time.
const SIDE_BY_SIDE: usize = 6;
/// How long until it tries again, in milliseconds, where the configuration can't be used.
const TRY_AGAIN_MS: u64 = 600_000;

/// The object that keeps the quotas of one subject. Each question is answered without anything awaited between reading
/// and writing, so that no two can find the same left.
#[wasm_bindgen]
pub struct QuotaObject(Rc<Object>);

struct Object {
    storage: ObjectStorage,
    env: Env,
    book: RefCell<Option<Book<ObjectDatabase>>>,
    /// When the alarm is due, in milliseconds since 1970, once that is known.
    alarm_due: Cell<Option<u64>>,
}

#[wasm_bindgen]
impl QuotaObject {
    /// An object with what its storage holds.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &ObjectState, env: &Env) -> Self {
        Self(Rc::new(Object {
            storage: state.storage(),
            env: Clone::clone(env),
            book: RefCell::default(),
            alarm_due: Cell::new(None),
        }))
    }

    /// Answers a [`Letter`], in JSON: with a text, or with a promise of one where the alarm is set first.
    pub fn ask(&self, letter: &str) -> Result<JsValue, JsValue> {
        let letter: Letter = serde_json::from_str(letter).map_err(refused)?;
        let answer = self.0.answer(&letter).map_err(|error| refused(error.0))?;
        let text = JsValue::from(serde_json::to_string(&answer).map_err(refused)?);
        if !self.0.has_to_plan(&letter) {
            return Ok(text);
        }
        let object = Rc::clone(&self.0);
        Ok(future_to_promise(async move {
            if let Err(error) = object.plan(0).await {
                // What is reserved is reserved; the next one plans it.
                console_error(&format!("quota: {}", error.0));
            }
            Ok(text)
        })
        .into())
    }

    /// Settles what is due, and drops what is over.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        let object = Rc::clone(&self.0);
        object.alarm_due.set(None);
        let isolate = Isolate::of(&object.env).await;
        let Ok(config) = &isolate.config else {
            return object.plan(TRY_AGAIN_MS).await.map_err(|error| refused(error.0));
        };
        object.settle(config, isolate).await.map_err(|error| refused(error.0))?;
        object.plan(0).await.map_err(|error| refused(error.0))
    }
}

fn refused(error: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}

impl Object {
    fn with_book<T>(
        &self,
        what: impl FnOnce(&Book<ObjectDatabase>) -> Result<T, LedgerUnavailable>,
    ) -> Result<T, LedgerUnavailable> {
        let mut book = self.book.borrow_mut();
        if book.is_none() {
            *book = Some(Book::open(ObjectDatabase(self.storage.sql()))?);
        }
        match &*book {
            Some(book) => what(book),
            None => Err(LedgerUnavailable("the quota's database isn't open".to_owned())),
        }
    }

    fn answer(&self, letter: &Letter) -> Result<Answer, LedgerUnavailable> {
        let answer = self.with_book(|book| book.answer(letter, now_ms()));
        if answer.is_err() {
            // Whatever of it was written, the next question finds what is there.
            self.book.replace(None);
        }
        answer
    }

    async fn settle(
        &self,
        config: &Config,
        isolate: &'static Isolate,
    ) -> Result<(), LedgerUnavailable> {
        let due = self.with_book(|book| book.due(now_ms(), MOST_AT_ONCE))?;
        let stores = &Stores(isolate);
        let look = async |one: &Due| {
            if one.wants_a_look() {
                look_at_upload(config, stores, now(), one).await
            } else {
                Seen::Unknown
            }
        };
        for some in due.chunks(SIDE_BY_SIDE) {
            let seen = join_all(some.iter().map(look)).await;
            for (one, seen) in some.iter().zip(seen) {
                self.with_book(|book| book.settle(one, seen))?;
            }
        }
        self.with_book(|book| book.sweep(now_ms()))
    }

    /// Whether the alarm has to be looked for, or brought forward.
    fn has_to_plan(&self, letter: &Letter) -> bool {
        let Question::Reserve { wanted, .. } = &letter.question else { return false };
        let soonest = wanted.iter().map(|one| one.upload.due).min();
        let set = self.alarm_due.get();
        soonest.is_some_and(|soonest| set.is_none_or(|set| soonest.saturating_mul(1000) < set))
    }

    /// Sets the alarm for when there is something to do, but not before so many milliseconds have passed; unless it is
    /// set for then or earlier, or nothing is left to do.
    async fn plan(&self, wait_ms: u64) -> Result<(), LedgerUnavailable> {
        let failed = |error: JsValue| LedgerUnavailable(error_text(&error));
        let next = self.with_book(Book::next_end)?;
        let Some(next) = next else { return Ok(()) };
        // What is due in this second is settled in the next.
        let next = next.saturating_add(1).saturating_mul(1000).max(now_ms() + wait_ms.max(1000));
        let set = self.storage.alarm().await.map_err(failed)?;
        if let Some(due) = set.filter(|due| *due <= next) {
            self.alarm_due.set(Some(due));
            return Ok(());
        }
        self.storage.set_alarm_to(next).await.map_err(failed)?;
        self.alarm_due.set(Some(next));
        Ok(())
    }
}

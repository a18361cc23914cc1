use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::task::{self, Poll, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::database::ObjectDatabase;
use crate::config::{Environment, OneTimeSettings};
use crate::edge::clock::now_ms;
use crate::edge::environment::WorkerEnvironment;
use crate::edge::runtime::{Env, ObjectState, ObjectStorage, console_error, error_text};
use crate::ledger::LedgerUnavailable;
use crate::ledger::book::{Book, Settings};
use crate::ledger::wire::{Answer, Letter, Question, Said};
use crate::variables::Faults;

/// Rows of keys that an object keeps for longer than a month: some ten megabytes.
const MOST_LONG_ROWS: u64 = 100_000;

/// The object that records uses. Each question is answered without anything awaited between reading and writing, so
/// that no two can find the same use left.
#[wasm_bindgen]
pub struct LedgerObject(Rc<Object>);

struct Object {
    storage: ObjectStorage,
    book: RefCell<Option<Book<ObjectDatabase>>>,
    /// In seconds.
    sweep_every: u64,
    /// When the alarm is due, in milliseconds since 1970, once that is known.
    alarm_due: Cell<Option<u64>>,
}

#[wasm_bindgen]
impl LedgerObject {
    /// An object with what its storage holds.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &ObjectState, env: &Env) -> Self {
        let settings = WorkerEnvironment::new(env, &HashMap::new()).var("ONE_TIME");
        let settings = OneTimeSettings::read(settings.as_ref(), &Faults::default());
        Self(Rc::new(Object {
            storage: state.storage(),
            book: RefCell::default(),
            sweep_every: settings.sweep_every.max(1),
            alarm_due: Cell::new(None),
        }))
    }

    /// Answers a [`Letter`], in JSON: with a text, or with a promise of one where the alarm is set first.
    pub fn ask(&self, letter: &str) -> Result<JsValue, JsValue> {
        let letter: Letter = serde_json::from_str(letter).map_err(refused)?;
        let answer = self.0.answer(&letter).map_err(|error| refused(error.0))?;
        let text = JsValue::from(serde_json::to_string(&answer).map_err(refused)?);
        if !may_have_written(&letter, &answer) || !self.0.has_to_plan() {
            return Ok(text);
        }
        let object = Rc::clone(&self.0);
        let mut answered = Box::pin(async move {
            if let Err(error) = object.plan_sweep().await {
                // What is recorded is recorded; the next one plans it.
                console_error(&format!("ledger: {}", error.0));
            }
            Ok(text)
        });
        match answered.as_mut().poll(&mut task::Context::from_waker(Waker::noop())) {
            Poll::Ready(answered) => answered,
            Poll::Pending => Ok(future_to_promise(answered).into()),
        }
    }

    /// Drops what is over.
    pub async fn alarm(&self) -> Result<(), JsValue> {
        let object = Rc::clone(&self.0);
        object.alarm_due.set(None);
        object.with_book(|book| book.sweep(now_ms())).map_err(|error| refused(error.0))?;
        object.plan_sweep().await.map_err(|error| refused(error.0))
    }
}

fn refused(error: impl std::fmt::Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}

fn may_have_written(letter: &Letter, answer: &Answer) -> bool {
    match (&letter.question, answer) {
        (Question::Revoke(_), _) => true,
        (Question::Spend(_), Answer::Uses(said)) => {
            said.iter().any(|said| matches!(said, Said::Fresh { .. }))
        }
        _ => false,
    }
}

impl Object {
    fn with_book<T>(
        &self,
        what: impl FnOnce(&Book<ObjectDatabase>) -> Result<T, LedgerUnavailable>,
    ) -> Result<T, LedgerUnavailable> {
        let mut book = self.book.borrow_mut();
        if book.is_none() {
            let settings = Settings { slice: self.sweep_every, most_long_rows: MOST_LONG_ROWS };
            *book = Some(Book::open(ObjectDatabase(self.storage.sql()), settings)?);
        }
        match &*book {
            Some(book) => what(book),
            None => Err(LedgerUnavailable("the ledger's database isn't open".to_owned())),
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

    /// When there is something to drop, in milliseconds since 1970: when the next slice is over, but not before
    /// `sweep_every` has passed.
    fn next_sweep(&self) -> Result<Option<u64>, LedgerUnavailable> {
        let next = self.with_book(Book::next_end)?;
        let soonest = now_ms() + self.sweep_every * 1000;
        Ok(next.map(|next| next.saturating_mul(1000).max(soonest)))
    }

    /// Whether the alarm has to be looked for, or brought forward.
    fn has_to_plan(&self) -> bool {
        let due = self.alarm_due.get();
        due.is_none_or(|due| {
            self.next_sweep().is_ok_and(|next| next.is_some_and(|next| next < due))
        })
    }

    /// Sets the alarm, unless it is set for then or earlier, or nothing is left to drop.
    async fn plan_sweep(&self) -> Result<(), LedgerUnavailable> {
        let failed = |error: JsValue| LedgerUnavailable(error_text(&error));
        let Some(next) = self.next_sweep()? else { return Ok(()) };
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

//! What an object of the ledger keeps, in a real `SQLite`: the rule for a use in SQL compared with the one for KV's
//! records, dropped slices, tables of earlier versions, and clocks that jump.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::cell::Cell as Counter;
use std::rc::Rc;

use edge_signer::encoding::hex;
use edge_signer::ledger::book::{Book, Cell, Database, Row, Settings, Value};
use edge_signer::ledger::memory::MemoryLedger;
use edge_signer::ledger::wire::{
    Answer, AskedBrowser, AskedLink, AskedTerms, AskedUse, Letter, Question, QuestionId, Said,
};
use edge_signer::ledger::{
    Browser, History, Judge, Ledger, LedgerUnavailable, Shard, Spend, SpendId, Terms, Use,
};
use edge_signer::time::Timestamp;
use pollster::block_on;
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

const NOW: u64 = 1_767_225_600;
const HOUR: u64 = 3600;
const MANY: u64 = 100;

/// A shared database, which can be opened again and can fail.
#[derive(Clone)]
struct Shared {
    connection: Rc<Connection>,
    /// How many statements still succeed.
    succeeds: Rc<Counter<u64>>,
}

impl Shared {
    fn new() -> Self {
        let connection = Rc::new(Connection::open_in_memory().unwrap());
        Self { connection, succeeds: Rc::new(Counter::new(u64::MAX)) }
    }

    fn tables(&self) -> Vec<String> {
        let mut find = self
            .connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            .unwrap();
        let names = find.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    fn slices(&self) -> usize {
        let is_slice = |name: &&String| name.starts_with("keys_") || name.starts_with("links_");
        self.tables().iter().filter(is_slice).count()
    }

    fn rows(&self) -> u64 {
        let is_slice = |name: &String| name.starts_with("keys_") || name.starts_with("links_");
        let count = |table: String| {
            let count = format!("SELECT COUNT(*) FROM {table}");
            self.connection.query_row(&count, [], |row| row.get::<_, u64>(0)).unwrap()
        };
        self.tables().into_iter().filter(is_slice).map(count).sum()
    }
}

struct Bound<'a>(&'a Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Number(number) => ToSqlOutput::from(i64::try_from(*number).unwrap()),
            Value::Text(text) => ToSqlOutput::from(*text),
        })
    }
}

impl Database for Shared {
    fn run(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, LedgerUnavailable> {
        let left = self.succeeds.get();
        if left == 0 {
            return Err(LedgerUnavailable("the disk is full".to_owned()));
        }
        self.succeeds.set(left - 1);
        let failed = |error: rusqlite::Error| LedgerUnavailable(format!("{error}: {statement}"));
        let mut prepared = self.connection.prepare_cached(statement).map_err(failed)?;
        // A Durable Object refuses any other number.
        assert_eq!(values.len(), prepared.parameter_count(), "{statement}");
        let bound: Vec<Bound<'_>> = values.iter().map(Bound).collect();
        let columns = prepared.column_count();
        let rows = prepared.query_map(rusqlite::params_from_iter(bound), |row| {
            let cell = |column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Integer(number) => {
                        u64::try_from(number).map_or(Cell::Other, Cell::Number)
                    }
                    ValueRef::Text(text) => Cell::Text(String::from_utf8(text.to_vec()).unwrap()),
                    _ => Cell::Other,
                })
            };
            (0..columns).map(cell).collect::<rusqlite::Result<_>>().map(Row)
        });
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }
}

fn settings() -> Settings {
    Settings { slice: HOUR, most_long_rows: MANY }
}

/// A book, and a clock.
struct Ledgers {
    database: Shared,
    book: Book<Shared>,
    clock: Counter<u64>,
    asked: Counter<u64>,
}

impl Ledgers {
    fn of(database: Shared) -> Self {
        let book = Book::open(database.clone(), settings()).unwrap();
        Self { database, book, clock: Counter::new(NOW), asked: Counter::new(0) }
    }

    fn new() -> Self {
        Self::of(Shared::new())
    }

    fn restart(&mut self) {
        self.book = Book::open(self.database.clone(), settings()).unwrap();
    }

    fn letter(&self, question: Question) -> Letter {
        self.asked.set(self.asked.get() + 1);
        Letter {
            id: QuestionId::new(self.asked.get().to_be_bytes()),
            wait_until_ms: (self.clock.get() + 11) * 1000,
            keeps_marks: true,
            question,
        }
    }

    fn answer(&self, letter: &Letter) -> Result<Answer, LedgerUnavailable> {
        self.book.answer(letter, self.clock.get() * 1000)
    }

    fn ask(&self, question: Question) -> Answer {
        self.answer(&self.letter(question)).unwrap()
    }

    fn spend(&self, one: AskedUse) -> Said {
        said(self.ask(Question::Spend(vec![one])))
    }

    fn foresee(&self, one: AskedUse) -> Said {
        said(self.ask(Question::Foresee(one)))
    }

    fn sweep(&self) {
        self.book.sweep(self.clock.get() * 1000).unwrap();
    }

    fn pass(&self, seconds: u64) {
        self.clock.set(self.clock.get() + seconds);
    }
}

fn said(answer: Answer) -> Said {
    let Answer::Uses(said) = answer else { panic!("{answer:?}") };
    assert_eq!(said.len(), 1);
    said[0]
}

fn id(name: &str) -> SpendId {
    let digits: String = hex(name.as_bytes());
    SpendId::try_from(format!("{digits:0>64}")).unwrap()
}

fn key(name: &str, until: u64) -> AskedUse {
    AskedUse { id: id(name), until, terms: AskedTerms::Key }
}

fn link(name: &str, until: u64, most: Option<u32>) -> AskedUse {
    AskedUse { id: id(name), until, terms: AskedTerms::Link { most, browser: None } }
}

fn by(one: AskedUse, hash: &str, grace: u64) -> AskedUse {
    let AskedTerms::Link { most, .. } = one.terms else { panic!("a key has no browser") };
    let browser = Some(AskedBrowser { hash: format!("{hash:0>64}"), grace });
    AskedUse { terms: AskedTerms::Link { most, browser }, ..one }
}

const fn fresh(left: u32) -> Said {
    Said::Fresh { left: Some(left) }
}

#[test]
fn a_key_that_is_spent_under_one_token_is_spent_under_the_next() {
    let ledgers = Ledgers::new();
    let ends = [NOW + 600, NOW + 40, NOW + 5 * HOUR, NOW + 30 * HOUR, NOW + 300 * HOUR];
    assert_eq!(ledgers.spend(key("a", ends[0])), fresh(0));
    for (n, end) in ends.into_iter().enumerate() {
        let used = Said::Used { until: ends[0], is_first: n == 0 };
        assert_eq!(ledgers.spend(key("a", end)), used, "{n}");
        // Other keys fill the slices.
        assert_eq!(ledgers.spend(key(&format!("other {n}"), end)), fresh(0));
    }
    assert_eq!(ledgers.database.slices(), 4);
    // When the first session has ended, the key works once for a session that goes on.
    ledgers.pass(600);
    assert_eq!(ledgers.spend(key("a", ends[3])), fresh(0));
    for end in [ends[2], ends[3], ends[4]] {
        let answer = ledgers.spend(key("a", end));
        assert_eq!(answer, Said::Used { until: ends[3], is_first: end == ends[2] });
    }
}

#[test]
fn uses_of_one_question_are_decided_in_its_order() {
    let ledgers = Ledgers::new();
    let uses = ["a", "b", "a", "c"].map(|name| key(name, NOW + 60)).to_vec();
    let letter = ledgers.letter(Question::Spend(uses));
    let used = Said::Used { until: NOW + 60, is_first: true };
    let expected = Answer::Uses(vec![fresh(0), fresh(0), used, fresh(0)]);
    assert_eq!(ledgers.answer(&letter), Ok(expected));
    assert_eq!(ledgers.database.rows(), 3);
}

#[test]
fn a_question_that_is_repeated_is_counted_once() {
    let mut ledgers = Ledgers::new();
    let uses =
        vec![key("k", NOW + HOUR), link("l", NOW + HOUR, Some(3)), link("m", NOW + HOUR, None)];
    let letter = ledgers.letter(Question::Spend(uses));
    let expected = Answer::Uses(vec![fresh(0), fresh(2), Said::Fresh { left: None }]);
    assert_eq!(ledgers.answer(&letter), Ok(expected.clone()));
    assert_eq!(ledgers.answer(&letter), Ok(expected.clone()));
    // This also holds after a restart of the object and after other keys.
    ledgers.restart();
    ledgers.pass(2);
    assert_eq!(ledgers.answer(&letter), Ok(expected));
    assert_eq!(ledgers.spend(link("l", NOW + HOUR, Some(3))), fresh(1));
    let Ok(Answer::Uses(again)) = ledgers.answer(&letter) else { panic!("no answer") };
    assert!(again.iter().all(|said| matches!(said, Said::Fresh { .. })), "{again:?}");
    let count = |name| match ledgers.ask(history(name, NOW + HOUR)) {
        Answer::History { count, .. } => count,
        answer => panic!("{answer:?}"),
    };
    assert_eq!([count("l"), count("m")], [2, 1]);
    // Repeating a use's name is worth nothing once the link is revoked.
    ledgers.ask(revoke("l", NOW + HOUR));
    let Ok(Answer::Uses(again)) = ledgers.answer(&letter) else { panic!("no answer") };
    assert_eq!(again[1], Said::Revoked { until: NOW + HOUR });
}

fn asked(name: &str, until: u64) -> AskedLink {
    AskedLink { id: id(name), until }
}

fn history(name: &str, until: u64) -> Question {
    Question::History(asked(name, until))
}

fn revoke(name: &str, until: u64) -> Question {
    Question::Revoke(asked(name, until))
}

#[test]
fn a_question_that_nobody_waits_for_records_nothing() {
    let ledgers = Ledgers::new();
    let one = || link("l", NOW + HOUR, Some(1));
    let letter = ledgers.letter(Question::Spend(vec![one(), key("k", NOW + HOUR)]));
    ledgers.pass(12);
    assert_eq!(ledgers.answer(&letter), Ok(Answer::Uses(vec![Said::Late, Said::Late])));
    assert!(Said::Late.verdict().is_err());
    assert_eq!(ledgers.database.rows(), 0);
    assert_eq!(ledgers.spend(one()), fresh(0));
}

#[test]
fn the_first_refusal_is_told_once() {
    let mut ledgers = Ledgers::new();
    let until = NOW + HOUR;
    for one in [key("k", until), link("l", until, Some(1)), link("foreseen", until, Some(1))] {
        assert_eq!(ledgers.spend(one.clone()), fresh(0));
        let silent =
            Letter { keeps_marks: false, ..ledgers.letter(Question::Spend(vec![one.clone()])) };
        let not_first = Said::Used { until, is_first: false };
        assert_eq!(said(ledgers.answer(&silent).unwrap()), not_first);
        let first = if one.id == id("foreseen") {
            ledgers.foresee(one.clone())
        } else {
            ledgers.spend(one.clone())
        };
        assert_eq!(first, Said::Used { until, is_first: true });
        assert_eq!(ledgers.spend(one.clone()), not_first);
        ledgers.restart();
        assert_eq!(ledgers.foresee(one), not_first);
    }
}

#[test]
fn a_slice_is_dropped_whole_when_it_is_over() {
    let ledgers = Ledgers::new();
    // NOW is the first second of an hour.
    for n in 0..50 {
        ledgers.spend(key(&format!("k{n}"), NOW + 1 + n));
        ledgers.spend(link(&format!("l{n}"), NOW + HOUR - 1 - n, Some(1)));
    }
    ledgers.spend(link("later", NOW + HOUR, Some(1)));
    assert_eq!(ledgers.database.slices(), 3);
    ledgers.pass(HOUR - 1);
    ledgers.sweep();
    assert_eq!(ledgers.database.slices(), 3);
    assert_eq!(ledgers.book.next_end(), Ok(Some(NOW + HOUR)));
    ledgers.pass(1);
    ledgers.sweep();
    assert_eq!(ledgers.database.slices(), 1);
    assert_eq!(ledgers.database.rows(), 1);
    ledgers.pass(HOUR);
    ledgers.sweep();
    assert_eq!(ledgers.database.slices(), 0);
    assert_eq!(ledgers.book.next_end(), Ok(None));
}

#[test]
fn a_use_that_was_on_its_way_while_its_slice_was_dropped_has_expired() {
    let ledgers = Ledgers::new();
    let (one, other) = (link("l", NOW + HOUR - 1, Some(2)), key("k", NOW + HOUR - 1));
    assert_eq!(ledgers.spend(one.clone()), fresh(1));
    assert_eq!(ledgers.spend(other.clone()), fresh(0));
    ledgers.pass(HOUR);
    ledgers.sweep();
    assert_eq!(ledgers.database.slices(), 0);
    for late in [one, other] {
        assert_eq!(ledgers.spend(late.clone()), Said::Expired);
        assert_eq!(ledgers.foresee(late), Said::Expired);
    }
    assert_eq!(ledgers.database.slices(), 0);
}

#[test]
fn what_lies_on_a_boundary_is_in_one_slice() {
    let ledgers = Ledgers::new();
    let boundary = NOW + HOUR;
    for until in [boundary - 1, boundary, boundary + 1] {
        for one in [key(&format!("k{until}"), until), link(&format!("l{until}"), until, Some(1))] {
            assert_eq!(ledgers.spend(one.clone()), fresh(0));
            assert!(matches!(ledgers.spend(one), Said::Used { .. }));
        }
    }
    assert_eq!(ledgers.database.slices(), 4);
    ledgers.pass(HOUR - 1);
    let at = |until| {
        [
            ledgers.spend(key(&format!("k{until}"), until)),
            ledgers.spend(link(&format!("l{until}"), until, Some(1))),
        ]
    };
    assert_eq!(at(boundary - 1), [Said::Expired; 2]);
    assert!(at(boundary).iter().all(|said| matches!(said, Said::Used { .. })));
    ledgers.pass(1);
    ledgers.sweep();
    assert_eq!(at(boundary), [Said::Expired; 2]);
    assert!(at(boundary + 1).iter().all(|said| matches!(said, Said::Used { .. })));
    // The same key, at the boundary, with a token that ends after it.
    assert!(matches!(
        ledgers.spend(key(&format!("k{}", boundary + 1), boundary + 9 * HOUR)),
        Said::Used { .. }
    ));
}

#[test]
fn slices_of_another_width_hold_what_they_held() {
    let mut ledgers = Ledgers::new();
    let ends: Vec<u64> = (1..40).map(|n| NOW + n * 1500).collect();
    for (n, until) in ends.iter().enumerate().filter(|(n, _)| n % 3 == 0) {
        assert_eq!(ledgers.spend(link(&format!("l{n}"), *until, Some(1))), fresh(0));
        assert_eq!(ledgers.spend(key(&format!("k{n}"), *until)), fresh(0));
    }
    for width in [1, 60, 86_400, 7, HOUR] {
        let settings = Settings { slice: width, ..settings() };
        ledgers.book = Book::open(ledgers.database.clone(), settings).unwrap();
        for (n, until) in ends.iter().enumerate() {
            let (a_link, a_key) =
                (link(&format!("l{n}"), *until, Some(1)), key(&format!("k{n}"), *until));
            if n % 3 == 0 || (n % 3 == 1 && width != 1) {
                assert!(matches!(ledgers.spend(a_link), Said::Used { .. }), "{width} {n}");
                assert!(matches!(ledgers.spend(a_key), Said::Used { .. }), "{width} {n}");
            } else if n % 3 == 1 {
                assert_eq!([ledgers.spend(a_link), ledgers.spend(a_key)], [fresh(0); 2]);
            }
        }
    }
}

#[test]
fn a_clock_that_jumps_back_lets_nothing_through_again() {
    let mut ledgers = Ledgers::new();
    let until = NOW + HOUR - 1;
    let ones =
        || [key("k", until), link("l", until, Some(1)), by(link("g", until, Some(1)), "b", 60)];
    for one in ones() {
        assert_eq!(ledgers.spend(one), fresh(0));
    }
    ledgers.pass(HOUR);
    ledgers.sweep();
    assert_eq!(ledgers.database.slices(), 0);
    // In the object that dropped it, and in one that was started since.
    for restarts in [false, true] {
        if restarts {
            ledgers.restart();
        }
        for back in [NOW, NOW - 10 * HOUR, 0] {
            ledgers.clock.set(back);
            for one in ones() {
                assert_eq!(ledgers.spend(one.clone()), Said::Expired, "{restarts} {back}");
                assert_eq!(ledgers.foresee(one), Said::Expired);
            }
        }
    }
    // A link that ends later still works.
    ledgers.clock.set(NOW);
    let later = link("later", NOW + 3 * HOUR, Some(1));
    assert_eq!(ledgers.spend(later.clone()), fresh(0));
    assert!(matches!(ledgers.spend(later), Said::Used { .. }));
}

#[test]
fn a_clock_that_jumps_back_makes_no_grace_longer() {
    let ledgers = Ledgers::new();
    let one = || by(link("g", NOW + HOUR, Some(1)), "b", 60);
    assert_eq!(ledgers.spend(one()), fresh(0));
    assert_eq!(ledgers.spend(one()), Said::Again);
    ledgers.pass(60);
    assert!(matches!(ledgers.spend(one()), Said::Used { .. }));
    ledgers.clock.set(NOW + 1);
    assert!(matches!(ledgers.spend(one()), Said::Used { .. }));
}

#[test]
fn rows_that_are_kept_for_long_have_a_bound() {
    let mut ledgers = Ledgers::new();
    let years = |n: u64| NOW + n * 365 * 24 * HOUR;
    for n in 0..MANY {
        assert_eq!(ledgers.spend(key(&format!("k{n}"), years(10) + n * HOUR)), fresh(0));
    }
    for restarts in [false, true] {
        if restarts {
            ledgers.restart();
        }
        assert_eq!(ledgers.spend(key("one more", years(9))), Said::Full);
        assert_eq!(ledgers.spend(key("one more", years(10))), Said::Full);
        // A spent key is still refused as used, and shorter ones still work.
        assert!(matches!(ledgers.spend(key("k7", years(10))), Said::Used { .. }));
        let short = key(&format!("short {restarts}"), NOW + 30 * 24 * HOUR);
        assert_eq!(ledgers.spend(short.clone()), fresh(0));
        assert!(matches!(ledgers.spend(AskedUse { until: years(3), ..short }), Said::Used { .. }));
    }
    assert_eq!(ledgers.database.rows(), MANY + 2);
}

#[test]
fn a_database_that_fails_grants_nothing() {
    // The database fails after 0 to 5 statements: the use is refused, and no use too many passes afterwards.
    for fails_after in 0..6 {
        for one in [key("x", NOW + HOUR), by(link("x", NOW + HOUR, Some(1)), "b", 60)] {
            let ledgers = Ledgers::of(old_database());
            ledgers.clock.set(facts()["now"].as_u64().unwrap());
            let one = AskedUse { until: ledgers.clock.get() + HOUR, ..one };
            ledgers.database.succeeds.set(fails_after);
            let mut granted = 0;
            for _ in 0..3 {
                let letter = ledgers.letter(Question::Spend(vec![one.clone()]));
                if let Ok(Answer::Uses(said)) = ledgers.answer(&letter) {
                    granted += u32::from(matches!(said[0], Said::Fresh { .. }));
                }
            }
            ledgers.database.succeeds.set(u64::MAX);
            let after = Ledgers::of(ledgers.database.clone());
            after.clock.set(ledgers.clock.get());
            after.asked.set(1000);
            granted += u32::from(matches!(after.spend(one), Said::Fresh { .. }));
            assert_eq!(granted, 1, "{fails_after}");
        }
    }
}

/// A database as left by the version before slices, and its contents.
fn old_database() -> Shared {
    let database = Shared::new();
    database.connection.execute_batch(include_str!("../fixtures/ledger/two-tables.sql")).unwrap();
    database
}

fn facts() -> serde_json::Value {
    serde_json::from_str(include_str!("../fixtures/ledger/two-tables.json")).unwrap()
}

#[test]
fn tables_of_earlier_versions_are_asked_until_their_last_row_has_expired() {
    let facts = facts();
    let at = facts["now"].as_u64().unwrap();
    let mut ledgers = Ledgers::of(old_database());
    ledgers.clock.set(at);
    for restarts in [false, true] {
        if restarts {
            ledgers.restart();
        }
        for (name, fact) in facts["links"].as_object().unwrap() {
            let number = |field: &str| fact[field].as_u64();
            let id = SpendId::try_from(fact["id"].as_str().unwrap().to_owned()).unwrap();
            let until = number("until").unwrap();
            let most = number("uses").map(|uses| u32::try_from(uses).unwrap());
            let used = u32::try_from(number("used").unwrap()).unwrap();
            let is_revoked = fact["revoked"] == true;
            let one =
                AskedUse { id: id.clone(), until, terms: AskedTerms::Link { most, browser: None } };
            let Answer::History { count, at, revoked } =
                ledgers.ask(Question::History(AskedLink { id, until }))
            else {
                panic!("{name}")
            };
            let spent = u32::from(restarts && !is_revoked && most != Some(used));
            assert_eq!((count, revoked), (used + spent, is_revoked), "{name}");
            assert_eq!(at.len(), usize::try_from(count).unwrap(), "{name}");
            if let Some(hash) = fact["browser"].as_str() {
                let again = by(one.clone(), hash, number("grace").unwrap());
                assert_eq!(ledgers.spend(again), Said::Again, "{name}");
                assert!(matches!(ledgers.spend(by(one.clone(), "c", 3600)), Said::Used { .. }));
            }
            let left = most.map(|most| most - count);
            let expected = if is_revoked {
                Said::Revoked { until }
            } else if left == Some(0) {
                let is_first = fact["browser"].is_null() && restarts == (most != Some(used));
                Said::Used { until, is_first }
            } else {
                Said::Fresh { left: left.map(|left| left - 1) }
            };
            assert_eq!(ledgers.spend(one), expected, "{name} {restarts}");
        }
        let spent = &facts["keys"]["spent"];
        let (id, until) = (spent["id"].as_str().unwrap(), spent["until"].as_u64().unwrap());
        let id = SpendId::try_from(id.to_owned()).unwrap();
        for end in [until, until + 5 * HOUR] {
            let one = AskedUse { id: id.clone(), until: end, terms: AskedTerms::Key };
            assert_eq!(ledgers.spend(one), Said::Used { until, is_first: false });
        }
    }
    // A key whose session has ended is fresh again; the tables stay until the last row has ended.
    let spent = &facts["keys"]["spent"];
    let until = spent["until"].as_u64().unwrap();
    ledgers.clock.set(until);
    ledgers.sweep();
    assert!(ledgers.database.tables().contains(&"spends".to_owned()));
    let id = SpendId::try_from(spent["id"].as_str().unwrap().to_owned()).unwrap();
    let one = AskedUse { id, until: until + 40 * HOUR, terms: AskedTerms::Key };
    assert_eq!(ledgers.spend(one.clone()), fresh(0));
    let last = until + 24 * HOUR;
    ledgers.clock.set(last);
    ledgers.sweep();
    let tables = ledgers.database.tables();
    assert!(!tables.iter().any(|name| name == "spends" || name == "redemptions"), "{tables:?}");
    assert!(matches!(ledgers.spend(one), Said::Used { .. }));
    for fact in facts["links"].as_object().unwrap().values() {
        let id = SpendId::try_from(fact["id"].as_str().unwrap().to_owned()).unwrap();
        let terms = AskedTerms::Link { most: Some(1), browser: None };
        let until = fact["until"].as_u64().unwrap();
        // Not even if the clock says that it hasn't ended.
        ledgers.clock.set(at);
        assert_eq!(ledgers.spend(AskedUse { id, until, terms }), Said::Expired);
    }
}

#[test]
fn a_thousand_moments_are_kept_and_the_last_of_a_browser() {
    let ledgers = Ledgers::new();
    let one = || link("l", NOW + HOUR, None);
    for n in 0..1005 {
        ledgers.clock.set(NOW + n);
        assert_eq!(ledgers.spend(by(one(), &format!("{n:x}"), 10)), Said::Fresh { left: None });
    }
    let Answer::History { count, at, .. } = ledgers.ask(history("l", NOW + HOUR)) else {
        panic!("no history")
    };
    assert_eq!(count, 1005);
    assert_eq!(at, (5..1005).map(|n| NOW + n).collect::<Vec<_>>());
    assert_eq!(ledgers.spend(by(one(), "3eb", 10)), Said::Again);
    assert_eq!(ledgers.spend(by(one(), "1", 10)), Said::Fresh { left: None });
}

#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Spend { link: u8, most: Option<u32>, browser: Option<(u8, u64)> },
    SpendKey { key: u8, session: u64 },
    Foresee { link: u8, most: Option<u32>, browser: Option<(u8, u64)> },
    Revoke(u8),
    History(u8),
    Sweep,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let browser = || prop::option::of((0_u8..3, prop_oneof![Just(0_u64), 1_u64..40, Just(3600)]));
    // A link keeps its number of uses; other numbers are rare.
    let most =
        || prop_oneof![4 => Just(Some(2_u32)), 1 => Just(None), 1 => (0_u32..4).prop_map(Some)];
    prop_oneof![
        3 => prop_oneof![0_u64..4, 0_u64..3000].prop_map(Step::Pass),
        6 => (0_u8..5, most(), browser())
            .prop_map(|(link, most, browser)| Step::Spend { link, most, browser }),
        4 => (0_u8..4, 0_u64..9000).prop_map(|(key, session)| Step::SpendKey { key, session }),
        2 => (0_u8..5, most(), browser())
            .prop_map(|(link, most, browser)| Step::Foresee { link, most, browser }),
        1 => (0_u8..5).prop_map(Step::Revoke),
        1 => (0_u8..5).prop_map(Step::History),
        1 => Just(Step::Sweep),
        1 => Just(Step::Restart),
    ]
}

/// A link's end, the same in all requests for it.
fn end_of(link: u8) -> u64 {
    NOW + [2000, 3599, 3600, 9000, 100_000][usize::from(link)]
}

fn meaning(said: Said) -> (Spend, Option<bool>) {
    let verdict = said.verdict().unwrap();
    (verdict.spend, verdict.refusal.map(|refusal| refusal.is_first))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn sql_and_kv_have_one_rule(steps in prop::collection::vec(step(), 1..80)) {
        let mut ledgers = Ledgers::new();
        // `MemoryLedger` applies the rule for KV's records, in memory.
        let memory = MemoryLedger::default();
        let shard = Shard::default();
        for step in steps {
            let now = Timestamp::from_unix_seconds(ledgers.clock.get());
            let of_link = |link: u8, most, browser: Option<(u8, u64)>| {
                let one = self::link(&format!("l{link}"), end_of(link), most);
                match browser {
                    Some((hash, grace)) => by(one, &format!("{hash}"), grace),
                    None => one,
                }
            };
            let of_memory = |one: &AskedUse, foresees: bool| {
                let until = Timestamp::from_unix_seconds(one.until);
                let terms = match &one.terms {
                    AskedTerms::Key => Terms::Key,
                    AskedTerms::Link { most, browser } => Terms::Link {
                        most: *most,
                        browser: browser.as_ref().map(|browser| Browser {
                            hash: &browser.hash, grace: browser.grace, came_before: true,
                        }),
                    },
                };
                let one = Use { id: &one.id, shard, now, until, terms };
                let verdict = if foresees {
                    block_on(memory.foresee_verdict(one)).unwrap()
                } else {
                    block_on(memory.judge(&[one])).pop().unwrap().unwrap()
                };
                verdict.spend
            };
            match step {
                Step::Pass(seconds) => ledgers.pass(seconds),
                Step::Sweep => ledgers.sweep(),
                Step::Restart => ledgers.restart(),
                Step::Spend { link, most, browser } => {
                    let one = of_link(link, most, browser);
                    let expected = of_memory(&one, false);
                    prop_assert_eq!(meaning(ledgers.spend(one)).0, expected);
                }
                Step::Foresee { link, most, browser } => {
                    let one = of_link(link, most, browser);
                    let expected = of_memory(&one, true);
                    prop_assert_eq!(meaning(ledgers.foresee(one)).0, expected);
                }
                Step::SpendKey { key, session } => {
                    let one = self::key(&format!("k{key}"), ledgers.clock.get() + session);
                    let expected = of_memory(&one, false);
                    prop_assert_eq!(meaning(ledgers.spend(one)).0, expected);
                }
                Step::Revoke(link) if ledgers.clock.get() < end_of(link) => {
                    let (name, until) = (format!("l{link}"), end_of(link));
                    prop_assert_eq!(ledgers.ask(revoke(&name, until)), Answer::Done);
                    let until = Timestamp::from_unix_seconds(until);
                    block_on(memory.revoke(&id(&name), shard, now, until)).unwrap();
                }
                Step::History(link) if ledgers.clock.get() < end_of(link) => {
                    let (name, until) = (format!("l{link}"), end_of(link));
                    let known = ledgers.ask(history(&name, until)).history().unwrap();
                    let until = Timestamp::from_unix_seconds(until);
                    let expected: History = block_on(memory.history(&id(&name), shard, until)).unwrap();
                    prop_assert_eq!(known, expected);
                }
                Step::Revoke(_) | Step::History(_) => {}
            }
        }
    }
}

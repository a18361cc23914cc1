//! What an object keeps of quotas, in a real `SQLite`: nothing beyond a limit is ever granted, whatever comes at once, is
//! repeated, given back or settled; and what was not used comes back.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[path = "support/sqlite.rs"]
#[allow(unreachable_pub, missing_docs, reason = "it is the support's of other tests")]
mod sqlite;

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use edge_signer::policy::{Amount, Per};
use edge_signer::quota::wire::{
    Answer, Held, Kind, Left, Letter, Of, Question, QuestionId, Said, Told, Upload, Wanted,
};
use edge_signer::quota::{Book, Seen, name_in_inbox};
use proptest::prelude::*;
use sqlite::Sqlite;

/// 2026-01-15T12:00:00Z.
const NOW: u64 = 1_768_478_400;
const MIDNIGHT: u64 = 1_768_521_600;
const DUE: u64 = NOW + 4000;

fn of(rule: &str, per: Per) -> Of {
    Of { rule: rule.to_owned(), per }
}

fn wanted(bytes: u64, most: u64) -> Wanted {
    Wanted {
        of: of("members", Per::Day),
        most_bytes: Some(most),
        most_objects: None,
        bytes,
        objects: 0,
        upload: Upload {
            store: "photos".to_owned(),
            key: "users/alice/a".to_owned(),
            signed_at: NOW,
            due: DUE,
            kind: Kind::Whole,
        },
    }
}

fn part(name: &str, bytes: u64, most: u64) -> Wanted {
    part_of("upload", name, bytes, most)
}

fn part_of(upload: &str, name: &str, bytes: u64, most: u64) -> Wanted {
    let mut wanted = wanted(bytes, most);
    wanted.upload.kind = Kind::Part { upload: upload.to_owned(), part: name.to_owned() };
    wanted
}

/// The beginning of an upload in parts.
fn beginning() -> Wanted {
    let mut wanted = wanted(0, 100);
    (wanted.objects, wanted.most_objects) = (1, Some(5));
    (wanted.upload.kind, wanted.upload.due) = (Kind::Kept, NOW + 30);
    wanted
}

fn completion(upload: &str) -> Wanted {
    let mut wanted = wanted(0, 100);
    (wanted.of, wanted.most_bytes) = (of("", Per::Month), None);
    wanted.upload.kind = Kind::Completion(upload.to_owned());
    wanted
}

fn letter(number: u64, question: Question) -> Letter {
    let id = QuestionId::new(number.to_be_bytes());
    Letter { id, wait_until_ms: u64::MAX, question }
}

/// A book, and how many questions it was asked.
struct Quotas {
    database: Sqlite,
    book: Book<Sqlite>,
    asked: u64,
    now: u64,
}

impl Quotas {
    fn new() -> Self {
        let database = Sqlite::default();
        Self { book: Book::open(database.clone()).unwrap(), database, asked: 0, now: NOW }
    }

    fn restart(&mut self) {
        self.book = Book::open(self.database.clone()).unwrap();
    }

    fn ask(&mut self, question: Question) -> Answer {
        self.asked += 1;
        self.book.answer(&letter(self.asked, question), self.now * 1000).unwrap()
    }

    fn reserve_all(&mut self, wanted: Vec<Wanted>, all: bool) -> Vec<Said> {
        match self.ask(Question::Reserve { wanted, all }) {
            Answer::Reserved(said) => said,
            other => panic!("{other:?}"),
        }
    }

    fn reserve(&mut self, wanted: Wanted) -> Result<Held, Left> {
        match self.reserve_all(vec![wanted], true).remove(0) {
            Said::Granted(held) => Ok(held),
            Said::Exceeded(left) => Err(left),
            Said::Late => panic!("nothing is late"),
        }
    }

    fn give_back(&mut self, held: Held) {
        assert_eq!(self.ask(Question::GiveBack(vec![held])), Answer::Done);
    }

    /// The store has nothing of an upload any more.
    fn abort(&mut self, upload: &str, stands_since: Option<u64>) {
        let upload = upload.to_owned();
        assert_eq!(self.ask(Question::Aborted { upload, stands_since }), Answer::Done);
    }

    fn begin(&mut self, upload: &str) {
        let held = self.reserve(beginning()).unwrap();
        let upload = upload.to_owned();
        assert_eq!(self.ask(Question::Begun { held, upload }), Answer::Done);
    }

    /// Bytes and objects that are used.
    fn used(&mut self) -> (u64, u64) {
        let Told { bytes, objects, .. } = self.told();
        (bytes, objects)
    }

    fn told(&mut self) -> Told {
        match self.ask(Question::Tell(vec![of("members", Per::Day)])) {
            Answer::Told(told) => told[0],
            other => panic!("{other:?}"),
        }
    }

    /// Settles all that is due, as `seen` says; how much that was.
    fn settle(&mut self, seen: Seen) -> usize {
        let due = self.book.due(self.now * 1000, 1000).unwrap();
        for one in &due {
            self.book.settle(one, seen).unwrap();
        }
        due.len()
    }
}

#[test]
fn what_is_left_is_granted_to_the_byte() {
    let mut quotas = Quotas::new();
    assert!(quotas.reserve(wanted(60, 100)).is_ok());
    let left = Left { bytes: Some(40), objects: None, ends: MIDNIGHT };
    assert_eq!(quotas.reserve(wanted(41, 100)), Err(left));
    assert!(quotas.reserve(wanted(40, 100)).is_ok());
    assert_eq!(quotas.reserve(wanted(1, 100)), Err(Left { bytes: Some(0), ..left }));
    assert_eq!(quotas.reserve(wanted(101, 100)), Err(Left { bytes: Some(0), ..left }));
    let told = quotas.told();
    assert_eq!((told.bytes, told.open_bytes, told.ends), (100, 100, MIDNIGHT));
    // A limit that was lowered refuses, and takes nothing away.
    assert_eq!(quotas.reserve(wanted(1, 50)).unwrap_err().bytes, Some(0));
    assert!(quotas.reserve(wanted(1, 101)).is_ok());
}

#[test]
fn bytes_and_objects_are_limited_together() {
    let mut quotas = Quotas::new();
    let mut both = wanted(10, 100);
    (both.objects, both.most_objects) = (1, Some(2));
    assert!(quotas.reserve(both.clone()).is_ok());
    assert!(quotas.reserve(both.clone()).is_ok());
    let left = Left { bytes: Some(80), objects: Some(0), ends: MIDNIGHT };
    assert_eq!(quotas.reserve(both.clone()), Err(left));
    // What takes no object isn't refused for want of one.
    both.objects = 0;
    assert!(quotas.reserve(both).is_ok());
}

/// It lacks a table that came later.
#[test]
fn a_book_of_an_earlier_version_is_gone_on_with() {
    let mut quotas = Quotas::new();
    quotas.reserve(wanted(100, 150)).unwrap();
    quotas.database.0.execute_batch("DROP TABLE upload_parts; DROP TABLE completions").unwrap();
    quotas.restart();
    assert_eq!(quotas.used(), (100, 0));
    assert!(quotas.book.next_end().unwrap().is_some());
    quotas.now = DUE;
    assert_eq!(quotas.settle(Seen::Nothing), 1);
    assert_eq!(quotas.used(), (0, 0));
}

#[test]
fn a_day_begins_anew_at_midnight_and_a_month_on_its_first() {
    let mut quotas = Quotas::new();
    let monthly = |bytes| Wanted { of: of("by month", Per::Month), ..wanted(bytes, 100) };
    assert!(quotas.reserve(wanted(100, 100)).is_ok());
    assert!(quotas.reserve(monthly(100)).is_ok());
    quotas.now = MIDNIGHT - 1;
    assert!(quotas.reserve(wanted(1, 100)).is_err());
    quotas.now = MIDNIGHT;
    assert!(quotas.reserve(wanted(100, 100)).is_ok());
    let month = 1_769_904_000;
    assert_eq!(quotas.reserve(monthly(1)).unwrap_err().ends, month);
    // A clock that jumps back opens no day again.
    quotas.now = NOW;
    assert_eq!(quotas.reserve(wanted(1, 100)).unwrap_err().ends, MIDNIGHT + 86_400);
    quotas.now = month;
    assert!(quotas.reserve(monthly(100)).is_ok());
}

#[test]
fn what_was_not_uploaded_comes_back_and_what_is_unknown_does_not() {
    for (seen, expected) in [
        (Seen::Nothing, 0),
        (Seen::Object(30), 100),
        (Seen::Object(100), 100),
        (Seen::Unknown, 100),
    ] {
        let mut quotas = Quotas::new();
        assert!(quotas.reserve(wanted(100, 100)).is_ok());
        quotas.now = DUE - 1;
        assert_eq!(quotas.settle(seen), 0);
        quotas.now = DUE;
        quotas.restart();
        assert_eq!(quotas.settle(seen), 1, "{seen:?}");
        let told = quotas.told();
        assert_eq!((told.bytes, told.open_bytes), (expected, 0), "{seen:?}");
        assert_eq!(quotas.settle(seen), 0);
    }
    let mut quotas = Quotas::new();
    let mut form = wanted(100, 100);
    form.upload.kind = Kind::UpTo;
    assert!(quotas.reserve(form).is_ok());
    quotas.now = DUE;
    assert_eq!(quotas.settle(Seen::Object(30)), 1);
    assert_eq!(quotas.told().bytes, 30);
}

#[test]
fn nothing_comes_back_into_another_day() {
    let mut quotas = Quotas::new();
    let mut late = wanted(100, 100);
    late.upload.due = MIDNIGHT + 10;
    assert!(quotas.reserve(late).is_ok());
    quotas.now = MIDNIGHT;
    assert!(quotas.reserve(wanted(60, 100)).is_ok());
    quotas.now = MIDNIGHT + 10;
    let due = quotas.book.due(quotas.now * 1000, 10).unwrap();
    let late = due.iter().find(|one| one.is_over).unwrap();
    assert!(!late.wants_a_look());
    quotas.book.settle(late, Seen::Unknown).unwrap();
    assert_eq!(quotas.told().bytes, 60);
}

#[test]
fn what_was_reserved_for_nothing_is_given_back_once() {
    let mut quotas = Quotas::new();
    let held = quotas.reserve(wanted(70, 100)).unwrap();
    quotas.give_back(held.clone());
    quotas.give_back(held);
    assert_eq!(quotas.told(), Told { ends: MIDNIGHT, ..Told::default() });
    let held = quotas.reserve(part("1", 70, 100)).unwrap();
    quotas.give_back(held.clone());
    quotas.give_back(held);
    assert_eq!(quotas.told().bytes, 0);
    assert!(quotas.reserve(part("1", 100, 100)).is_ok());
}

#[test]
fn a_part_that_is_signed_again_takes_what_it_is_larger_by() {
    let mut quotas = Quotas::new();
    assert!(quotas.reserve(part("1", 40, 100)).is_ok());
    assert!(quotas.reserve(part("1", 40, 100)).is_ok());
    assert!(quotas.reserve(part("1", 10, 100)).is_ok());
    assert_eq!(quotas.told().bytes, 40);
    let larger = quotas.reserve(part("1", 60, 100)).unwrap();
    assert!(quotas.reserve(part("2", 40, 100)).is_ok());
    assert!(quotas.reserve(part("3", 1, 100)).is_err());
    assert_eq!(quotas.reserve(part("1", 61, 100)).unwrap_err().bytes, Some(0));
    quotas.give_back(larger);
    assert_eq!(quotas.told().bytes, 80);
    // Whoever signed a part before can't give back what another has added since.
    let first = quotas.reserve(part("1", 50, 100)).unwrap();
    assert!(quotas.reserve(part("1", 55, 100)).is_ok());
    quotas.give_back(first);
    assert_eq!(quotas.told().bytes, 95);
}

#[test]
fn an_upload_in_parts_that_was_aborted_gives_all_of_it_back_once() {
    let mut quotas = Quotas::new();
    for upload in ["one", "other"] {
        quotas.begin(upload);
        for (name, bytes) in [("1", 20), ("2", 10), ("1", 25)] {
            assert!(quotas.reserve(part_of(upload, name, bytes, 100)).is_ok());
        }
    }
    assert_eq!(quotas.used(), (70, 2));
    assert_eq!(quotas.told().open_objects, 0, "nothing of it is looked for");
    quotas.abort("unknown", None);
    assert_eq!(quotas.used(), (70, 2));
    for _ in 0..2 {
        quotas.abort("one", None);
        assert_eq!(quotas.used(), (35, 1));
        quotas.restart();
    }
    // What is signed of it afterwards counts until it is aborted again: the store takes none of it.
    assert!(quotas.reserve(part_of("one", "1", 65, 100)).is_ok());
    assert_eq!(quotas.reserve(part_of("one", "2", 1, 100)).unwrap_err().bytes, Some(0));
    quotas.abort("one", None);
    assert_eq!(quotas.used(), (35, 1));
    // Whoever would give a part back that is gone gives nothing.
    let held = quotas.reserve(part_of("third", "1", 5, 100)).unwrap();
    quotas.abort("third", None);
    quotas.give_back(held);
    assert_eq!(quotas.used(), (35, 1));
}

#[test]
fn of_an_upload_that_may_have_been_completed_nothing_comes_back() {
    let mut quotas = Quotas::new();
    quotas.begin("upload");
    assert!(quotas.reserve(part("1", 60, 100)).is_ok());
    let first = quotas.reserve(completion("upload")).unwrap();
    let second = quotas.reserve(completion("upload")).unwrap();
    assert_eq!(quotas.used(), (60, 1));
    quotas.abort("upload", None);
    assert_eq!(quotas.used(), (60, 1));
    // A completion that the store refused counts no more; another may be under way.
    quotas.give_back(second.clone());
    quotas.give_back(second);
    quotas.abort("upload", None);
    assert_eq!(quotas.used(), (60, 1));
    quotas.give_back(first);
    quotas.abort("upload", None);
    assert_eq!(quotas.used(), (0, 0));
    // It holds for as long as its parts are counted, and is dropped then.
    assert!(quotas.reserve(completion("late")).is_ok());
    let month = 1_769_904_000;
    quotas.now = month + 86_400;
    quotas.book.sweep(quotas.now * 1000).unwrap();
    assert_eq!(quotas.book.next_end().unwrap(), None);
}

#[test]
fn an_object_that_may_be_what_came_of_it_keeps_all_of_it() {
    // The upload's parts were signed from `NOW` on.
    for (stands_since, expected) in
        [(None, 0), (Some(NOW - 1), 0), (Some(NOW), 60), (Some(NOW + 1), 60)]
    {
        let mut quotas = Quotas::new();
        assert!(quotas.reserve(part("1", 50, 100)).is_ok());
        let mut later = part("1", 60, 100);
        later.upload.signed_at = NOW + 50;
        assert!(quotas.reserve(later).is_ok());
        quotas.abort("upload", stands_since);
        assert_eq!(quotas.used().0, expected, "{stands_since:?}");
    }
}

#[test]
fn what_goes_into_an_inbox_is_settled_by_its_word() {
    for (seen, expected) in [
        (Some(Seen::Nothing), (0, 0)),
        (Some(Seen::Object(100)), (100, 1)),
        (Some(Seen::Object(30)), (30, 1)),
        (Some(Seen::Unknown), (100, 1)),
        // An inbox that never says anything: it counts.
        (None, (100, 1)),
    ] {
        let mut quotas = Quotas::new();
        let mut upload = wanted(100, 100);
        (upload.objects, upload.most_objects) = (1, Some(5));
        upload.upload.kind = Kind::Inbox("7f".to_owned());
        let held = quotas.reserve(upload).unwrap();
        assert_eq!(held.id, name_in_inbox(DUE, "7f"));
        quotas.restart();
        assert_eq!(quotas.used(), (100, 1));
        for _ in 0..2 {
            let Some(seen) = seen else { continue };
            let settled = Question::Settled { id: held.id.clone(), seen };
            assert_eq!(quotas.ask(settled), Answer::Done);
        }
        quotas.now = DUE;
        let due = quotas.book.due(DUE * 1000, 10).unwrap();
        assert_eq!(due.len(), usize::from(seen.is_none()));
        for one in due {
            assert!(!one.wants_a_look());
            quotas.book.settle(&one, Seen::Unknown).unwrap();
        }
        assert_eq!(quotas.used(), expected, "{seen:?}");
        assert_eq!(quotas.told().open_bytes, 0);
    }
    let mut quotas = Quotas::new();
    let settled = Question::Settled { id: name_in_inbox(DUE, "7f"), seen: Seen::Nothing };
    assert_eq!(quotas.ask(settled), Answer::Done);
}

#[test]
fn a_question_that_is_repeated_reserves_once() {
    let quotas = Quotas::new();
    let wanted = vec![wanted(30, 100), part("1", 30, 100)];
    let letter = letter(7, Question::Reserve { wanted, all: true });
    let first = quotas.book.answer(&letter, NOW * 1000).unwrap();
    assert_eq!(quotas.book.answer(&letter, NOW * 1000).unwrap(), first);
    let Quotas { mut asked, .. } = quotas;
    asked += 8;
    let mut again = Quotas { asked, ..quotas };
    assert_eq!(again.told().bytes, 60);
}

#[test]
fn a_question_that_comes_too_late_reserves_nothing() {
    let mut quotas = Quotas::new();
    let question = Question::Reserve { wanted: vec![wanted(1, 100)], all: true };
    let late = Letter { wait_until_ms: NOW * 1000 - 1, ..letter(1, question) };
    assert_eq!(quotas.book.answer(&late, NOW * 1000).unwrap(), Answer::Reserved(vec![Said::Late]));
    assert_eq!(quotas.told().bytes, 0);
}

#[test]
fn several_are_reserved_all_or_none_or_each_by_itself() {
    let mut quotas = Quotas::new();
    let several = || vec![wanted(60, 100), wanted(60, 100), wanted(40, 100)];
    let said = quotas.reserve_all(several(), true);
    assert!(said.iter().all(|one| matches!(one, Said::Exceeded(_))), "{said:?}");
    assert_eq!(quotas.told().bytes, 0);
    let said = quotas.reserve_all(several(), false);
    let granted: Vec<bool> = said.iter().map(|one| matches!(one, Said::Granted(_))).collect();
    assert_eq!(granted, [true, false, true]);
    assert_eq!(quotas.told().bytes, 100);
}

#[test]
fn what_is_over_is_dropped_and_nobody_who_only_asks_is_kept() {
    let mut quotas = Quotas::new();
    assert_eq!(quotas.told().bytes, 0);
    assert_eq!(quotas.book.next_end().unwrap(), None);
    let tables = |quotas: &Quotas| -> u64 {
        let count = "SELECT COUNT(*) FROM sqlite_schema";
        quotas.database.0.query_row(count, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(tables(&quotas), 0);
    assert!(quotas.reserve(wanted(1, 100)).is_ok());
    assert!(quotas.reserve(part("1", 1, 100)).is_ok());
    quotas.begin("upload");
    assert_eq!(quotas.book.next_end().unwrap(), Some(DUE));
    quotas.now = DUE;
    assert_eq!(quotas.settle(Seen::Unknown), 1);
    let end = quotas.book.next_end().unwrap().unwrap();
    assert_eq!(end, MIDNIGHT + 86_400);
    quotas.book.sweep((end - 1) * 1000).unwrap();
    assert_eq!(quotas.book.next_end().unwrap(), Some(end));
    quotas.book.sweep(end * 1000).unwrap();
    assert_eq!(quotas.book.next_end().unwrap(), None);
    for table in ["counters", "uploads", "upload_parts", "begun", "completions"] {
        let count = format!("SELECT COUNT(*) FROM {table}");
        let rows: u64 = quotas.database.0.query_row(&count, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
}

/// Asks an object's thread, as Workers ask it: the letter, and where the answer goes.
type Asked = (Letter, Sender<Answer>);

/// Threads that ask at once; questions of theirs, and wishes of a question.
const THREADS: u64 = 8;
const QUESTIONS: u64 = 2_500;
const A_QUESTION: u64 = 50;
const LIMIT: u64 = 3_000_000_000;

/// A million reservations, of 1 to 10,000 bytes each, come from eight threads at once; some are repeated, some given back.
/// What was granted and kept is what is used, to the byte.
#[test]
fn of_a_million_parallel_reservations_no_byte_is_over() {
    assert_eq!(THREADS * QUESTIONS * A_QUESTION, 1_000_000);
    let (to_object, asked): (Sender<Asked>, Receiver<Asked>) = mpsc::channel();
    let object = thread::spawn(move || {
        let quotas = Quotas::new();
        let mut most = 0;
        for (letter, answer) in asked {
            answer.send(quotas.book.answer(&letter, NOW * 1000).unwrap()).unwrap();
            let used: u64 = quotas
                .database
                .0
                .prepare_cached("SELECT COALESCE(SUM(bytes), 0) FROM counters")
                .unwrap()
                .query_row([], |row| row.get(0))
                .unwrap();
            assert!(used <= LIMIT, "{used}");
            most = most.max(used);
        }
        let sum = "SELECT COALESCE(SUM(bytes), 0) FROM uploads";
        let open: u64 = quotas.database.0.query_row(sum, [], |row| row.get(0)).unwrap();
        let count = "SELECT bytes FROM counters";
        let used: u64 = quotas.database.0.query_row(count, [], |row| row.get(0)).unwrap();
        (used, open, most)
    });
    let workers = (0..THREADS).map(|thread| {
        let to_object = to_object.clone();
        thread::spawn(move || ask_at_random(thread, &to_object))
    });
    let workers: Vec<_> = workers.collect();
    drop(to_object);
    let outcomes: Vec<[u64; 3]> =
        workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    let [kept, granted, refused] =
        outcomes.into_iter().fold([0; 3], |sum, one| std::array::from_fn(|n| sum[n] + one[n]));
    let (used, open, most) = object.join().unwrap();
    assert_eq!(granted + refused, 1_000_000);
    assert_eq!((used, open), (kept, kept));
    assert!(most <= LIMIT && LIMIT - most < 10_000, "{most}");
    assert!(granted > 400_000 && refused > 100_000, "{granted} {refused}");
}

/// Bytes that it keeps, and how many wishes were granted and refused.
fn ask_at_random(thread: u64, to_object: &Sender<Asked>) -> [u64; 3] {
    let mut state = thread + 1;
    let mut random = move |below: u64| {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    };
    let ask = |letter: Letter| {
        let (answer, said) = mpsc::channel();
        to_object.send((letter, answer)).unwrap();
        said.recv().unwrap()
    };
    let [mut kept, mut granted, mut refused] = [0; 3];
    for question in 0..QUESTIONS {
        let sizes: Vec<u64> = (0..A_QUESTION).map(|_| random(10_000) + 1).collect();
        let wanted = sizes.iter().map(|bytes| wanted(*bytes, LIMIT)).collect();
        let number = (thread << 32) + question;
        let letter = letter(number, Question::Reserve { wanted, all: false });
        let Answer::Reserved(said) = ask(letter.clone()) else { panic!("it is no answer") };
        if random(50) == 0 {
            // Those that were refused may be granted now: nobody would know of them.
            let again = said.iter().all(|one| matches!(one, Said::Granted(_))).then(|| ask(letter));
            assert!(again.is_none_or(|again| again == Answer::Reserved(said.clone())));
        }
        let mut for_nothing = Vec::new();
        for (said, bytes) in said.into_iter().zip(sizes) {
            match said {
                Said::Granted(held) if random(20) == 0 => {
                    granted += 1;
                    for_nothing.push(held);
                }
                Said::Granted(_) => {
                    granted += 1;
                    kept += bytes;
                }
                Said::Exceeded(left) => {
                    refused += 1;
                    assert!(left.bytes < Some(bytes), "{left:?} {bytes}");
                }
                Said::Late => panic!("nothing is late"),
            }
        }
        let number = number + (1 << 31);
        ask(self::letter(number, Question::GiveBack(for_nothing)));
    }
    [kept, granted, refused]
}

proptest! {
    /// Whatever is asked, repeated, given back, settled, and in whatever order: never more than the limit, and always what
    /// is kept.
    #[test]
    fn what_is_used_is_what_was_granted_and_not_given_back(
        steps in prop::collection::vec((0_u8..8, 0_u64..60, 0_usize..8), 1..80),
    ) {
        let mut quotas = Quotas::new();
        let mut held: Vec<(Held, u64)> = Vec::new();
        let mut used = 0_u64;
        for (step, bytes, which) in steps {
            match step {
                0..=3 => {
                    let mut one = wanted(bytes, 100);
                    one.upload.due = DUE + which as u64;
                    if step == 3 {
                        one.upload.kind = Kind::UpTo;
                    }
                    match quotas.reserve(one) {
                        Ok(one) => {
                            used += bytes;
                            held.push((one, bytes));
                        }
                        Err(left) => {
                            prop_assert!(used + bytes > 100);
                            prop_assert_eq!(left.bytes, Some(100 - used));
                        }
                    }
                }
                4 if !held.is_empty() => {
                    let (one, bytes) = held.remove(which % held.len());
                    quotas.give_back(one);
                    used -= bytes;
                }
                5 | 6 => {
                    let due = quotas.book.due((DUE + which as u64) * 1000, 3).unwrap();
                    for one in due {
                        let seen = if step == 5 { Seen::Nothing } else { Seen::Object(bytes) };
                        let Amount { bytes: rest, .. } = one.rest(seen);
                        quotas.book.settle(&one, seen).unwrap();
                        held.retain(|(held, _)| held.id != one.id);
                        used -= rest;
                    }
                    // The clock went on for the book alone.
                    quotas.restart();
                }
                _ => quotas.restart(),
            }
            let told = quotas.told();
            prop_assert!(told.bytes <= 100);
            prop_assert_eq!(told.bytes, used);
            prop_assert_eq!(told.open_bytes, held.iter().map(|(_, bytes)| bytes).sum::<u64>());
        }
    }

    /// Uploads in parts, however their parts, completions and aborts follow each other: what is used is what is signed of those
    /// that were not aborted or may have been completed.
    #[test]
    fn of_uploads_in_parts_what_was_aborted_alone_comes_back(
        steps in prop::collection::vec((0_u8..7, 0_usize..3, 0_usize..3, 0_u64..40), 1..80),
    ) {
        let mut quotas = Quotas::new();
        let mut parts = [[0_u64; 3]; 3];
        let mut has_begun = [false; 3];
        let mut completions: [Vec<Held>; 3] = Default::default();
        for (step, upload, part, bytes) in steps {
            let name = format!("upload {upload}");
            let used: u64 = parts.iter().flatten().sum();
            match step {
                0..=2 => {
                    let added = bytes.saturating_sub(parts[upload][part]);
                    match quotas.reserve(part_of(&name, &part.to_string(), bytes, 100)) {
                        Ok(_) => parts[upload][part] += added,
                        Err(left) => {
                            prop_assert!(added > 0 && used + added > 100);
                            prop_assert_eq!(left.bytes, Some(100 - used));
                        }
                    }
                }
                3 => {
                    quotas.abort(&name, (part == 0).then_some(NOW - 1));
                    if completions[upload].is_empty() {
                        parts[upload] = [0; 3];
                        has_begun[upload] = false;
                    }
                }
                4 => completions[upload].push(quotas.reserve(completion(&name)).unwrap()),
                5 => {
                    if let Some(held) = completions[upload].pop() {
                        quotas.give_back(held);
                    }
                }
                _ if !has_begun[upload] => {
                    quotas.begin(&name);
                    has_begun[upload] = true;
                }
                _ => quotas.restart(),
            }
            let used = parts.iter().flatten().sum::<u64>();
            let objects = has_begun.iter().filter(|has_begun| **has_begun).count() as u64;
            prop_assert!(used <= 100);
            prop_assert_eq!(quotas.used(), (used, objects));
        }
    }
}

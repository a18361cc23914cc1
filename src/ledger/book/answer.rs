use super::database::{Database, Value};
use super::open::{Book, LONG};
use super::{keys, links};
use crate::ledger::LedgerUnavailable;
use crate::ledger::wire::{Answer, AskedLink, AskedTerms, AskedUse, Letter, Question, Said};

impl<D: Database> Book<D> {
    /// Answers a question, at a moment in milliseconds since 1970.
    pub fn answer(&self, letter: &Letter, now_ms: u64) -> Result<Answer, LedgerUnavailable> {
        let now = self.moment(now_ms / 1000);
        let asking = Asking { book: self, letter, now };
        match &letter.question {
            Question::Spend(uses) => {
                let is_late = now_ms > letter.wait_until_ms;
                let spend = |(n, one)| if is_late { Ok(Said::Late) } else { asking.spend(one, n) };
                Ok(Answer::Uses(uses.iter().enumerate().map(spend).collect::<Result<_, _>>()?))
            }
            Question::Foresee(one) => Ok(Answer::Uses(vec![asking.foresee(one)?])),
            Question::Revoke(link) => asking.revoke(link).map(|()| Answer::Done),
            Question::History(link) => asking.history(link),
        }
    }
}

/// A question that is being answered.
struct Asking<'a, D> {
    book: &'a Book<D>,
    letter: &'a Letter,
    now: u64,
}

impl<D: Database> Asking<'_, D> {
    /// The name of one use of the question.
    fn name(&self, number: usize) -> String {
        format!("{}{number:04x}", self.letter.id.as_str())
    }

    fn spend(&self, one: &AskedUse, number: usize) -> Result<Said, LedgerUnavailable> {
        // Its table may be gone, so that the use would begin anew.
        if one.until <= self.now {
            return Ok(Said::Expired);
        }
        let name = self.name(number);
        match &one.terms {
            AskedTerms::Key => self.spend_key(self.key(one, &name)),
            AskedTerms::Link { .. } => {
                let asked = self.link(one, &name);
                let table = self.book.table_of_link(asked.id, asked.until, self.now)?;
                let database = &self.book.database;
                match asked.spend(database, &table)? {
                    Some(fresh) => Ok(fresh),
                    None => asked.look(database, &table, self.letter.keeps_marks),
                }
            }
        }
    }

    fn spend_key(&self, asked: keys::Asked<'_>) -> Result<Said, LedgerUnavailable> {
        let keys::Asked { id, until, now, question } = asked;
        let is_long = until - now > LONG;
        if is_long && self.book.is_full(now)? {
            return Ok(self.refused_key(asked)?.unwrap_or(Said::Full));
        }
        let statement = self.book.key_statement(until, now)?;
        let values =
            [Value::Text(id), Value::Number(until), Value::Number(now), Value::Text(question)];
        if self.book.database.run(&statement, &values)?.is_empty() {
            let nothing = || LedgerUnavailable("a key was neither recorded nor found".to_owned());
            return self.refused_key(asked)?.ok_or_else(nothing);
        }
        if is_long {
            self.book.count_long();
        }
        Ok(Said::Fresh { left: Some(0) })
    }

    fn refused_key(&self, asked: keys::Asked<'_>) -> Result<Option<Said>, LedgerUnavailable> {
        let state = self.book.state.borrow();
        let keeps_marks = self.letter.keeps_marks;
        keys::refused(&self.book.database, &state.keys, state.has_before, asked, keeps_marks)
    }

    fn foresee(&self, one: &AskedUse) -> Result<Said, LedgerUnavailable> {
        if one.until <= self.now {
            return Ok(Said::Expired);
        }
        let name = self.name(0);
        match &one.terms {
            AskedTerms::Key => {
                let known = self.refused_key(self.key(one, &name))?;
                Ok(known.unwrap_or(Said::Fresh { left: Some(0) }))
            }
            AskedTerms::Link { .. } => {
                let asked = self.link(one, &name);
                match self.book.known_table_of_link(asked.id, asked.until, self.now)? {
                    Some(table) => asked.look(&self.book.database, &table, self.letter.keeps_marks),
                    None => Ok(asked.unused()),
                }
            }
        }
    }

    fn revoke(&self, link: &AskedLink) -> Result<(), LedgerUnavailable> {
        if link.until <= self.now {
            return Ok(());
        }
        let table = self.book.table_of_link(link.id.as_str(), link.until, self.now)?;
        links::revoke(&self.book.database, &table, link.id.as_str(), link.until)
    }

    fn history(&self, link: &AskedLink) -> Result<Answer, LedgerUnavailable> {
        let id = link.id.as_str();
        match self.book.known_table_of_link(id, link.until, self.now)? {
            Some(table) => links::history(&self.book.database, &table, id),
            None => Ok(links::nothing()),
        }
    }

    fn key<'u>(&self, one: &'u AskedUse, question: &'u str) -> keys::Asked<'u> {
        keys::Asked { id: one.id.as_str(), until: one.until, now: self.now, question }
    }

    fn link<'u>(&self, one: &'u AskedUse, question: &'u str) -> links::Asked<'u> {
        let (most, browser) = match &one.terms {
            AskedTerms::Link { most, browser } => (*most, browser.as_ref()),
            AskedTerms::Key => (Some(1), None),
        };
        let (id, until, now) = (one.id.as_str(), one.until, self.now);
        links::Asked { id, until, most, browser, now, question }
    }
}

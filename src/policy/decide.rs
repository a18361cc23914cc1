use super::{Denial, Dimension, FormWish, Refusal, Rule, Wish};
use crate::s3::{Operation, Spelling, Target};
use crate::session::Session;
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;
use crate::variables::Table;

/// All rules.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    rules: Vec<Rule>,
    denials: Vec<Denial>,
}

/// What the rules grant.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// The rule that allowed it.
    pub rule: &'a Rule,
}

impl Grant<'_> {
    /// The longest life of a URL that is signed at `now`: as long as the rule allows, and no longer than the
    /// session.
    pub fn max_expires(&self, session: &Session, now: Timestamp) -> ExpiresIn {
        // Within the issuer's leeway a session is accepted although it has expired.
        let left = now.seconds_until(session.expires_at).max(1);
        // A session that lasts longer than any URL is no bound.
        ExpiresIn::from_seconds(left).unwrap_or(ExpiresIn::MAX).min(self.rule.max_expires)
    }
}

impl Policy {
    /// Reads an entry of `[[vars.RULES]]` and adds it: a rule that allows, or with `deny` one that forbids.
    /// `stores` are the configured ones' names.
    pub fn read_rule(&mut self, table: Table<'_>, stores: &[&str]) {
        if table.has("deny") {
            self.denials.extend(Denial::read(table, stores));
        } else {
            self.rules.extend(Rule::read(table, stores));
        }
    }

    /// The rules that allow.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that forbid.
    pub(super) fn denials(&self) -> &[Denial] {
        &self.denials
    }

    /// Decides. The first rule that allows the whole wish grants it, unless a rule forbids it.
    pub fn decide(&self, session: &Session, wish: &Wish<'_>) -> Result<Grant<'_>, Refusal> {
        let Wish { store, spelling, request, .. } = *wish;
        self.check_denials(session, request.operation(), store, wish.target(), spelling)?;
        if let Some(source) = request.copy_source() {
            let target = Target::Object(source.key.clone());
            self.check_denials(session, Operation::GetObject, store, &target, spelling)?;
        }
        self.first_that_allows(|rule| rule.check(session, wish))
    }

    /// Decides on a form, as [`Self::decide`] does on a request. A form is a `PutObject`.
    pub fn decide_form(
        &self,
        session: &Session,
        wish: &FormWish<'_>,
    ) -> Result<Grant<'_>, Refusal> {
        let FormWish { store, spelling, target, .. } = wish;
        self.check_denials(session, Operation::PutObject, store, target, *spelling)?;
        self.first_that_allows(|rule| rule.check_form(session, wish))
    }

    /// Checks that no rule forbids the session to put an object at this key.
    pub fn check_place(
        &self,
        session: &Session,
        store: &str,
        target: &Target,
        spelling: Spelling,
    ) -> Result<(), Refusal> {
        self.check_denials(session, Operation::PutObject, store, target, spelling)
    }

    /// Forbids every session everything below a prefix of a store.
    pub fn close(&mut self, store: &str, prefix: &str) {
        self.denials.extend(Denial::of_prefix(store, prefix));
    }

    fn check_denials(
        &self,
        session: &Session,
        operation: Operation,
        store: &str,
        target: &Target,
        spelling: Spelling,
    ) -> Result<(), Refusal> {
        let forbids =
            |denial: &&Denial| denial.forbids(session, operation, store, target, spelling);
        match self.denials.iter().find(forbids) {
            None => Ok(()),
            Some(denial) => {
                Err(Refusal { dimension: Dimension::Denied, rule: Some(denial.name.clone()) })
            }
        }
    }

    fn first_that_allows(
        &self,
        check: impl Fn(&Rule) -> Result<(), Dimension>,
    ) -> Result<Grant<'_>, Refusal> {
        let mut closest = (Dimension::Operation, None);
        for rule in &self.rules {
            match check(rule) {
                Ok(()) => return Ok(Grant { rule }),
                Err(dimension) if dimension > closest.0 => closest = (dimension, Some(&rule.name)),
                Err(_) => {}
            }
        }
        Err(Refusal { dimension: closest.0, rule: closest.1.cloned() })
    }
}

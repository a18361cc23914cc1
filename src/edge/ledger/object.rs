use std::cell::Cell;

use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::question::{AskedUse, Path};
use super::statements::{Statements, clock};
use crate::config::{Environment, OneTimeSettings};
use crate::edge::environment::WorkerEnvironment;
use crate::variables::Faults;

/// The object that records uses. Each request is decided without anything awaited between reading and
/// writing, so that no two can find the same use left.
#[durable_object]
pub struct LedgerObject {
    state: State,
    env: Env,
    statements: Statements,
    /// Saves asking for the alarm with each use.
    is_sweep_planned: Cell<bool>,
}

impl DurableObject for LedgerObject {
    fn new(state: State, env: Env) -> Self {
        let statements = Statements(state.storage().sql());
        if let Err(error) = statements.make_tables() {
            // The first use will fail for want of the table, and so be refused.
            worker::console_error!("ledger: {error}");
        }
        Self { state, env, statements, is_sweep_planned: Cell::new(false) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let path = request.path();
        let mut path = Path(path.trim_start_matches('/').split('/'));
        let what = path.text();
        let answered = match what {
            Some("spend") => {
                AskedUse::read(&mut path).map(|one| self.statements.spend(&one)).transpose()?
            }
            Some("foresee") => {
                AskedUse::read(&mut path).map(|one| self.statements.foresee(&one)).transpose()?
            }
            Some("revoke") => self.statements.revoke(&mut path)?,
            Some("history") => self.statements.history(&mut path)?,
            _ => None,
        };
        let Some(answer) = answered else { return Response::error("not a question", 400) };
        let has_written = match what {
            Some("spend") => answer.is_object(),
            what => what == Some("revoke"),
        };
        if has_written && let Err(error) = self.plan_sweep().await {
            // What is recorded is recorded; the next one plans it.
            worker::console_error!("ledger: {error}");
        }
        Response::ok(answer.to_string())
    }

    /// Deletes what has expired.
    async fn alarm(&self) -> Result<Response> {
        self.is_sweep_planned.set(false);
        let now = clock();
        self.statements.sweep(now)?;
        if self.statements.has_expired(now)? {
            self.state.storage().set_alarm(1).await?;
        } else if self.statements.has_any()? {
            self.plan_sweep().await?;
        }
        Response::empty()
    }
}

impl LedgerObject {
    /// Sets the alarm, unless it is set.
    async fn plan_sweep(&self) -> Result<()> {
        if self.is_sweep_planned.get() {
            return Ok(());
        }
        let storage = self.state.storage();
        if storage.get_alarm().await?.is_none() {
            storage.set_alarm(self.sweep_every_ms()).await?;
        }
        self.is_sweep_planned.set(true);
        Ok(())
    }

    fn sweep_every_ms(&self) -> i64 {
        let settings = WorkerEnvironment(&self.env).var("ONE_TIME");
        let settings = OneTimeSettings::read(settings.as_ref(), &Faults::default());
        i64::try_from(settings.sweep_every).unwrap_or(3600) * 1000
    }
}

use std::cell::OnceCell;

use worker::{Env, console_error, console_warn};

use super::environment::WorkerEnvironment;
use crate::config::{Config, DECISIONS, Environment};
use crate::ledger::Refusals;
use crate::s3::RoleCache;
use crate::session::SessionMemory;
use crate::variables::Fault;

/// What an isolate keeps for as long as it lives. The configuration is read once: a changed variable or
/// secret is a new deployment, and so a new isolate.
pub(super) struct Isolate {
    pub(super) config: Result<Config, Vec<Fault>>,
    pub(super) roles: RoleCache,
    pub(super) sessions: SessionMemory,
    /// What the ledger refused.
    pub(super) refusals: Refusals,
    /// Whether decisions are written to Analytics Engine as well.
    pub(super) has_decisions: bool,
}

impl Isolate {
    pub(super) fn of(env: &Env) -> &'static Self {
        thread_local! {
            static ISOLATE: OnceCell<&'static Isolate> = const { OnceCell::new() };
        }
        ISOLATE.with(|cell| *cell.get_or_init(|| Box::leak(Box::new(Self::new(env)))))
    }

    fn new(env: &Env) -> Self {
        let environment = WorkerEnvironment(env);
        let config = Config::read(&environment);
        for Fault { path, detail } in config.as_ref().err().into_iter().flatten() {
            console_error!("configuration: {path}: {detail}");
        }
        let warnings = config.as_ref().map_or(&[][..], |config| config.warnings.as_slice());
        for Fault { path, detail } in warnings {
            console_warn!("configuration: {path}: {detail}");
        }
        let has_decisions = environment.has_binding(DECISIONS);
        Self {
            config,
            roles: RoleCache::default(),
            sessions: SessionMemory::default(),
            refusals: Refusals::default(),
            has_decisions,
        }
    }
}

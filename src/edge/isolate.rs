use std::cell::Cell;
use std::collections::HashMap;

use super::bound_secrets;
use super::clock::now;
use super::environment::WorkerEnvironment;
use super::runtime::{Env, console_error, console_warn};
use crate::config::{Config, DECISIONS, Environment};
use crate::ledger::Refusals;
use crate::s3::RoleCache;
use crate::session::SessionMemory;
use crate::time::Timestamp;
use crate::variables::Fault;

/// What an isolate keeps for as long as it lives. The configuration is read once: a changed variable or
/// secret is a new deployment, and so a new isolate. What a Secrets Store holds is asked for once too, and again
/// while it can't be had or isn't what it has to be.
pub(super) struct Isolate {
    pub(super) config: Result<Config, Vec<Fault>>,
    pub(super) roles: RoleCache,
    pub(super) sessions: SessionMemory,
    /// What the ledger refused.
    pub(super) refusals: Refusals,
    /// Whether decisions are written to Analytics Engine as well.
    pub(super) has_decisions: bool,
}

/// A configuration with faults that may pass, and how long nothing is asked again.
#[derive(Clone, Copy)]
struct Refused {
    isolate: &'static Isolate,
    until: Timestamp,
}

/// How long, in seconds.
const ASK_AGAIN_AFTER: u64 = 10;

thread_local! {
    static READ: Cell<Option<&'static Isolate>> = const { Cell::new(None) };
    static REFUSED: Cell<Option<Refused>> = const { Cell::new(None) };
}

impl Isolate {
    /// The isolate's own, which the first request makes.
    pub(super) async fn of(env: &Env) -> &'static Self {
        match READ.get() {
            Some(isolate) => isolate,
            None => Box::pin(Self::first(env)).await,
        }
    }

    async fn first(env: &Env) -> &'static Self {
        let mut texts = HashMap::new();
        loop {
            let environment = WorkerEnvironment::new(env, &texts);
            let (config, has_decisions) =
                (Config::read(&environment), environment.has_binding(DECISIONS));
            let unasked = environment.into_unasked();
            if unasked.is_empty() {
                return match config {
                    // What a Secrets Store holds can change without a deployment.
                    Err(faults) if !texts.is_empty() => Self::refuse(faults),
                    config => Self::keep(Self::new(config, has_decisions)),
                };
            }
            if let Some(refused) = REFUSED.get().filter(|refused| now() < refused.until) {
                return refused.isolate;
            }
            match bound_secrets::ask(env, unasked).await {
                Ok(more) => texts.extend(more),
                Err(faults) => return Self::refuse(faults),
            }
        }
    }

    /// Keeps it, unless another request was first.
    fn keep(isolate: Self) -> &'static Self {
        let isolate = READ.get().unwrap_or_else(|| Box::leak(Box::new(isolate)));
        READ.set(Some(isolate));
        isolate
    }

    /// One with these faults, for a while. The same faults make no further one, because it is never freed.
    fn refuse(faults: Vec<Fault>) -> &'static Self {
        if let Some(isolate) = READ.get() {
            return isolate;
        }
        let before = REFUSED.get().map(|refused| refused.isolate);
        let isolate = match before.filter(|it| it.config.as_ref().err() == Some(&faults)) {
            Some(isolate) => {
                log_faults(&faults);
                isolate
            }
            None => Box::leak(Box::new(Self::new(Err(faults), false))),
        };
        REFUSED.set(Some(Refused { isolate, until: now().plus(ASK_AGAIN_AFTER) }));
        isolate
    }

    fn new(config: Result<Config, Vec<Fault>>, has_decisions: bool) -> Self {
        log_faults(config.as_ref().err().map_or(&[], Vec::as_slice));
        let warnings = config.as_ref().map_or(&[][..], |config| config.warnings.as_slice());
        for Fault { path, detail } in warnings {
            console_warn(&format!("configuration: {path}: {detail}"));
        }
        Self {
            config,
            roles: RoleCache::default(),
            sessions: SessionMemory::default(),
            refusals: Refusals::default(),
            has_decisions,
        }
    }
}

fn log_faults(faults: &[Fault]) {
    for Fault { path, detail } in faults {
        console_error(&format!("configuration: {path}: {detail}"));
    }
}

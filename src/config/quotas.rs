//! `[vars.QUOTAS]`, and the requirements of quotas.

use serde_json::Value;

use super::environment::{Environment, QUOTA};
use crate::policy::Policy;
use crate::variables::{Faults, Table};

/// How quotas are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaSettings {
    /// How many seconds after a URL's end its upload is looked for: an upload that has begun may go on.
    pub settle_after: u64,
}

impl QuotaSettings {
    /// A week.
    const MOST: u64 = 604_800;

    /// Reads `[vars.QUOTAS]`; `None` if no rule has a quota.
    pub(super) fn read(
        value: Option<&Value>,
        policy: &Policy,
        environment: &impl Environment,
        faults: &Faults,
    ) -> Option<Self> {
        let mut settings = Self { settle_after: 3600 };
        if let Some(table) = value.and_then(|value| Table::new("QUOTAS", value, faults)) {
            settings.settle_after = table.integer("settle_after").unwrap_or(settings.settle_after);
            if !(1..=Self::MOST).contains(&settings.settle_after) {
                table.fault("settle_after", "has to be 1 to 604800 seconds");
            }
            table.finish();
        }
        is_needed(policy, environment, faults).then_some(settings)
    }
}

/// Whether a rule has a quota. Adds faults for a missing binding, and for rules with the same name, because a quota is
/// kept under its rule's name.
fn is_needed(policy: &Policy, environment: &impl Environment, faults: &Faults) -> bool {
    let rules = policy.rules();
    let mut is_needed = false;
    for rule in rules.iter().filter(|rule| rule.quota.is_some()) {
        is_needed = true;
        if rules.iter().filter(|other| other.name == rule.name).count() > 1 {
            let help =
                "is used by another rule too, and a rule with a quota needs a name of its own";
            faults.add(format!("{}.name", rule.path), help);
        }
    }
    if is_needed && !environment.has_binding(QUOTA) {
        let help = "this Durable Object binding is missing, and a rule has a quota: name the class QuotaObject \
                    under [[durable_objects.bindings]] and under [exports]";
        faults.add(QUOTA, help);
    }
    is_needed
}

//! What a rule has a session spend.

use crate::api::wire::error::Error;
use crate::ledger::OneTimeKey;
use crate::policy::{OneTime, Rule};
use crate::session::Session;

/// Where the rule says `required`, it is the token that is spent, because a caller can make up as many
/// keys as it likes.
pub(super) fn key_to_spend(
    rule: &Rule,
    session: &Session,
    from_caller: Option<OneTimeKey>,
) -> Result<Option<OneTimeKey>, Error> {
    match (rule.one_time, from_caller) {
        (OneTime::Optional, from_caller) => Ok(from_caller),
        (OneTime::Required, Some(_)) => Err(Error::OneTimeKeyNotTaken),
        (OneTime::Required, None) => {
            let id = session.token_id.clone().ok_or(Error::TokenIdMissing)?;
            Ok(Some(OneTimeKey::TokenId(id)))
        }
    }
}

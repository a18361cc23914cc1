use std::rc::Rc;

use super::memory::Verified;
use super::opaque::read_entry;
use super::revocation::is_revoked;
use super::token::{Token, session};
use super::{
    Claims, Directory, DirectoryUnavailable, Issuer, KeySource, OpaqueToken, Session,
    SessionMemory, TokenFault,
};
use crate::crypto::{SignatureVerifier, sha256};
use crate::time::Timestamp;

/// The longest token that is read, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// For how many seconds an isolate doesn't ask again whether a session was ended or revoked.
pub(super) const CHECK_EVERY: u64 = 30;

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSession {
    /// The token is refused.
    Refused(TokenFault),
    /// The issuer's keys can't be fetched.
    KeysUnavailable(DirectoryUnavailable),
    /// Nobody can tell whether the session was ended or revoked.
    Unavailable(DirectoryUnavailable),
}

impl From<TokenFault> for NoSession {
    fn from(fault: TokenFault) -> Self {
        Self::Refused(fault)
    }
}

/// Authenticates tokens.
#[derive(Clone, Copy, Debug)]
pub struct Authenticator<'a, D> {
    /// The issuers that may vouch.
    pub issuers: &'a [Issuer],
    /// Whether sessions can be revoked.
    pub revocable: bool,
    /// The outside: keys, entries, and the verifier of signatures.
    pub directory: &'a D,
    /// What the isolate remembers.
    pub memory: &'a SessionMemory,
    /// The moment of the request.
    pub now: Timestamp,
}

impl<D: Directory + SignatureVerifier> Authenticator<'_, D> {
    /// Finds the session that a token stands for.
    pub async fn authenticate(&self, token: &str) -> Result<Rc<Session>, NoSession> {
        if token.len() > MAX_BYTES {
            return Err(TokenFault::TooLong.into());
        }
        let hash = sha256(token.as_bytes());
        let known = self.memory.recall(&hash, self.now);
        if let Some(known) = &known
            && self.now < known.checked_until
        {
            return Ok(Rc::clone(&known.session));
        }
        let (checked_until, epoch) = (self.now.plus(CHECK_EVERY), self.memory.epoch());
        let verified = match known.filter(|_| !OpaqueToken::is_opaque(token)) {
            Some(known) => Verified { checked_until, ..known },
            None => self.verify(token, checked_until).await?,
        };
        if self.revocable
            && is_revoked(&verified.session, self.directory, self.now)
                .await
                .map_err(NoSession::Unavailable)?
        {
            self.memory.forget(&hash);
            return Err(TokenFault::Revoked.into());
        }
        let session = Rc::clone(&verified.session);
        self.memory.remember(hash, verified, epoch, self.now);
        Ok(session)
    }

    async fn verify(&self, token: &str, checked_until: Timestamp) -> Result<Verified, NoSession> {
        let token_bytes = token.len();
        if let Some(token) = OpaqueToken::parse(token) {
            let session = self.look_up(&token).await?;
            let good_until = session.accepted_until.min(checked_until);
            return Ok(Verified {
                session: Rc::new(session),
                good_until,
                checked_until,
                token_bytes,
            });
        }
        let token = Token::parse(token)?;
        let named = token.issuer()?;
        // Two entries may share an issuer, such as those for two kinds of its tokens.
        let mut refused = NoSession::Refused(TokenFault::UnknownIssuer);
        for issuer in self.issuers.iter().filter(|issuer| issuer.issuer == named) {
            match self.verify_as(&token, issuer).await {
                Ok((session, keys_until)) => {
                    let good_until = session.accepted_until.min(keys_until);
                    return Ok(Verified {
                        session: Rc::new(session),
                        good_until,
                        checked_until,
                        token_bytes,
                    });
                }
                // An entry whose keys can't be fetched might have accepted, so it outweighs one that refuses.
                Err(_) if matches!(refused, NoSession::KeysUnavailable(_)) => {}
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }

    /// The session, and until when its keys needn't be looked up again.
    async fn verify_as(
        &self,
        token: &Token<'_>,
        issuer: &Issuer,
    ) -> Result<(Session, Timestamp), NoSession> {
        match &issuer.keys {
            KeySource::Opaque => Err(TokenFault::UnknownIssuer.into()),
            KeySource::Inline(keys) => {
                let session = token.verify(issuer, keys, self.directory, self.now).await?;
                let keys_until = session.accepted_until;
                Ok((session, keys_until))
            }
            KeySource::Url(address) => {
                // A token that can't be valid is no reason to call the issuer.
                token.check_header(issuer)?;
                let keys = &self.memory.keys;
                let set = keys.keys_at(address, token.key_id(), self.directory, self.now).await;
                let set = set.map_err(NoSession::KeysUnavailable)?;
                let session = token.verify(issuer, &set.keys, self.directory, self.now).await?;
                // Stale keys are used while new ones can't be fetched, and checked again soon.
                Ok((session, set.fresh_until.max(self.now.plus(CHECK_EVERY))))
            }
        }
    }

    async fn look_up(&self, token: &OpaqueToken) -> Result<Session, NoSession> {
        let is_opaque = |issuer: &&Issuer| matches!(issuer.keys, KeySource::Opaque);
        let issuer = self.issuers.iter().find(is_opaque).ok_or(TokenFault::UnknownIssuer)?;
        let entries = self.directory.read(&[token.entry_name()]).await;
        let entry = entries.map_err(NoSession::Unavailable)?.pop().flatten();
        let entry = entry.ok_or(TokenFault::UnknownSession)?;
        let claims = read_entry(&entry, &issuer.issuer).ok_or(TokenFault::Malformed)?;
        Ok(session(Claims::new(claims), issuer, self.now)?)
    }
}

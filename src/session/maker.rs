//! The maker of something that outlives the session, such as a link, which ends with a revocation of the subject.

use super::authenticate::CHECK_EVERY;
use super::revocation::{Ban, Bans, name_of_subject, read_bans};
use super::{Directory, DirectoryUnavailable, SessionMemory};
use crate::time::Timestamp;

/// A subject that has made something.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    /// The issuer of its session.
    pub issuer: &'a str,
    /// The subject.
    pub subject: &'a str,
}

/// A revocation of a subject that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// It covers what is older; `None` for all.
    pub issued_before: Option<Timestamp>,
    /// When it ends; `None` if it has to be lifted.
    pub until: Option<Timestamp>,
}

impl Maker<'_> {
    /// Whether something that was made at this moment is revoked with its maker; without a moment it counts as old. An
    /// isolate reads one entry for it, and none in the next half a minute.
    pub async fn is_revoked(
        &self,
        made_at: Option<Timestamp>,
        directory: &impl Directory,
        memory: &SessionMemory,
        now: Timestamp,
    ) -> Result<bool, DirectoryUnavailable> {
        let name = name_of_subject(self.issuer, self.subject);
        let bans = if let Some(known) = memory.recall_bans(&name, now) {
            known
        } else {
            let epoch = memory.epoch();
            let bans = read(&name, directory).await?;
            memory.remember_bans(name, bans.clone(), (now, now.plus(CHECK_EVERY)), epoch);
            bans
        };
        Ok(bans.iter().any(|ban| ban.holds_at(now) && ban.is_about(made_at)))
    }

    /// The revocations that are in force.
    pub async fn revocations(
        &self,
        directory: &impl Directory,
        now: Timestamp,
    ) -> Result<Vec<Standing>, DirectoryUnavailable> {
        let bans = read(&name_of_subject(self.issuer, self.subject), directory).await?;
        let moment = |seconds: Option<u64>| seconds.map(Timestamp::from_unix_seconds);
        let standing = |ban: &Ban| Standing {
            issued_before: moment(ban.issued_before),
            until: moment(ban.until),
        };
        Ok(bans.iter().filter(|ban| ban.holds_at(now)).map(standing).collect())
    }
}

async fn read(name: &str, directory: &impl Directory) -> Result<Bans, DirectoryUnavailable> {
    let entry = directory.read(&[name.to_owned()]).await?.pop().flatten();
    entry.map_or(Ok(Bans::new()), |text| read_bans(&text))
}

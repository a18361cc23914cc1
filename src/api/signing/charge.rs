//! Uploads' shares of quotas. A share is reserved before a one-time key is spent, and given back if the upload isn't
//! signed.

use super::in_parts::InParts;
use super::permitted::Permitted;
use super::placed::{Placed, SIGNED_WITHIN};
use super::wanted::SigningRequest;
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::wire::error::Error;
use crate::config::QuotaSettings;
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::policy::{Amount, Per, Quota, Rule};
use crate::quota::wire::{Answer, Held, Kind, Left, Of, Question, Said, Upload, Wanted};
use crate::quota::{Holder, QuotaUnavailable};
use crate::s3::{ObjectRequest, Operation, Store, Validity};
use crate::sigv4::ExpiresIn;
use crate::time::Timestamp;

/// An upload's share of a quota.
#[derive(Debug)]
pub(in crate::api) struct Charge {
    holder: Holder,
    wanted: Wanted,
}

/// A reserved share.
#[derive(Clone, Debug)]
pub(in crate::api) struct Reserved {
    holder: Holder,
    held: Held,
}

impl<'a, P: Platform> Permitted<'a, P> {
    /// A request's share of a quota, once all that is signed is known.
    pub(super) fn charge_of(
        &self,
        wanted: &SigningRequest<'_>,
        placed: Option<&Placed>,
        quotas: QuotaSettings,
    ) -> Option<Box<Charge>> {
        let request = &wanted.request;
        if request.operation() == Operation::CompleteMultipartUpload {
            // What becomes of it there, the inbox says.
            return wanted.inside.is_none().then(|| self.charge_of_completion(wanted))?;
        }
        let rule = self.counting_rule()?;
        let quota = rule.quota?;
        let amount = quota.taken_by(request)?;
        let kind = match (request.operation(), placed) {
            (_, Some(placed)) => placed.counted(),
            (Operation::PutObject, None) => of_place(rule, Kind::Whole),
            (Operation::UploadPart, _) => Kind::Part {
                upload: InParts::of(wanted).map(|upload| upload.name).unwrap_or_default(),
                part: part_of(rule, wanted.store, request),
            },
            _ => Kind::Kept,
        };
        let end = match placed {
            Some(placed) => placed.end(),
            None => self.end(wanted.expires_in, wanted.cacheable),
        };
        Some(self.charge((rule, quota, amount), (wanted.store, request.key()), (kind, end), quotas))
    }

    /// Notes that a multipart upload may be completed from now on. Any rule's quota may have counted its parts.
    fn charge_of_completion(&self, wanted: &SigningRequest<'_>) -> Option<Box<Charge>> {
        self.session()?;
        let upload = InParts::of(wanted).filter(|it| it.is_counted(self.edge.config))?;
        let record = &self.line.record;
        let now = self.edge.now.unix_seconds();
        Some(Box::new(Charge {
            holder: Holder::new(&record.issuer, &record.subject),
            wanted: Wanted {
                of: Of { rule: String::new(), per: Per::Month },
                most_bytes: None,
                most_objects: None,
                bytes: 0,
                objects: 0,
                upload: Upload {
                    store: upload.store.name().to_owned(),
                    key: upload.key,
                    signed_at: now,
                    due: now,
                    kind: Kind::Completion(upload.name),
                },
            },
        }))
    }

    /// The share of a form that may upload so many bytes.
    pub(in crate::api) fn charge_of_form(
        &self,
        place: (&Store, &str),
        most_bytes: u64,
        expires_in: Option<ExpiresIn>,
        placed: Option<&Placed>,
    ) -> Option<Box<Charge>> {
        let quotas = self.edge.config.quotas?;
        let rule = self.counting_rule()?;
        let quota = rule.quota?;
        let amount = quota.taken_by_form(most_bytes)?;
        let (end, kind) = match placed {
            Some(placed) => (placed.end(), placed.counted()),
            None => (self.end(expires_in, false), of_place(rule, Kind::UpTo)),
        };
        Some(self.charge((rule, quota, amount), place, (kind, end), quotas))
    }

    /// The rule whose quota counts the upload. For a link it is the maker's rule, in its current form.
    fn counting_rule(&self) -> Option<&'a Rule> {
        let rules = || self.edge.config.policy.rules().iter();
        let rule = match self.rule() {
            Some(rule) => self.counts.then_some(rule),
            None => rules().find(|rule| rule.name == self.line.record.rule),
        };
        rule.filter(|rule| rule.quota.is_some())
    }

    /// Anybody may have a link, so its recipient doesn't learn how much its maker has left.
    pub(super) fn quota_error(&self, error: Error) -> Error {
        match error {
            Error::QuotaExceeded(left) if self.rule().is_none() => {
                Error::QuotaExceeded(Left { bytes: None, objects: None, ..left })
            }
            error => error,
        }
    }

    /// When the signed upload can't begin any more.
    fn end(&self, expires_in: Option<ExpiresIn>, cacheable: bool) -> Timestamp {
        let asked = if cacheable { Some(self.max_expires(self.edge.now)) } else { expires_in };
        self.end_of_url(asked).plus(SIGNED_WITHIN)
    }

    /// When its URL has expired, were it signed now.
    pub(super) fn end_of_url(&self, expires_in: Option<ExpiresIn>) -> Timestamp {
        let now = self.edge.now;
        Validity::from_now(now, expires_in, self.max_expires(now)).expires_at()
    }

    fn charge(
        &self,
        (rule, quota, amount): (&Rule, Quota, Amount),
        (store, key): (&Store, &str),
        (kind, end): (Kind, Timestamp),
        quotas: QuotaSettings,
    ) -> Box<Charge> {
        let record = &self.line.record;
        let due = match kind {
            // Nothing is looked for: the reservation is settled if nobody gives it back.
            Kind::Kept => self.edge.now.plus(SIGNED_WITHIN),
            // By then the inbox has settled it.
            Kind::Inbox(_) => end,
            _ => end.plus(quotas.settle_after),
        };
        let due = due.unix_seconds();
        Box::new(Charge {
            holder: Holder::new(&record.issuer, &record.subject),
            wanted: Wanted {
                of: Of { rule: rule.name.clone(), per: quota.per },
                most_bytes: quota.bytes,
                most_objects: quota.objects,
                bytes: amount.bytes,
                objects: amount.objects,
                upload: Upload {
                    store: store.name().to_owned(),
                    key: key.to_owned(),
                    signed_at: self.edge.now.unix_seconds(),
                    due,
                    kind,
                },
            },
        })
    }
}

/// An upload into an inbox isn't at the key where a look would search.
fn of_place(rule: &Rule, kind: Kind) -> Kind {
    if rule.accept.is_some() { Kind::Kept } else { kind }
}

/// A part's name: the same wherever it is signed again.
fn part_of(rule: &Rule, store: &Store, request: &ObjectRequest) -> String {
    let parts = (&rule.name, store.name(), request.key(), request.query());
    // Texts can always be written.
    hex(&sha256(&serde_json::to_vec(&parts).unwrap_or_default()))
}

/// Reserves the shares of several uploads of one subject with one question: all or none, or each by itself.
pub(in crate::api) async fn reserve<P: Platform>(
    charges: &[&Charge],
    all: bool,
    edge: &Edge<'_, P>,
) -> Vec<Result<Reserved, Error>> {
    let Some(Charge { holder, .. }) = charges.first() else { return Vec::new() };
    let wanted = charges.iter().map(|charge| charge.wanted.clone()).collect();
    let answer = edge.platform.ask_quotas(holder, Question::Reserve { wanted, all }).await;
    let read = |said| match said {
        Said::Granted(held) => Ok(Reserved { holder: holder.clone(), held }),
        Said::Exceeded(left) => Err(Error::QuotaExceeded(left)),
        Said::Late => Err(unavailable("the question reached the quota's object too late")),
    };
    match answer {
        Ok(Answer::Reserved(said)) if said.len() == charges.len() => {
            said.into_iter().map(read).collect()
        }
        Ok(_) => {
            let refused = || Err(unavailable("the quota's object answered something else"));
            charges.iter().map(|_| refused()).collect()
        }
        Err(why) => charges.iter().map(|_| Err(why.clone().into())).collect(),
    }
}

fn unavailable(why: &str) -> Error {
    QuotaUnavailable(why.to_owned()).into()
}

/// Gives back unused reservations. If that fails, they come back when the upload is looked for.
pub(in crate::api) async fn give_back<P: Platform>(reserved: Vec<Reserved>, edge: &Edge<'_, P>) {
    let Some(holder) = reserved.first().map(|one| one.holder.clone()) else { return };
    let held = reserved.into_iter().map(|one| one.held).collect();
    tell_quota(&holder, Question::GiveBack(held), edge).await;
}

/// Notes that a multipart upload has begun, so that its abort gives the object back.
pub(in crate::api) async fn begun<P: Platform>(
    Reserved { holder, held }: Reserved,
    upload: InParts<'_>,
    edge: &Edge<'_, P>,
) {
    tell_quota(&holder, Question::Begun { held, upload: upload.name }, edge).await;
}

/// Tells a quota's object what it may give back. If that fails, the reservation counts.
pub(in crate::api) async fn tell_quota<P: Platform>(
    holder: &Holder,
    question: Question,
    edge: &Edge<'_, P>,
) {
    if let Err(QuotaUnavailable(why)) = edge.platform.ask_quotas(holder, question).await {
        let line = serde_json::json!({
            "event": "quota_not_given_back", "request_id": edge.request_id.as_str(), "reason": why,
        });
        edge.platform.log(&line.to_string());
    }
}

//! The credentials that sign.

use std::cell::RefCell;
use std::rc::Rc;

use super::canonical_request::CanonicalRequest;
use super::signing_key::{AccessKeyId, SigningKey};
use super::string_to_sign::StringToSign;
use super::{InvalidInput, Service, SigningRegion};
use crate::encoding::{Slash, base64, percent_encode};
use crate::secret::Secret;
use crate::time::{AmzDate, Timestamp};

/// An access key, with a session token if it is temporary.
#[derive(Clone, Debug)]
pub struct Credentials {
    access_key_id: AccessKeyId,
    secret_access_key: Secret,
    session_token: Option<Secret>,
    /// The session token as encoded in a query.
    encoded_session_token: Option<Secret>,
    last_key: LastKey,
}

/// The last derived key, which is used until the day ends: a derivation takes as long as four signatures.
#[derive(Clone, Debug, Default)]
struct LastKey(RefCell<Option<(KeyScope, Rc<SigningKey>)>>);

/// The scope of a derived key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeyScope {
    /// Days since 1970-01-01.
    day: u64,
    region: SigningRegion,
    service: Service,
}

impl Credentials {
    /// Makes credentials.
    pub fn new(
        access_key_id: AccessKeyId,
        secret_access_key: Secret,
        session_token: Option<Secret>,
    ) -> Result<Self, InvalidInput> {
        let printable = |token: &Secret| {
            !token.expose().is_empty()
                && token.expose().bytes().all(|b| b == b' ' || b.is_ascii_graphic())
        };
        if session_token.as_ref().is_some_and(|token| !printable(token)) {
            return Err(InvalidInput::SessionToken);
        }
        Ok(Self::of_checked(access_key_id, secret_access_key, session_token))
    }

    /// Temporary credentials under the same access key, with their own secret and with `token`, which names their scope
    /// in base64.
    pub(crate) fn temporary(&self, secret_access_key: Secret, token: &[u8]) -> Self {
        let session_token = Some(Secret::new(base64(token)));
        Self::of_checked(self.access_key_id.clone(), secret_access_key, session_token)
    }

    fn of_checked(
        access_key_id: AccessKeyId,
        secret_access_key: Secret,
        session_token: Option<Secret>,
    ) -> Self {
        let encode = |token: &Secret| Secret::new(percent_encode(token.expose(), Slash::Encode));
        Self {
            access_key_id,
            secret_access_key,
            encoded_session_token: session_token.as_ref().map(encode),
            session_token,
            last_key: LastKey::default(),
        }
    }

    /// The public name of the key.
    pub fn access_key_id(&self) -> &str {
        self.access_key_id.as_str()
    }

    /// The secret itself, to derive other secrets from, never to log.
    pub(crate) fn expose_secret_access_key(&self) -> &str {
        self.secret_access_key.expose()
    }

    /// The key that signs at a moment, derived if it isn't the last one.
    pub(super) fn signing_key(
        &self,
        (moment, time): (Timestamp, AmzDate),
        region: &SigningRegion,
        service: &Service,
    ) -> Rc<SigningKey> {
        let day = moment.day();
        let mut last = self.last_key.0.borrow_mut();
        if let Some((scope, key)) = &*last
            && (scope.day, &scope.region, &scope.service) == (day, region, service)
        {
            return Rc::clone(key);
        }
        let (id, secret) = (&self.access_key_id, &self.secret_access_key);
        let key = Rc::new(SigningKey::derive(id, secret, time, region, service));
        let scope = KeyScope { day, region: region.clone(), service: service.clone() };
        *last = Some((scope, Rc::clone(&key)));
        key
    }

    pub(super) const fn session_token(&self) -> Option<&Secret> {
        self.session_token.as_ref()
    }

    pub(super) const fn encoded_session_token(&self) -> Option<&Secret> {
        self.encoded_session_token.as_ref()
    }
}

/// A signer: credentials, region, service and time.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The credentials.
    pub credentials: &'a Credentials,
    /// The region of the signature; decides between SigV4 and SigV4A.
    pub region: &'a SigningRegion,
    /// Part of the credential scope; `s3` for S3.
    pub service: &'a Service,
    /// The date of the signature.
    pub time: Timestamp,
}

/// The texts between a request and its signature. None of them holds the secret key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stages {
    /// Stage 1.
    pub canonical_request: String,
    /// Stage 2.
    pub string_to_sign: String,
    /// Stage 4, in hexadecimal.
    pub signature: String,
}

impl Signer<'_> {
    /// The key and the date that sign.
    pub(super) fn key(&self) -> (Rc<SigningKey>, AmzDate) {
        let date = self.time.amz_date();
        (self.credentials.signing_key((self.time, date), self.region, self.service), date)
    }

    /// Stage 2 for a canonical request, which is hashed as it is written.
    pub(super) fn string_to_sign<'s>(
        &'s self,
        key: &'s SigningKey,
        date: &'s AmzDate,
        request: &CanonicalRequest<'_>,
    ) -> StringToSign<'s> {
        StringToSign {
            algorithm: self.region.algorithm(),
            time: date.as_str(),
            scope: key.scope(),
            canonical_request: request.hash(),
        }
    }
}

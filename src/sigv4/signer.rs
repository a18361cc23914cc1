use std::rc::Rc;

use super::canonical_request::CanonicalRequest;
use super::signing_key::SigningKey;
use super::string_to_sign::StringToSign;
use super::{Credentials, Service, SigningRegion};
use crate::time::{AmzDate, Timestamp};

/// Who signs, for which region and service, and when.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// Whose signature it is.
    pub credentials: &'a Credentials,
    /// Where the signature is good; decides between SigV4 and SigV4A.
    pub region: &'a SigningRegion,
    /// Part of the credential scope; `s3` for S3.
    pub service: &'a Service,
    /// The moment that the signature is dated with.
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

    /// Stage 2 of a canonical request, which is hashed as it is written.
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

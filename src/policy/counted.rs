//! What requests take of the quota of a rule.

use super::{Amount, Delivery, Dimension, Quota, Rule};
use crate::s3::{ObjectRequest, Operation};

impl Rule {
    /// What a request takes of the rule's quota; nothing where it has none, or doesn't count this.
    pub fn takes(&self, request: &ObjectRequest) -> Option<(Quota, Amount)> {
        let quota = self.quota?;
        let bytes = request.content_length().unwrap_or(0);
        let amount = match request.operation() {
            Operation::PutObject => Amount { bytes, objects: 1 },
            Operation::UploadPart => Amount { bytes, objects: 0 },
            Operation::CopyObject | Operation::CreateMultipartUpload => {
                Amount { bytes: 0, objects: 1 }
            }
            _ => return None,
        };
        counted(quota, amount)
    }

    /// What a form takes that may upload an object of so many bytes.
    pub fn form_takes(&self, most: u64) -> Option<(Quota, Amount)> {
        counted(self.quota?, Amount { bytes: most, objects: 1 })
    }

    /// A quota of bytes can't count what says no size. What a link uploads is bound when it is redeemed.
    pub(super) fn check_quota(
        &self,
        request: &ObjectRequest,
        delivery: Delivery,
    ) -> Result<(), Dimension> {
        let Some(Quota { bytes: Some(_), .. }) = self.quota else { return Ok(()) };
        match request.operation() {
            Operation::PutObject if delivery != Delivery::Url => Ok(()),
            Operation::PutObject | Operation::UploadPart if request.content_length().is_none() => {
                Err(Dimension::Quota)
            }
            Operation::CopyObject | Operation::UploadPartCopy => Err(Dimension::Quota),
            _ => Ok(()),
        }
    }
}

fn counted(quota: Quota, amount: Amount) -> Option<(Quota, Amount)> {
    let amount = quota.of(amount);
    (amount != Amount::default()).then_some((quota, amount))
}

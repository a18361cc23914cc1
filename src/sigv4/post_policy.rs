use super::Signer;
use crate::encoding::base64;
use crate::secret::Secret;

/// A browser form's policy, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPolicy {
    /// Base64 of the policy: the form field `policy`.
    pub policy: String,
    /// The form field `x-amz-signature`.
    pub signature: String,
}

impl Signer<'_> {
    /// The form fields that name the signer, in the order in which they are sent. Each has to be a
    /// condition of the policy as well.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>
    pub fn post_fields(&self) -> Vec<(&'static str, String)> {
        let (key, date) = self.key();
        let mut fields = vec![
            ("x-amz-algorithm", self.region.algorithm().to_owned()),
            ("x-amz-credential", key.credential().to_owned()),
            ("x-amz-date", date.as_str().to_owned()),
        ];
        if let Some(token) = self.credentials.session_token().map(Secret::expose) {
            fields.push(("x-amz-security-token", token.to_owned()));
        }
        fields
    }

    /// Signs a policy's JSON text. The string to sign is its base64; there is no canonical request.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>
    pub fn sign_policy(&self, policy: &str) -> SignedPolicy {
        let policy = base64(policy.as_bytes());
        let (key, _) = self.key();
        SignedPolicy { signature: key.sign_text(&policy), policy }
    }
}

//! AWS STS `AssumeRole`: temporary credentials of a role, held by a session policy to what the rules
//! allow on the store.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};

use super::{AuthorizedRequest, CredentialSet, Operation};
use crate::config::Table;
use crate::crypto::sha256;
use crate::encoding::{Slash, hex, percent_encode_into};
use crate::secret::Secret;
use crate::sigv4::{
    AccessKeyId, Credentials, Headers, Method, Origin, PayloadHash, Region, Request, Service,
    Signer, SigningRegion, UriPath,
};
use crate::time::Timestamp;
use crate::xml;

/// Credentials are renewed when less than this is left of them, in seconds: a URL that lives for the
/// default time can still be signed until then.
const RENEW_BEFORE: u64 = 600;
const DEFAULT_SECONDS: u64 = 3600;

/// A role to take.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    role_arn: String,
    external_id: Option<String>,
    seconds: u64,
    endpoint: Origin,
    region: SigningRegion,
}

impl AssumeRole {
    /// Reads a store's `assume_role`, `external_id`, `role_seconds` and `sts_endpoint`. `None` where the
    /// store takes no role, or where something is wrong with it, which is then a fault.
    pub(super) fn read(table: &Table<'_>, region: Option<&str>) -> Option<Self> {
        let role_arn = table.parsed("assume_role", |arn| {
            let is_role = arn.starts_with("arn:aws") && arn.contains(":role/");
            is_role.then(|| arn.to_owned()).ok_or("has to be a role's ARN")
        });
        let external_id = table.text("external_id").map(str::to_owned);
        let seconds = table.integer("role_seconds").unwrap_or(DEFAULT_SECONDS);
        if !(900..=43_200).contains(&seconds) {
            table.fault("role_seconds", "has to be from 900 to 43200, as STS wants it");
        }
        let endpoint = table.parsed("sts_endpoint", |url| match Origin::parse_prefix(url) {
            Ok((origin, "" | "/")) => Ok(origin),
            _ => Err("has to be a URL such as https://sts.eu-central-1.amazonaws.com"),
        });
        let (role_arn, region) = (role_arn?, region?);
        let china = if region.starts_with("cn-") { ".cn" } else { "" };
        let regional = format!("https://sts.{region}.amazonaws.com{china}");
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => Origin::parse_prefix(&regional).ok()?.0,
        };
        let region = SigningRegion::One(Region::new(region).ok()?);
        Some(Self { role_arn, external_id, seconds, endpoint, region })
    }

    /// The request to STS, signed with the parent's credentials, and its body.
    pub fn request(
        &self,
        parent: &Credentials,
        policy: &Value,
        now: Timestamp,
    ) -> (AuthorizedRequest, String) {
        let body = self.body(policy);
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        let mut headers = Headers::new();
        headers.push_own("content-type", content_type.to_owned());
        headers.push_own("x-amz-content-sha256", hex(&sha256(body.as_bytes())));
        let signer = Signer {
            credentials: parent,
            region: &self.region,
            service: &Service::sts(),
            time: now,
        };
        let authorized = signer.authorize(&Request {
            method: &Method::from_static("POST"),
            origin: &self.endpoint,
            path: &UriPath::normalized("/"),
            query: &[],
            headers: &headers,
            payload: PayloadHash::Of(body.as_bytes()),
        });
        let bound = headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let added = authorized.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        let headers = bound.chain(added).collect();
        (AuthorizedRequest { method: "POST", url: authorized.url, headers }, body)
    }

    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    fn body(&self, policy: &Value) -> String {
        let (seconds, policy) = (self.seconds.to_string(), policy.to_string());
        let mut fields = vec![
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", &self.role_arn),
            ("RoleSessionName", "edge-signer"),
            ("DurationSeconds", &seconds),
            ("Policy", &policy),
        ];
        if let Some(external_id) = &self.external_id {
            fields.push(("ExternalId", external_id));
        }
        let mut body = String::new();
        for (name, value) in fields {
            if !body.is_empty() {
                body.push('&');
            }
            body.push_str(name);
            body.push('=');
            percent_encode_into(&mut body, value, Slash::Encode);
        }
        body
    }

    /// Reads what STS answered.
    pub fn read_answer(&self, text: &str) -> Option<CredentialSet> {
        let element = |name| xml::text(text, name);
        let credentials = Credentials::new(
            AccessKeyId::new(&element("AccessKeyId")?).ok()?,
            Secret::new(element("SecretAccessKey")?),
            Some(Secret::new(element("SessionToken")?)),
        );
        // STS may write fractions of a second.
        let expiration = element("Expiration")?;
        let whole = expiration.split('.').next().unwrap_or_default().trim_end_matches('Z');
        let expires_at = Timestamp::parse_rfc3339(&format!("{whole}Z"))?;
        let name = self.role_arn.clone();
        Some(CredentialSet { name, credentials: credentials.ok()?, expires_at: Some(expires_at) })
    }

    /// The partition, `aws` or `aws-cn` or …
    fn partition(&self) -> &str {
        self.role_arn.split(':').nth(1).unwrap_or("aws")
    }

    /// The session policy that allows these operations on a bucket, and these actions besides.
    pub fn session_policy(
        &self,
        bucket: &str,
        operations: &[Operation],
        extra_actions: &[&'static str],
    ) -> Value {
        let mut actions: Vec<&str> =
            operations.iter().flat_map(|op| iam_actions(*op)).copied().collect();
        actions.extend(extra_actions);
        actions.sort_unstable();
        actions.dedup();
        let partition = self.partition();
        let arn = if bucket.starts_with("arn:") {
            bucket.to_owned()
        } else {
            format!("arn:{partition}:s3:::{bucket}")
        };
        let objects =
            if bucket.starts_with("arn:") { format!("{arn}/object/*") } else { format!("{arn}/*") };
        json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": [arn, objects] }],
        })
    }
}

/// What IAM calls the rights that an operation needs.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
const fn iam_actions(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::GetObject | Operation::HeadObject => &["s3:GetObject", "s3:GetObjectVersion"],
        Operation::PutObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::CompleteMultipartUpload => &["s3:PutObject"],
        Operation::CopyObject | Operation::UploadPartCopy => {
            &["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
        }
        Operation::DeleteObject => &["s3:DeleteObject", "s3:DeleteObjectVersion"],
        Operation::ListObjectsV2 => &["s3:ListBucket"],
        Operation::GetObjectTagging => &["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
        Operation::PutObjectTagging => &["s3:PutObjectTagging", "s3:PutObjectVersionTagging"],
        Operation::GetObjectAttributes => &[
            "s3:GetObject",
            "s3:GetObjectAttributes",
            "s3:GetObjectVersion",
            "s3:GetObjectVersionAttributes",
        ],
        Operation::ListParts => &["s3:ListMultipartUploadParts"],
        Operation::AbortMultipartUpload => &["s3:AbortMultipartUpload"],
    }
}

/// The roles that an isolate has taken, by the name of the store.
#[derive(Debug, Default)]
pub struct RoleCache {
    taken: RefCell<BTreeMap<String, Rc<CredentialSet>>>,
    /// Store and request for which a role couldn't be taken last.
    refused: RefCell<Option<(String, String)>>,
}

impl RoleCache {
    /// A store's credentials that needn't be renewed yet.
    pub fn fresh(&self, store: &str, now: Timestamp) -> Option<Rc<CredentialSet>> {
        let roles = self.taken.borrow();
        let expires_in_time = |set: &&Rc<CredentialSet>| {
            set.expires_at.is_none_or(|at| now.seconds_until(at) > RENEW_BEFORE)
        };
        roles.get(store).filter(expires_in_time).cloned()
    }

    /// A store's credentials that haven't expired: for when they can't be renewed.
    pub fn usable(&self, store: &str, now: Timestamp) -> Option<Rc<CredentialSet>> {
        self.taken.borrow().get(store).filter(|set| set.max_expires(now).is_some()).cloned()
    }

    /// Whether a request was refused the role before: a batch asks once, not for each of its entries.
    pub fn was_refused(&self, store: &str, request_id: &str) -> bool {
        let refused = self.refused.borrow();
        refused.as_ref().is_some_and(|(s, id)| s == store && id == request_id)
    }

    /// Remembers that a request was refused the role.
    pub fn refuse(&self, store: &str, request_id: &str) {
        *self.refused.borrow_mut() = Some((store.to_owned(), request_id.to_owned()));
    }

    /// Keeps a store's credentials.
    pub fn keep(&self, store: &str, set: CredentialSet) -> Rc<CredentialSet> {
        let set = Rc::new(set);
        self.taken.borrow_mut().insert(store.to_owned(), Rc::clone(&set));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Faults;

    fn role() -> AssumeRole {
        let json = json!({
            "assume_role": "arn:aws-cn:iam::123456789012:role/edge", "external_id": "a b",
        });
        let faults = Faults::default();
        let table = Table::new("STORES.photos", &json, &faults).unwrap();
        AssumeRole::read(&table, Some("cn-north-1")).unwrap()
    }

    #[test]
    fn sts_is_asked_for_no_more_than_the_rules_allow() {
        let role = role();
        let operations = [Operation::PutObject, Operation::UploadPart, Operation::HeadObject];
        let policy = role.session_policy("my-photos", &operations, &["s3:PutObjectAcl"]);
        assert_eq!(
            policy["Statement"][0],
            json!({
                "Effect": "Allow",
                "Action":
                    ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"],
                "Resource": ["arn:aws-cn:s3:::my-photos", "arn:aws-cn:s3:::my-photos/*"],
            })
        );
        let credentials = Credentials::new(
            AccessKeyId::new("AKIAIOSFODNN7EXAMPLE").unwrap(),
            Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            None,
        );
        let now = Timestamp::from_unix_seconds(1_767_225_600);
        let (request, body) = role.request(&credentials.unwrap(), &policy, now);
        assert_eq!(request.url, "https://sts.cn-north-1.amazonaws.com.cn/");
        assert!(
            body.starts_with("Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws-cn%3Aiam")
        );
        assert!(body.ends_with("&ExternalId=a%20b"), "{body}");
        let authorization = &request.headers.iter().find(|(n, _)| n == "authorization").unwrap().1;
        let scope = "Credential=AKIAIOSFODNN7EXAMPLE/20260101/cn-north-1/sts/aws4_request";
        assert!(authorization.contains(scope), "{authorization}");
    }

    #[test]
    fn an_answer_is_credentials_that_are_kept_until_shortly_before_they_expire() {
        let answer = "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
            <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
            <SessionToken>token</SessionToken><Expiration>2026-01-01T01:00:00.123Z</Expiration>\
            </Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let set = role().read_answer(answer).unwrap();
        let expires_at = Timestamp::parse_rfc3339("2026-01-01T01:00:00Z").unwrap();
        assert_eq!(set.expires_at, Some(expires_at));
        assert_eq!(set.credentials.access_key_id(), "ASIAIOSFODNN7EXAMPLE");
        let cache = RoleCache::default();
        let at = |seconds_before: u64| {
            Timestamp::from_unix_seconds(expires_at.unix_seconds() - seconds_before)
        };
        assert!(cache.fresh("photos", at(3600)).is_none());
        cache.keep("photos", set);
        assert!(
            cache.fresh("photos", at(601)).is_some() && cache.fresh("other", at(601)).is_none()
        );
        assert!(
            cache.fresh("photos", at(600)).is_none() && cache.usable("photos", at(1)).is_some()
        );
        assert!(cache.usable("photos", at(0)).is_none());
        for broken in ["", "<Error/>", &answer.replace("SessionToken", "Token")] {
            assert!(role().read_answer(broken).is_none());
        }
    }
}

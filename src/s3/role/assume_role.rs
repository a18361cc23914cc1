//! AWS STS `AssumeRole`: temporary credentials of a role, which a session policy limits to what the rules allow on the
//! store.

use http::Method;
use serde_json::Value;

use super::session_policy::Scope;
use crate::crypto::sha256;
use crate::encoding::{Slash, hex, percent_encode_into};
use crate::s3::store::partition::dns_suffix;
use crate::s3::{AuthorizedRequest, CredentialSet, Operation, Provider};
use crate::secret::Secret;
use crate::sigv4::{
    self, AccessKeyId, Credentials, Headers, Origin, PayloadHash, Region, RequestToSign, Service,
    Signer, SigningRegion, UriPath,
};
use crate::time::Timestamp;
use crate::variables::Table;
use crate::xml;

const DEFAULT_SECONDS: u64 = 3600;

/// A role to assume.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    role_arn: String,
    external_id: Option<String>,
    seconds: u64,
    endpoint: Origin,
    region: Region,
    /// Whether the bucket's side has a key service.
    has_kms: bool,
}

impl AssumeRole {
    /// Reads a store's `assume_role`, `external_id`, `role_seconds` and `sts_endpoint`. `None` if the store has no
    /// role, or if a setting is wrong, which is then a fault.
    pub(in crate::s3) fn read(
        table: &Table<'_>,
        region: Option<&str>,
        provider: Provider,
    ) -> Option<Self> {
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
        let regional = format!("https://sts.{region}.{}", dns_suffix(region));
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => Origin::parse_prefix(&regional).ok()?.0,
        };
        let region = Region::new(region).ok()?;
        let has_kms = provider == Provider::Aws;
        Some(Self { role_arn, external_id, seconds, endpoint, region, has_kms })
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
            region: &SigningRegion::One(self.region.clone()),
            service: &Service::sts(),
            time: now,
        };
        let authorized = signer.authorize(&RequestToSign {
            method: &sigv4::Method::POST,
            origin: &self.endpoint,
            path: &UriPath::normalized("/"),
            query: &[],
            headers: &headers,
            payload: PayloadHash::Of(body.as_bytes()),
        });
        let bound = headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let added = authorized.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        let headers = bound.chain(added).collect();
        (AuthorizedRequest { method: &Method::POST, url: authorized.url, headers }, body)
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

    /// Reads STS's answer.
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
        let (credentials, expires_at) = (credentials.ok()?, Some(expires_at));
        Some(CredentialSet { name, credentials, expires_at, writes_only: false })
    }

    /// The partition, `aws` or `aws-cn` or …
    fn partition(&self) -> &str {
        self.role_arn.split(':').nth(1).unwrap_or("aws")
    }

    /// The session policy that allows these operations on a bucket, and these further actions.
    pub fn session_policy(
        &self,
        bucket: &str,
        operations: &[Operation],
        extra_actions: &[&'static str],
    ) -> Value {
        let (partition, region) = (self.partition(), self.region.as_str());
        let scope = Scope { partition, region, bucket, has_kms: self.has_kms };
        scope.policy(operations, extra_actions)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::variables::Faults;

    fn role() -> AssumeRole {
        let json = json!({
            "assume_role": "arn:aws-cn:iam::123456789012:role/edge", "external_id": "a b",
        });
        let faults = Faults::default();
        let table = Table::new("STORES.photos", &json, &faults).unwrap();
        AssumeRole::read(&table, Some("cn-north-1"), Provider::Aws).unwrap()
    }

    #[test]
    fn sts_is_asked_for_no_more_than_the_rules_allow() {
        let role = role();
        let policy = role.session_policy("my-photos", &[Operation::PutObject], &[]);
        let resources = json!(["arn:aws-cn:s3:::my-photos", "arn:aws-cn:s3:::my-photos/*"]);
        assert_eq!(policy["Statement"][0]["Resource"], resources);
        let via = "s3.cn-north-1.*";
        let condition = &policy["Statement"][1]["Condition"];
        assert_eq!(*condition, json!({ "StringLike": { "kms:ViaService": via } }));
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

    /// The hosts are those of botocore's endpoint rules for `sts` with the partitions of its partitions.json.
    #[test]
    fn each_partition_has_its_own_sts() {
        for (region, host) in [
            ("eu-central-1", "sts.eu-central-1.amazonaws.com"),
            ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
            ("cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu"),
            ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov"),
            ("us-isof-south-1", "sts.us-isof-south-1.csp.hci.ic.gov"),
            ("eu-isoe-west-1", "sts.eu-isoe-west-1.cloud.adc-e.uk"),
        ] {
            let json = json!({ "assume_role": "arn:aws:iam::123456789012:role/edge" });
            let faults = Faults::default();
            let table = Table::new("STORES.photos", &json, &faults).unwrap();
            let role = AssumeRole::read(&table, Some(region), Provider::Aws).unwrap();
            assert_eq!(role.endpoint.authority(), host);
        }
    }

    #[test]
    fn an_answer_is_credentials() {
        let answer = "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
            <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
            <SessionToken>token</SessionToken><Expiration>2026-01-01T01:00:00.123Z</Expiration>\
            </Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let set = role().read_answer(answer).unwrap();
        let expires_at = Timestamp::parse_rfc3339("2026-01-01T01:00:00Z").unwrap();
        assert_eq!(set.expires_at, Some(expires_at));
        assert_eq!(set.credentials.access_key_id(), "ASIAIOSFODNN7EXAMPLE");
        for broken in ["", "<Error/>", &answer.replace("SessionToken", "Token")] {
            assert!(role().read_answer(broken).is_none());
        }
    }
}

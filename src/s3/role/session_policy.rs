//! The session policy of a role: what the rules allow on the store, as an IAM policy.

use serde_json::{Value, json};

use crate::order::sort_few;
use crate::s3::Operation;

/// The parts of a store's ARNs.
#[derive(Clone, Copy, Debug)]
pub(in crate::s3) struct Scope<'a> {
    /// `aws`, `aws-cn` or …
    pub(in crate::s3) partition: &'a str,
    pub(in crate::s3) region: &'a str,
    /// Its name, or an access point's ARN.
    pub(in crate::s3) bucket: &'a str,
    /// Whether there is a key service. MinIO takes no policy that names one.
    pub(in crate::s3) has_kms: bool,
}

/// The kind of bucket, which decides its ARNs and actions in IAM.
enum Kind<'a> {
    /// A bucket with a name, or an access point's ARN in the service `s3`.
    Plain,
    /// An ARN whose service has the same actions under its own prefix.
    Other(&'a str),
    /// A function that answers for a bucket.
    ObjectLambda,
    /// A directory bucket.
    Directory,
}

impl<'a> Scope<'a> {
    fn kind(&self) -> Kind<'a> {
        match self.bucket.split(':').nth(2) {
            Some("s3-object-lambda") => Kind::ObjectLambda,
            Some(service @ "s3-outposts") => Kind::Other(service),
            None if self.bucket.ends_with("--x-s3") => Kind::Directory,
            _ => Kind::Plain,
        }
    }

    /// The bucket and its objects.
    fn resources(&self) -> [String; 2] {
        let Self { partition, bucket, .. } = self;
        if bucket.starts_with("arn:") {
            return [(*bucket).to_owned(), format!("{bucket}/object/*")];
        }
        [format!("arn:{partition}:s3:::{bucket}"), format!("arn:{partition}:s3:::{bucket}/*")]
    }

    /// The region. A multi-region access point's ARN has none.
    fn region(&self) -> &'a str {
        match self.bucket.split(':').nth(3) {
            Some("") => "*",
            Some(region) => region,
            None => self.region,
        }
    }

    /// The policy that allows these operations, and these further actions.
    pub(in crate::s3) fn policy(&self, operations: &[Operation], more: &[&'static str]) -> Value {
        let mut actions: Vec<&str> = operations
            .iter()
            .flat_map(|op| iam_actions(*op))
            .copied()
            .chain(more.iter().copied())
            .collect();
        sort_few(&mut actions, |one, other| one > other);
        actions.dedup();
        let of_service = |service: &str| -> Vec<String> {
            let own = actions.iter().filter_map(|action| action.split_once(':'));
            own.map(|(_, action)| format!("{service}:{action}")).collect()
        };
        let mut statements = match self.kind() {
            Kind::Plain => vec![allow(&json!(actions), &json!(self.resources()))],
            Kind::Other(service) => {
                vec![allow(&json!(of_service(service)), &json!(self.resources()))]
            }
            Kind::ObjectLambda => {
                // Only S3 knows the function and the access point behind it, so this allows anything that Object Lambda
                // calls for the caller.
                let mut behind =
                    allow(&json!([&actions[..], &["lambda:InvokeFunction"]].concat()), &json!("*"));
                let by = json!({ "aws:CalledVia": "s3-object-lambda.amazonaws.com" });
                behind["Condition"] = json!({ "ForAnyValue:StringEquals": by });
                let own = allow(&json!(of_service("s3-object-lambda")), &json!(self.bucket));
                vec![own, behind]
            }
            Kind::Directory => {
                let Self { partition, region, bucket, .. } = self;
                // The account may differ from the role's; bucket names are unique across accounts.
                let bucket = format!("arn:{partition}:s3express:{region}:*:bucket/{bucket}");
                vec![allow(&json!("s3express:CreateSession"), &json!(bucket))]
            }
        };
        statements.extend(self.of_keys(operations));
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// Allows KMS keys through S3. The bucket's settings may name the key; the role's own policy and the keys' policies
    /// decide which may be used.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
    fn of_keys(&self, operations: &[Operation]) -> Option<Value> {
        let uses = |needed: fn(Operation) -> bool| operations.iter().any(|op| needed(*op));
        if !self.has_kms || !uses(|op| reads_bytes(op) || writes_bytes(op)) {
            return None;
        }
        let mut actions = vec!["kms:Decrypt"];
        if uses(writes_bytes) {
            actions.push("kms:GenerateDataKey");
        }
        let service = if matches!(self.kind(), Kind::Directory) { "s3express" } else { "s3" };
        // The rest after the region differs between partitions.
        let via = format!("{service}.{}.*", self.region());
        let mut keys = allow(&json!(actions), &json!("*"));
        keys["Condition"] = json!({ "StringLike": { "kms:ViaService": via } });
        Some(keys)
    }
}

fn allow(actions: &Value, resources: &Value) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": resources })
}

const fn reads_bytes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::GetObject | Operation::HeadObject | Operation::GetObjectAttributes
    )
}

/// A completion reads the parts again, and a bucket key is decrypted when it is used again.
const fn writes_bytes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::PutObject
            | Operation::CopyObject
            | Operation::CreateMultipartUpload
            | Operation::UploadPart
            | Operation::UploadPartCopy
            | Operation::CompleteMultipartUpload
    )
}

/// The IAM actions that an operation needs.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
const fn iam_actions(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::GetObject | Operation::HeadObject => &["s3:GetObject", "s3:GetObjectVersion"],
        Operation::PutObject
        | Operation::CreateMultipartUpload
        | Operation::UploadPart
        | Operation::CompleteMultipartUpload => &["s3:PutObject"],
        // A copy takes its source's tags, unless the request says otherwise.
        Operation::CopyObject => &[
            "s3:GetObject",
            "s3:GetObjectTagging",
            "s3:GetObjectVersion",
            "s3:GetObjectVersionTagging",
            "s3:PutObject",
            "s3:PutObjectTagging",
        ],
        Operation::UploadPartCopy => &["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
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

#[cfg(test)]
mod tests {
    use super::*;

    const OF: Scope<'_> =
        Scope { partition: "aws", region: "eu-central-1", bucket: "my-photos", has_kms: true };

    fn statements(scope: Scope<'_>, operations: &[Operation]) -> Value {
        scope.policy(operations, &[])["Statement"].clone()
    }

    fn keys(actions: &Value, via: &str) -> Value {
        json!({
            "Effect": "Allow", "Action": actions, "Resource": "*",
            "Condition": { "StringLike": { "kms:ViaService": via } },
        })
    }

    #[test]
    fn no_more_is_allowed_than_the_rules_do() {
        let operations = [Operation::PutObject, Operation::UploadPart, Operation::HeadObject];
        let scope = Scope { partition: "aws-cn", region: "cn-north-1", has_kms: false, ..OF };
        let policy = scope.policy(&operations, &["s3:PutObjectAcl"]);
        assert_eq!(
            policy["Statement"],
            json!([{
                "Effect": "Allow",
                "Action":
                    ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectAcl"],
                "Resource": ["arn:aws-cn:s3:::my-photos", "arn:aws-cn:s3:::my-photos/*"],
            }])
        );
    }

    #[test]
    fn keys_of_kms_are_used_through_s3_alone() {
        let last = |operation| statements(OF, &[operation])[1].clone();
        let (read, write) = (json!(["kms:Decrypt"]), json!(["kms:Decrypt", "kms:GenerateDataKey"]));
        let via = "s3.eu-central-1.*";
        assert_eq!(last(Operation::GetObject), keys(&read, via));
        assert_eq!(last(Operation::PutObject), keys(&write, via));
        assert_eq!(last(Operation::CompleteMultipartUpload), keys(&write, via));
        for operation in
            [Operation::DeleteObject, Operation::ListObjectsV2, Operation::PutObjectTagging]
        {
            assert_eq!(last(operation), Value::Null, "{operation}");
        }
    }

    #[test]
    fn a_copy_may_take_the_tags_along() {
        let actions = &statements(OF, &[Operation::CopyObject])[0]["Action"];
        for needed in ["s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging"] {
            assert!(actions.as_array().unwrap().contains(&json!(needed)), "{actions}");
        }
        let parts = &statements(OF, &[Operation::UploadPartCopy])[0]["Action"];
        assert!(!parts.to_string().contains("Tagging"), "{parts}");
    }

    #[test]
    fn what_is_no_plain_bucket_has_actions_and_names_of_its_own() {
        let at = |bucket| statements(Scope { bucket, ..OF }, &[Operation::GetObject]);
        let read = json!(["kms:Decrypt"]);

        let directory = at("photos--euc1-az1--x-s3");
        let arn = "arn:aws:s3express:eu-central-1:*:bucket/photos--euc1-az1--x-s3";
        let session =
            json!({ "Effect": "Allow", "Action": "s3express:CreateSession", "Resource": arn });
        assert_eq!(directory, json!([session, keys(&read, "s3express.eu-central-1.*")]));

        let arn = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/photos";
        let outpost = &at(arn)[0];
        assert_eq!(
            outpost["Action"],
            json!(["s3-outposts:GetObject", "s3-outposts:GetObjectVersion"])
        );
        assert_eq!(outpost["Resource"], json!([arn, format!("{arn}/object/*")]));

        let arn = "arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/photos";
        let lambda = at(arn);
        let own = json!(["s3-object-lambda:GetObject", "s3-object-lambda:GetObjectVersion"]);
        assert_eq!(lambda[0], json!({ "Effect": "Allow", "Action": own, "Resource": arn }));
        assert_eq!(
            lambda[1]["Action"],
            json!(["s3:GetObject", "s3:GetObjectVersion", "lambda:InvokeFunction"])
        );
        assert_eq!(
            lambda[1]["Condition"]["ForAnyValue:StringEquals"]["aws:CalledVia"],
            "s3-object-lambda.amazonaws.com"
        );
        assert_eq!(lambda[2], keys(&read, "s3.us-west-2.*"));

        let arn = "arn:aws:s3::123456789012:accesspoint/abc.mrap";
        let regions = at(arn);
        assert_eq!(regions[0]["Resource"], json!([arn, format!("{arn}/object/*")]));
        assert_eq!(regions[1], keys(&read, "s3.*.*"));
    }

    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    #[test]
    fn sts_takes_the_longest_policy() {
        let most = ["s3:PutObjectAcl", "s3:PutObjectTagging"];
        for bucket in [
            &format!("{}--euc1-az1--x-s3", "a".repeat(47)),
            &"a".repeat(63),
            &format!(
                "arn:aws:s3-object-lambda:ap-northeast-1:123456789012:accesspoint/{}",
                "a".repeat(45)
            ),
            &format!(
                "arn:aws:s3-outposts:ap-northeast-1:123456789012:outpost/op-01ac5d28a6a232904/accesspoint/{}",
                "a".repeat(50)
            ),
        ] {
            let policy = Scope { bucket, ..OF }.policy(&Operation::ALL, &most).to_string();
            assert!(policy.len() <= 2048, "{}: {policy}", policy.len());
        }
    }
}

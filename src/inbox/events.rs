//! What a store tells of objects that were written: R2's messages, S3's, which Ceph and MinIO send too, and those that
//! Amazon's event bus makes of them. Nothing of it is trusted: it has an upload looked at, and does no more.

use std::slice;

use serde_json::Value;

use super::UploadId;
use crate::encoding::percent_decode;
use crate::s3::Store;

/// What a message of a store says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// How many events it has.
    pub total: usize,
    /// How many of them are of no known form.
    pub unreadable: usize,
    /// The uploads for which something was written to an inbox, each once.
    pub landed: Vec<Landed>,
}

/// Something was written to an inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// The upload's name.
    pub id: UploadId,
    /// The key in the inbox.
    pub key: String,
}

/// Why a message isn't read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoEvents {
    /// It is no JSON.
    NotJson,
    /// It has more events than are read of one.
    TooMany,
}

/// What an event tells.
enum Told<'m> {
    /// An object was written.
    Written { bucket: &'m str, key: String },
    /// Something else.
    Other,
}

impl NoEvents {
    /// A sentence for whoever sent it.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotJson => "it is no JSON.",
            Self::TooMany => "it has more than 100 events.",
        }
    }
}

impl Events {
    /// The most that are read of one message.
    const MOST: usize = 100;

    /// Reads a message.
    pub fn read(message: &str, stores: &[Store]) -> Result<Self, NoEvents> {
        let parse = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| NoEvents::NotJson);
        let message = match parse(message)? {
            // A queue holds it as a text where whoever put it in says so.
            Value::String(text) => parse(&text)?,
            message => message,
        };
        let events = match message.get("Records") {
            Some(Value::Array(records)) => records.as_slice(),
            _ => slice::from_ref(&message),
        };
        if events.len() > Self::MOST {
            return Err(NoEvents::TooMany);
        }
        let mut read = Self { total: events.len(), ..Self::default() };
        for event in events {
            match told(event) {
                Some(Told::Written { bucket, key }) => {
                    let new = landed(stores, bucket, key).filter(|it| !read.landed.contains(it));
                    read.landed.extend(new);
                }
                Some(Told::Other) => {}
                None => read.unreadable += 1,
            }
        }
        Ok(read)
    }
}

/// What an event tells; `None` where it is of no known form.
fn told(event: &Value) -> Option<Told<'_>> {
    let text = |path: &str| event.pointer(path).and_then(Value::as_str);
    // https://developers.cloudflare.com/r2/buckets/event-notifications/#message-format
    if let Some(action) = text("/action") {
        if !matches!(action, "PutObject" | "CopyObject" | "CompleteMultipartUpload") {
            return Some(Told::Other);
        }
        let key = text("/object/key")?.to_owned();
        return Some(Told::Written { bucket: text("/bucket")?, key });
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    if let Some(name) = text("/eventName") {
        // MinIO, and Ceph of before, write it as it is configured.
        if !name.strip_prefix("s3:").unwrap_or(name).starts_with("ObjectCreated:") {
            return Some(Told::Other);
        }
        let (bucket, key) = (text("/s3/bucket/name")?, text("/s3/object/key")?.replace('+', " "));
        // Ceph writes keys as they are. One that can't be decoded is none of an inbox.
        let key = percent_decode(&key);
        return Some(
            key.map_or(Told::Other, |key| Told::Written { bucket, key: key.into_owned() }),
        );
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    if let Some(name) = text("/detail-type") {
        if name != "Object Created" {
            return Some(Told::Other);
        }
        let key = text("/detail/object/key")?.to_owned();
        return Some(Told::Written { bucket: text("/detail/bucket/name")?, key });
    }
    // What S3 sends when notifications are configured.
    (text("/Event")? == "s3:TestEvent").then_some(Told::Other)
}

/// The upload whose key in an inbox it is. Its object knows whether that is so.
fn landed(stores: &[Store], bucket: &str, key: String) -> Option<Landed> {
    let mut stores = stores.iter().filter(|store| store.accepts() && may_be(store, bucket));
    let id = stores.find_map(|store| UploadId::parse(key.strip_prefix(store.inbox())?))?;
    Some(Landed { id, key })
}

/// Whether a store may mean a bucket by that name. One that is named by an ARN has another.
fn may_be(store: &Store, bucket: &str) -> bool {
    store.bucket_in_forms() == bucket || store.bucket().starts_with("arn:")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::variables::{Faults, Table};

    const ID: &str = "7b0c0123456789abcdef0123456789ab";

    /// Stores with inboxes: their bucket, and what else they say.
    fn stores() -> Vec<Store> {
        let faults = Faults::default();
        let secret = |name: &str| match name.split_once('_')?.1 {
            "ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
            "SECRET_ACCESS_KEY" => Some("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
            _ => None,
        };
        let store = |name: &str, more: Value| {
            let mut value = json!({
                "region": "eu-central-1", "bucket": "my-photos", "credentials": "PHOTOS", "accept_credentials": "ACCEPT",
            });
            value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Store::read(name, Table::new(name, &value, &faults)?, &faults, &secret)
        };
        let ceph = "https://ceph.example.com";
        let stores = [
            store("photos", json!({ "provider": "aws" })),
            store(
                "tenants",
                json!({ "provider": "ceph", "endpoint": ceph, "bucket": "acme:files", "inbox": "new/files/" }),
            ),
        ];
        let stores: Option<Vec<Store>> = stores.into_iter().collect();
        stores.unwrap_or_else(|| panic!("{:?}", faults.into_vec()))
    }

    fn read(message: &Value) -> Result<Events, NoEvents> {
        Events::read(&message.to_string(), &stores())
    }

    /// The keys of uploads that a message leads to.
    fn keys(message: &Value) -> Vec<String> {
        let events = read(message).unwrap();
        assert_eq!(events.unreadable, 0, "{message}");
        events.landed.into_iter().map(|landed| landed.key).collect()
    }

    fn r2(action: &str, bucket: &str, key: &str) -> Value {
        let object =
            json!({ "key": key, "size": 65536, "eTag": "c846ff7a18f28c2e262116d6e8719ef0" });
        json!({
            "account": "3f4b7e3dcab231cbfdaa90a6a28bd548", "action": action, "bucket": bucket, "object": object,
            "eventTime": "2026-01-15T12:00:00.000Z",
        })
    }

    fn record(name: &str, bucket: &str, key: &str) -> Value {
        json!({
            "eventVersion": "2.5", "eventSource": "aws:s3", "awsRegion": "eu-central-1", "eventName": name,
            "s3": { "bucket": { "name": bucket }, "object": { "key": key, "size": 1024, "eTag": "d41d8c" } },
        })
    }

    fn bridge(kind: &str, bucket: &str, key: &str) -> Value {
        json!({
            "version": "0", "detail-type": kind, "source": "aws.s3", "account": "111122223333",
            "detail": { "version": "0", "bucket": { "name": bucket }, "object": { "key": key }, "reason": "PutObject" },
        })
    }

    #[test]
    fn each_form_leads_to_the_upload() {
        let key = format!("inbox/{ID}");
        let eu = format!("inbox/{ID}-eu");
        for action in ["PutObject", "CopyObject", "CompleteMultipartUpload"] {
            assert_eq!(keys(&r2(action, "my-photos", &eu)), [eu.as_str()]);
        }
        for name in ["Put", "Post", "Copy", "CompleteMultipartUpload"] {
            for name in [format!("ObjectCreated:{name}"), format!("s3:ObjectCreated:{name}")] {
                let records = json!({ "Records": [record(&name, "my-photos", &key)] });
                assert_eq!(keys(&records), [key.as_str()], "{name}");
            }
        }
        assert_eq!(keys(&bridge("Object Created", "my-photos", &key)), [key.as_str()]);
        // MinIO escapes slashes too, and names the key once more.
        let minio = json!({
            "EventName": "s3:ObjectCreated:Put", "Key": format!("my-photos/{key}"),
            "Records": [record("s3:ObjectCreated:Put", "my-photos", &key.replace('/', "%2F"))],
        });
        assert_eq!(keys(&minio), [key.as_str()]);
        // Of a tenant's bucket Ceph tells without the tenant.
        let theirs = format!("new/files/{ID}");
        let ceph = json!({ "Records": [record("ObjectCreated:Put", "files", &theirs)] });
        assert_eq!(keys(&ceph), [theirs.as_str()]);
        // A queue that holds texts.
        let text = Value::from(r2("PutObject", "my-photos", &key).to_string());
        assert_eq!(keys(&text), [key.as_str()]);
    }

    #[test]
    fn what_is_told_twice_is_looked_at_once() {
        let (key, other) = (format!("inbox/{ID}"), format!("inbox/{}", "0".repeat(32)));
        let one = |key: &str| record("ObjectCreated:Put", "my-photos", key);
        let message = json!({ "Records": [one(&key), one(&other), one(&key)] });
        assert_eq!(keys(&message), [key, other]);
    }

    #[test]
    fn what_is_nobodys_upload_leads_nowhere() {
        let key = format!("inbox/{ID}");
        let others = [
            r2("DeleteObject", "my-photos", &key),
            r2("LifecycleDeletion", "my-photos", &key),
            r2("PutObject", "your-photos", &key),
            r2("PutObject", "acme:files", &format!("new/files/{ID}")),
            bridge("Object Deleted", "my-photos", &key),
            bridge("Object Tags Added", "my-photos", &key),
            json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "my-photos" }),
            json!({ "Records": [] }),
            json!({ "Records": [record("ObjectRemoved:Delete", "my-photos", &key)] }),
            json!({ "Records": [record("ObjectCreated:Put", "my-photos", "100% of it")] }),
            json!({ "Records": [record("ObjectCreated:Put", "my-photos", "inbox/%ff")] }),
            json!({ "Records": [record("s3:ObjectTagging:Put", "my-photos", &key)] }),
        ];
        for message in others {
            assert_eq!(keys(&message), [""; 0], "{message}");
        }
        for key in [
            ID.to_owned(),
            format!("inbox/held/{ID}"),
            format!("inbox/{ID}/x"),
            format!("inbox//{ID}"),
            format!("Inbox/{ID}"),
            format!("inbox/{ID} "),
            format!("inbox/{}", ID.to_uppercase()),
            format!("inbox/{}", &ID[1..]),
            format!("new/files/{ID}"),
            "users/alice/cat+dog.png".to_owned(),
        ] {
            assert_eq!(keys(&r2("PutObject", "my-photos", &key)), [""; 0], "{key}");
        }
    }

    #[test]
    fn what_cant_be_read_says_so() {
        for text in ["", "{", "\u{0}", "nul", "{\"Records\":[}", "\"{\""] {
            assert_eq!(Events::read(text, &stores()), Err(NoEvents::NotJson), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Events::read(&deep, &stores()), Err(NoEvents::NotJson));
        let unknown = [
            json!(null),
            json!(7),
            json!([]),
            json!("7"),
            json!({}),
            json!({ "Records": {} }),
            json!({ "action": 7 }),
            json!({ "action": "PutObject" }),
            json!({ "action": "PutObject", "bucket": "b" }),
            json!({ "action": "PutObject", "bucket": "b", "object": { "key": ["x"] } }),
            json!({ "Event": "s3:Other" }),
            json!({ "Records": [{ "eventName": "ObjectCreated:Put" }] }),
            json!({ "Records": [[[]]] }),
            json!({ "detail-type": "Object Created", "detail": [] }),
        ];
        for message in unknown {
            let events = read(&message).unwrap();
            assert_eq!((events.total, events.unreadable), (1, 1), "{message}");
        }
        // One that can't be read holds no other up.
        let key = format!("inbox/{ID}");
        let good = record("ObjectCreated:Put", "my-photos", &key);
        let events = read(&json!({ "Records": [{}, good, null] })).unwrap();
        assert_eq!((events.total, events.unreadable, events.landed.len()), (3, 2, 1));
        let many = |count| json!({ "Records": vec![good.clone(); count] });
        assert_eq!(read(&many(100)).unwrap().landed.len(), 1);
        assert_eq!(read(&many(101)), Err(NoEvents::TooMany));
    }
}

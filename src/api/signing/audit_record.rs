//! A decision as data (who asked for what, the outcome, the rule), and the lines that it is written in.

use std::borrow::Cow;

use crate::link::Network;
use crate::s3::Tag;
use crate::time::Timestamp;

/// A decision. It never holds a token, a signature or a secret.
#[derive(Clone, Debug, Default)]
pub struct AuditRecord {
    /// When.
    pub time: Option<Timestamp>,
    /// The request's name in problems and other log lines.
    pub request_id: String,
    /// Its place among the request's decisions, in the order of the request. Some are refused before others are paid
    /// for.
    pub place: usize,
    /// The session's issuer; empty without a session.
    pub issuer: String,
    /// The session's subject; empty without a session.
    pub subject: String,
    /// The S3 operation; empty if the request didn't get that far.
    pub operation: &'static str,
    /// The store's name.
    pub store: String,
    /// SHA-256 of the object's key, in hexadecimal: whoever knows the key finds its lines.
    pub key_sha256: String,
    /// The key itself, if the configuration asks for it.
    pub key: Option<String>,
    /// The rule that allowed it, forbade it, or came closest.
    pub rule: String,
    /// `allowed`, or the code of the problem that was answered.
    pub outcome: &'static str,
    /// The check that stopped the closest rule.
    pub dimension: String,
    /// When the URL, form or link expires.
    pub expires_at: Option<Timestamp>,
    /// The ledger's name of the one-time key or the link.
    pub one_time_id: String,
    /// `mint` if a link was made, `link` if one was redeemed; issuer and subject are then its maker's.
    pub via: &'static str,
    /// The tag of the URL, if it has one.
    pub tag: Option<Tag>,
    /// The beginning of the window in which the same URL is given out, if the tag is a window's.
    pub window: Option<Timestamp>,
    /// The network that was answered, if the configuration asks for it.
    pub network: Option<Network>,
    /// SHA-256 of the session's `jti`, in hexadecimal, if the URL has a tag.
    pub token_id_sha256: String,
    /// The name of the link that was made. Its maker and the operator look it up by this name, which doesn't open it.
    pub link_id: String,
    /// The name of the upload, if the URL writes into an inbox.
    pub upload: String,
}

impl AuditRecord {
    /// All fields, in the order of the documentation; missing ones are empty.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        self.common().into_iter().chain(self.own())
    }

    /// The fields that all records of one line share, which [`Self::is_beside`] compares.
    fn common(&self) -> [(&'static str, Cow<'_, str>); 4] {
        [
            ("time", shown(self.time)),
            ("request_id", self.request_id.as_str().into()),
            ("issuer", self.issuer.as_str().into()),
            ("subject", self.subject.as_str().into()),
        ]
    }

    fn own(&self) -> [(&'static str, Cow<'_, str>); 16] {
        [
            ("operation", self.operation.into()),
            ("store", self.store.as_str().into()),
            ("key_sha256", self.key_sha256.as_str().into()),
            ("key", self.key.as_deref().unwrap_or_default().into()),
            ("rule", self.rule.as_str().into()),
            ("outcome", self.outcome.into()),
            ("dimension", self.dimension.as_str().into()),
            ("expires_at", shown(self.expires_at)),
            ("one_time_id", self.one_time_id.as_str().into()),
            ("via", self.via.into()),
            ("tag", shown(self.tag)),
            ("window", shown(self.window)),
            ("network", shown(self.network)),
            ("token_id_sha256", self.token_id_sha256.as_str().into()),
            ("link_id", self.link_id.as_str().into()),
            ("upload", self.upload.as_str().into()),
        ]
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        let mut line = LineWriter::new("decision");
        line.texts(self.fields());
        line.finish()
    }

    /// Whether another record has the same request and subject.
    fn is_beside(&self, other: &Self) -> bool {
        fn whose(record: &AuditRecord) -> (Option<Timestamp>, &str, &str, &str) {
            (record.time, &record.request_id, &record.issuer, &record.subject)
        }
        whose(self) == whose(other)
    }
}

fn shown(value: Option<impl ToString>) -> Cow<'static, str> {
    value.map_or(Cow::default(), |value| value.to_string().into())
}

/// The most decisions in one line.
pub const MAX_GROUP: usize = 100;

/// The lines of a request's decisions: one for each or, if there are many, one for up to a hundred, with their shared
/// fields once. So a thousand decisions fit into the 256 KB that the runtime keeps of a request's log
/// (<https://developers.cloudflare.com/workers/observability/logs/workers-logs/#limits>).
pub fn lines(records: &[AuditRecord]) -> Vec<String> {
    records
        .chunk_by(AuditRecord::is_beside)
        .flat_map(|same| same.chunks(MAX_GROUP))
        .map(|group| match group {
            [one] => one.to_json(),
            [first, ..] => {
                let mut line = LineWriter::new("decisions");
                line.texts(first.common());
                line.list("decisions", group.iter().map(AuditRecord::own));
                line.finish()
            }
            [] => String::new(),
        })
        .collect()
}

/// Writes a line: a JSON object of texts and of lists of such objects. Empty texts are left out.
struct LineWriter(Vec<u8>);

impl LineWriter {
    fn new(event: &'static str) -> Self {
        let mut line = Self(Vec::with_capacity(512));
        line.0.push(b'{');
        line.texts([("event", event.into())]);
        line
    }

    /// The names of fields are plain: nothing in them is escaped.
    fn name(&mut self, name: &'static str) {
        self.separate();
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    fn separate(&mut self) {
        if !self.0.ends_with(b"{") && !self.0.ends_with(b"[") {
            self.0.push(b',');
        }
    }

    fn texts<'a>(&mut self, fields: impl IntoIterator<Item = (&'static str, Cow<'a, str>)>) {
        for (name, text) in fields {
            if !text.is_empty() {
                self.name(name);
                // Every text can be written, and a vector takes it.
                let _ = serde_json::to_writer(&mut self.0, &text);
            }
        }
    }

    fn list<'a, const N: usize>(
        &mut self,
        name: &'static str,
        objects: impl Iterator<Item = [(&'static str, Cow<'a, str>); N]>,
    ) {
        self.name(name);
        self.0.push(b'[');
        for object in objects {
            self.separate();
            self.0.push(b'{');
            self.texts(object);
            self.0.push(b'}');
        }
        self.0.push(b']');
    }

    fn finish(mut self) -> String {
        self.0.push(b'}');
        String::from_utf8(self.0).unwrap_or_default()
    }
}

//! What every measurement uses: requests that are signed, sent and counted, and whose objects are removed.

use std::thread;

use edge_signer::time::Timestamp;
use edge_signer::xml;

use super::answer::Answer;
use super::bucket::{Bucket, Twist};
use super::call::Call;
use super::cleaner::Cleaner;
use super::client::{Client, Fault, Outgoing};
use super::verdict::{Finding, Recorder, Verdict, found};

/// The usual body.
pub(super) const BODY: &[u8] = b"edge-signer probe\n";
/// As long as [`BODY`].
pub(super) const OTHER: &[u8] = b"edge-signer other\n";

/// S3's smallest part that isn't the last: 5 MiB.
pub(super) const LEAST_PART: usize = 5 * 1024 * 1024;

/// A bucket under measurement.
pub(super) struct Lab<'a> {
    pub(super) bucket: &'a Bucket,
    pub(super) client: &'a Client,
    pub(super) cleaner: Cleaner,
    pub(super) recorder: Recorder,
    /// Sentences besides the rows.
    pub(super) also: Vec<String>,
    clock: &'a dyn Fn() -> Timestamp,
    progress: &'a dyn Fn(&str),
    folder: String,
    /// Whether browser forms work at all.
    pub(super) has_forms: bool,
    /// The provider, if it can be told.
    pub(super) provider: Option<&'static str>,
}

impl<'a> Lab<'a> {
    pub(super) fn new(
        bucket: &'a Bucket,
        client: &'a Client,
        folder: String,
        clock: &'a dyn Fn() -> Timestamp,
        progress: &'a dyn Fn(&str),
    ) -> Self {
        let cleaner = Cleaner::new([folder.clone(), format!("/{folder}")]);
        let (recorder, also) = (Recorder::default(), Vec::new());
        Self {
            bucket,
            client,
            cleaner,
            recorder,
            also,
            clock,
            progress,
            folder,
            has_forms: false,
            provider: None,
        }
    }

    /// A key in the probe's folder.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.folder)
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Announces the next measurement.
    pub(super) fn tell(&self, what: &str) {
        (self.progress)(what);
    }

    /// Records one measurement; a fault becomes the verdict `error`.
    pub(super) fn measure(
        &mut self,
        feature: &'static str,
        operation: &'static str,
        measure: impl FnOnce(&mut Self) -> Result<Finding, Fault>,
    ) {
        let finding = match self.client.obstacle() {
            Some(obstacle) => Err(obstacle),
            None => measure(self),
        };
        let finding = finding.unwrap_or_else(|fault| found(Verdict::Error, fault.sentence()));
        self.recorder.add(feature, operation, finding);
    }

    /// Signs and sends.
    pub(super) fn send(&mut self, call: &Call) -> Result<Answer, Fault> {
        self.send_with(call, Twist::default())
    }

    /// The same, with another date or scope.
    pub(super) fn send_with(&mut self, call: &Call, twist: Twist<'_>) -> Result<Answer, Fault> {
        let outgoing = self.bucket.sign_with(call, self.now(), twist)?;
        self.send_signed(call, &outgoing)
    }

    /// Sends a signed request.
    pub(super) fn send_signed(
        &mut self,
        call: &Call,
        outgoing: &Outgoing,
    ) -> Result<Answer, Fault> {
        let Some(key) = call.writes() else { return self.client.send(outgoing) };
        self.write(key, outgoing)
    }

    /// Sends a request that may write `key`.
    pub(super) fn write(&mut self, key: &str, outgoing: &Outgoing) -> Result<Answer, Fault> {
        let is_new = self.cleaner.will_write(key);
        self.client.set_reserve(self.cleaner.reserve());
        let answer = self.client.send(outgoing);
        if is_new && answer.as_ref().is_ok_and(|answer| (300..500).contains(&answer.status)) {
            self.cleaner.was_not_written(key);
        }
        answer
    }

    /// Sends all of them at once.
    pub(super) fn at_once(&mut self, calls: &[Call]) -> Result<Vec<Answer>, Fault> {
        let now = self.now();
        let signed = calls.iter().map(|call| self.bucket.sign(call, now));
        let signed = signed.collect::<Result<Vec<_>, _>>()?;
        for key in calls.iter().filter_map(Call::writes) {
            self.cleaner.will_write(key);
        }
        self.client.set_reserve(self.cleaner.reserve());
        let client = self.client;
        thread::scope(|scope| {
            let sent: Vec<_> =
                signed.iter().map(|outgoing| scope.spawn(|| client.send(outgoing))).collect();
            let joined = sent.into_iter().map(|thread| {
                let lost = |_| Err(Fault::Unexpected("a thread ended early".to_owned()));
                thread.join().unwrap_or_else(lost)
            });
            joined.collect()
        })
    }

    /// Sends a request that has to succeed for the measurement to mean anything.
    pub(super) fn expect(&mut self, call: &Call, what: &str) -> Result<Answer, Fault> {
        let answer = self.send(call)?;
        if answer.is_ok() { Ok(answer) } else { Err(unexpected(what, &answer)) }
    }

    /// Writes an object.
    pub(super) fn put(&mut self, key: &str, body: &[u8]) -> Result<Answer, Fault> {
        self.expect(&Call::put(key, body), "a plain PutObject")
    }

    /// An object's bytes; `None` if there is no such object.
    pub(super) fn read(&mut self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let answer = self.send(&Call::get(key))?;
        match answer.status {
            404 => Ok(None),
            _ if answer.is_ok() => Ok(Some(answer.body)),
            _ => Err(unexpected("a plain GetObject", &answer)),
        }
    }

    /// Whether an object's bytes are these.
    pub(super) fn holds(&mut self, key: &str, body: &[u8]) -> Result<bool, Fault> {
        Ok(self.read(key)?.as_deref() == Some(body))
    }

    pub(super) fn delete(&mut self, key: &str) -> Result<Answer, Fault> {
        let answer = self.send(&Call::delete(key))?;
        if answer.is_ok() {
            self.cleaner.was_deleted(key);
        }
        Ok(answer)
    }

    /// A copy of `source`.
    pub(super) fn copy(&self, source: &str, key: &str) -> Call {
        let source = self.bucket.copy_source(source);
        Call::new("PUT", key).header("x-amz-copy-source", &source)
    }

    /// Sends the request that begins an upload; returns the id if there is one.
    pub(super) fn begin(
        &mut self,
        key: &str,
        headers: &[(&str, &str)],
    ) -> Result<(Answer, Option<String>), Fault> {
        let call = Call::new("POST", key).query("uploads", "").headers(headers);
        let answer = self.send(&call)?;
        let id = answer.is_ok().then(|| answer.element("UploadId")).flatten();
        if let Some(id) = &id {
            self.cleaner.was_begun(key, id);
        }
        Ok((answer, id))
    }

    /// Begins an upload, which has to succeed.
    pub(super) fn begin_plain(&mut self, key: &str) -> Result<String, Fault> {
        let (answer, id) = self.begin(key, &[])?;
        id.ok_or_else(|| unexpected("a plain CreateMultipartUpload", &answer))
    }

    /// The call that writes a part.
    pub(super) fn part(key: &str, id: &str, number: u32, body: &[u8]) -> Call {
        Call::put(key, body).query("partNumber", &number.to_string()).query("uploadId", id)
    }

    /// Writes a part; gives its `ETag`.
    pub(super) fn put_part(
        &mut self,
        key: &str,
        id: &str,
        number: u32,
        body: &[u8],
    ) -> Result<String, Fault> {
        let answer = self.expect(&Self::part(key, id, number, body), "a plain UploadPart")?;
        let etag = answer.header("etag").map(str::to_owned);
        etag.ok_or_else(|| Fault::Unexpected("UploadPart answered without an ETag".to_owned()))
    }

    /// The call that ends an upload.
    pub(super) fn completion(key: &str, id: &str, etags: &[String]) -> Call {
        let parts = etags.iter().zip(1..).map(|(etag, number)| {
            let etag = xml::escape(etag);
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        });
        let parts: String = parts.collect();
        let body = format!(
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}\
             </CompleteMultipartUpload>"
        );
        Call::new("POST", key).query("uploadId", id).body(body.as_bytes())
    }

    /// Ends an upload.
    pub(super) fn complete(
        &mut self,
        key: &str,
        id: &str,
        etags: &[String],
        headers: &[(&str, &str)],
    ) -> Result<Answer, Fault> {
        let answer = self.send(&Self::completion(key, id, etags).headers(headers))?;
        if answer.is_ok() {
            self.cleaner.was_ended(key, id);
        }
        Ok(answer)
    }

    pub(super) fn abort(&mut self, key: &str, id: &str) -> Result<(), Fault> {
        let answer = self.send(&Call::delete(key).query("uploadId", id))?;
        if answer.is_ok() || answer.status == 404 {
            self.cleaner.was_ended(key, id);
        }
        Ok(())
    }

    /// An object made of one part.
    pub(super) fn put_in_parts(&mut self, key: &str) -> Result<Answer, Fault> {
        let id = self.begin_plain(key)?;
        let etag = self.put_part(key, &id, 1, BODY)?;
        let answer = self.complete(key, &id, &[etag], &[])?;
        if answer.is_ok() {
            Ok(answer)
        } else {
            Err(unexpected("a plain CompleteMultipartUpload", &answer))
        }
    }
}

/// A failure that has nothing to do with the measurement.
pub(super) fn unexpected(what: &str, answer: &Answer) -> Fault {
    Fault::Unexpected(format!("{what} was answered {}", answer.brief()))
}

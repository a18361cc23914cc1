use super::{Hook, Scanner};
use crate::s3::MAX_PUT_BYTES;
use crate::secret::Secret;
use crate::variables::{Faults, Table, secret_name};

/// `[vars.UPLOADS]`: who else looks at uploads, and who is told how they ended.
#[derive(Clone, Debug)]
pub struct UploadSettings {
    /// Who is asked, where a rule has `scan = "webhook"`.
    pub scanner: Option<Scanner>,
    /// What is waited for, where a rule has `scan = "tag"`.
    pub tag: ScanTag,
    /// Who is told how one ended.
    pub outcome: Option<Hook>,
    /// The binding of the queue that is told it.
    pub queue: Option<String>,
    /// What stores show that tell of uploads over HTTP. Without any, none may.
    pub events_secrets: Vec<Secret>,
    /// The most bytes that the store is asked to copy in one request; larger objects are copied by parts of that size.
    pub max_copy: u64,
}

/// The least that S3 takes as a part.
const LEAST_PART: u64 = 5 << 20;

impl Default for UploadSettings {
    fn default() -> Self {
        Self {
            scanner: None,
            tag: ScanTag::default(),
            outcome: None,
            queue: None,
            events_secrets: Vec::new(),
            max_copy: MAX_PUT_BYTES,
        }
    }
}

/// The least bytes of a store's secret.
const MIN_SECRET_BYTES: usize = 32;

/// The tag by which a scanner says what it found. As shipped it is that of Amazon's service
/// (<https://docs.aws.amazon.com/guardduty/latest/ug/monitoring-malware-protection-s3-scans-gdu.html>).
#[derive(Clone, Debug)]
pub struct ScanTag {
    /// Its name.
    pub name: String,
    /// Its value where nothing was found.
    pub clean: String,
    /// Its value where something was.
    pub infected: String,
}

impl Default for ScanTag {
    fn default() -> Self {
        Self {
            name: "GuardDutyMalwareScanStatus".to_owned(),
            clean: "NO_THREATS_FOUND".to_owned(),
            infected: "THREATS_FOUND".to_owned(),
        }
    }
}

impl UploadSettings {
    /// Reads `[vars.UPLOADS]`.
    pub fn read(
        table: Table<'_>,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let scanner = Scanner::read(&table, faults, secret);
        let tag = table.table("tag").map(ScanTag::read).unwrap_or_default();
        let outcome = Hook::read(&table, "outcome", faults, secret);
        let queue = table.parsed("queue", |name| {
            let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            let fits =
                name.bytes().all(valid) && name.starts_with(|c: char| c.is_ascii_alphabetic());
            fits.then(|| name.to_owned())
                .ok_or("has to be the name of a binding, such as UPLOADS_QUEUE")
        });
        let names = table.one_or_more("events_secret", secret_name).unwrap_or_default();
        let max_copy = table.integer("max_copy").unwrap_or(MAX_PUT_BYTES);
        if !(LEAST_PART..=MAX_PUT_BYTES).contains(&max_copy) {
            table.fault("max_copy", "has to be 5242880 (5 MiB) to 5368709120 (5 GiB) bytes");
        }
        table.finish();
        let secrets = names.iter().filter_map(|name| read_secret(name, faults, secret));
        let events_secrets = secrets.collect();
        Self { scanner, tag, outcome, queue, events_secrets, max_copy }
    }
}

fn read_secret(
    name: &str,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<Secret> {
    let value = secret(name).unwrap_or_default();
    if value.is_empty() {
        faults.add(name, format!("this secret is missing: npx wrangler secret put {name}"));
    } else if value.len() < MIN_SECRET_BYTES {
        faults.add(name, format!("is shorter than {MIN_SECRET_BYTES} bytes"));
    }
    (value.len() >= MIN_SECRET_BYTES).then(|| Secret::new(value))
}

impl ScanTag {
    fn read(table: Table<'_>) -> Self {
        let mut tag = Self::default();
        for (name, value) in
            [("name", &mut tag.name), ("clean", &mut tag.clean), ("infected", &mut tag.infected)]
        {
            let text = table
                .parsed(name, |text| (!text.is_empty()).then(|| text.to_owned()).ok_or("is empty"));
            *value = text.unwrap_or_else(|| value.clone());
        }
        if tag.clean == tag.infected {
            table.fault("infected", "is what clean is too");
        }
        table.finish();
        tag
    }
}

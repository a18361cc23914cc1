//! MinIO's audit log: one object a line, with the query as an object in it, and the API's name instead of a method.
//! MinIO joins the values of parameters with one name by commas.

use super::json::{Raw, members, object_in};
use super::logged::{Logged, Mark, Method, Path, Read, Signed, Unreadable, address};
use super::moment;
use super::request_line::{mark_of, names_signature};
use crate::s3::TAG_PARAMETER;

/// The member `api`.
#[derive(Default)]
struct Api<'a> {
    name: &'a [u8],
    bucket: Option<Raw<'a>>,
    object: Option<Raw<'a>>,
    status: Option<u16>,
    received: Option<u64>,
    sent: Option<u64>,
}

pub(super) fn read(line: &[u8]) -> Read<'_> {
    let (mut time, mut remote, mut path) = (None, None, None);
    let (mut api, mut query, mut request_id) = (None, None, &b""[..]);
    members(object_in(line)?, |name, value| match name {
        b"time" => time = Some(value),
        b"remotehost" => remote = Some(value),
        b"requestPath" => path = Some(value),
        b"requestQuery" => query = Some(value),
        b"requestID" => request_id = value.plain().unwrap_or_default(),
        b"api" => api = Some(value),
        _ => {}
    })?;
    let (Some(time), Some(api)) = (time, api) else { return Err(Unreadable::Garbage) };
    let time = time.plain().and_then(moment::iso).ok_or(Unreadable::Garbage)?;
    let api = read_api(api)?;
    let path = match path {
        Some(path) => path.text(),
        // Older releases have no path.
        None => api.path().into(),
    };
    Ok(Some(Logged {
        time,
        address: remote.and_then(|remote| address(remote.plain()?)),
        method: method_of(api.name),
        path: Path::Decoded(String::from_utf8_lossy(&path).into_owned().into()),
        signed: query.map_or(Ok(Signed::Otherwise), read_query)?,
        status: api.status,
        sent: api.sent,
        received: api.received,
        request_id,
        is_end: false,
    }))
}

impl Api<'_> {
    fn path(&self) -> Vec<u8> {
        let [bucket, object] =
            [self.bucket, self.object].map(|part| part.map(Raw::text).unwrap_or_default());
        [b"/", &*bucket, b"/", &*object].concat()
    }
}

fn read_api(api: Raw<'_>) -> Result<Api<'_>, Unreadable> {
    let mut read = Api::default();
    members(api.0, |name, value| match name {
        b"bucket" => read.bucket = Some(value),
        b"object" => read.object = Some(value),
        b"name" => read.name = value.plain().unwrap_or_default(),
        b"statusCode" => read.status = value.number(),
        b"rx" => read.received = value.number(),
        b"tx" => read.sent = value.number(),
        _ => {}
    })?;
    Ok(read)
}

fn read_query(query: Raw<'_>) -> Result<Signed, Unreadable> {
    let (mut is_signed, mut mark) = (false, Mark::None);
    members(query.0, |name, value| {
        is_signed = is_signed || names_signature(name);
        if name == TAG_PARAMETER.as_bytes() {
            mark = mark_of(mark, &value.text());
        }
    })?;
    Ok(if is_signed { Signed::InQuery(mark) } else { Signed::Otherwise })
}

/// The method of an API, if it matters.
fn method_of(name: &[u8]) -> Method {
    match name {
        b"PutObject" | b"PutObjectPart" | b"CopyObject" | b"CopyObjectPart"
        | b"PutObjectTagging" => Method::Put,
        b"NewMultipartUpload" | b"CompleteMultipartUpload" | b"PostPolicyBucket" => Method::Post,
        b"DeleteObject" | b"AbortMultipartUpload" => Method::Delete,
        name if name.starts_with(b"Head") => Method::Head,
        name if name.starts_with(b"Get") || name.starts_with(b"List") => Method::Get,
        _ => Method::Other,
    }
}

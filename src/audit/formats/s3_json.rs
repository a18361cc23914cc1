//! S3's server access log, as `CloudWatch` has it: an object a line, of the fields of the text.

use std::borrow::Cow;

use super::json::{Raw, members, object_in};
use super::{Logged, Method, Path, Read, Unreadable, address, moment, request_line};

pub(super) fn read(line: &[u8]) -> Read<'_> {
    let (mut time, mut remote, mut request) = (None, None, None);
    let (mut status, mut sent, mut size) = (None, None, None);
    let (mut request_id, mut is_s3) = (&b""[..], false);
    members(object_in(line)?, |name, value| match name {
        b"request_time" => time = Some(value),
        b"remote_ip" => remote = Some(value),
        b"request_uri" => request = Some(value),
        b"http_status" => status = value.number(),
        b"bytes_sent" => sent = Some(value),
        b"object_size" => size = value.number(),
        b"request_id" => request_id = value.plain().unwrap_or_default(),
        b"bucket_arn" | b"bucket_name" => is_s3 = true,
        _ => {}
    })?;
    let (Some(time), true) = (time, is_s3) else { return Err(Unreadable::Garbage) };
    let time = time.plain().and_then(moment::iso).ok_or(Unreadable::Garbage)?;
    let Some((method, path, signed)) = request.and_then(of_request) else { return Ok(None) };
    Ok(Some(Logged {
        time,
        address: remote.and_then(|remote| address(remote.plain()?)),
        method,
        path,
        signed,
        status,
        // `null` stands for none, as `-` does in the text.
        sent: match sent {
            Some(Raw(b"null" | b"\"-\"")) => Some(0),
            Some(sent) => sent.number(),
            None => None,
        },
        received: size.filter(|_| method == Method::Put),
        request_id,
    }))
}

fn of_request(request: Raw<'_>) -> Option<(Method, Path<'_>, super::Signed)> {
    owned_or_borrowed(request.text())
}

/// The parts of a request line. One that had escapes is a text of its own, and so is its path.
pub(super) fn owned_or_borrowed(line: Cow<'_, [u8]>) -> Option<(Method, Path<'_>, super::Signed)> {
    match line {
        Cow::Borrowed(line) => {
            let (method, target) = request_line::split(trimmed(line))?;
            let (path, signed) = request_line::of_target(target);
            Some((method, path, signed))
        }
        Cow::Owned(line) => {
            let (method, target) = request_line::split(trimmed(&line))?;
            let (path, signed) = request_line::of_target(target);
            let Path::Encoded(path) = path else { return None };
            let decoded = request_line::decode(path);
            let decoded = String::from_utf8_lossy(&decoded).into_owned();
            Some((method, Path::Decoded(decoded.into()), signed))
        }
    }
}

/// Without the quotation marks of the text's form.
fn trimmed(line: &[u8]) -> &[u8] {
    match line {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    }
}

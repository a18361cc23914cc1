//! S3's server access log in `CloudWatch`: one object a line, with the fields of the text.

use super::json::{members, object_in};
use super::logged::{Logged, Method, Read, Unreadable, address};
use super::{moment, request_line};

pub(super) fn read(line: &[u8]) -> Read<'_> {
    let (mut time, mut remote, mut request) = (None, None, None);
    let (mut status, mut sent, mut size) = (None, None, None);
    let (mut request_id, mut is_s3) = (&b""[..], false);
    members(object_in(line)?, |name, value| match name {
        b"request_time" => time = Some(value),
        b"remote_ip" => remote = Some(value),
        b"request_uri" => request = Some(value),
        b"http_status" => status = value.number(),
        b"bytes_sent" => sent = value.number(),
        b"object_size" => size = value.number(),
        b"request_id" => request_id = value.plain().unwrap_or_default(),
        b"bucket_arn" | b"bucket_name" => is_s3 = true,
        _ => {}
    })?;
    let (Some(time), true) = (time, is_s3) else { return Err(Unreadable::Garbage) };
    let time = time.plain().and_then(moment::iso).ok_or(Unreadable::Garbage)?;
    let Some((method, path, signed)) = request.and_then(|it| request_line::of_text(it.text()))
    else {
        return Ok(None);
    };
    Ok(Some(Logged {
        time,
        address: remote.and_then(|remote| address(remote.plain()?)),
        method,
        path,
        signed,
        status,
        sent,
        received: size.filter(|_| method == Method::Put),
        request_id,
        is_end: false,
    }))
}

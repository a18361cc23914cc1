//! The ops log of Ceph's gateway: one object a line in a file, or entries of a list from its socket.

use super::json::{members, object_in};
use super::logged::{Logged, Read, Unreadable, address};
use super::{moment, request_line};

pub(super) fn read(line: &[u8]) -> Read<'_> {
    let (mut time, mut remote, mut request) = (None, None, None);
    let (mut status, mut sent, mut received) = (None, None, None);
    let mut request_id = &b""[..];
    members(object_in(line)?, |name, value| match name {
        b"time" => time = Some(value),
        b"remote_addr" => remote = Some(value),
        b"uri" => request = Some(value),
        b"http_status" => status = value.number(),
        b"bytes_sent" => sent = value.number(),
        b"bytes_received" => received = value.number(),
        b"trans_id" => request_id = value.plain().unwrap_or_default(),
        _ => {}
    })?;
    let (Some(time), Some(remote), Some(request)) = (time, remote, request) else {
        return Err(Unreadable::Garbage);
    };
    let time = time.plain().and_then(moment::iso).ok_or(Unreadable::Garbage)?;
    let request = request_line::of_text(request.text());
    let Some((method, path, signed)) = request else { return Ok(None) };
    let address = remote.plain().and_then(address);
    let is_end = false;
    Ok(Some(Logged {
        time,
        address,
        method,
        path,
        signed,
        status,
        sent,
        received,
        request_id,
        is_end,
    }))
}

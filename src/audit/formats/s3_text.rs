//! S3's server access log as text: fields separated by blanks, the moment in brackets, the request in quotation marks.

use memchr::memchr;

use super::logged::{Logged, Method, Read, Unreadable, address, number};
use super::{moment, request_line};

/// The fields between the moment and the request.
struct Before<'a> {
    remote: &'a [u8],
    request_id: &'a [u8],
}

pub(super) fn read(line: &[u8]) -> Read<'_> {
    let mut fields = Fields(line);
    // Any line could begin with owner and bucket, so the moment decides.
    let moment = (|| {
        let (_owner, _bucket) = (fields.next()?, fields.next()?);
        fields.between(b'[', b']')
    })();
    let time = moment.map_err(|_| Unreadable::Garbage)?;
    let time = moment::apache(time).ok_or(Unreadable::Garbage)?;
    let before = Before {
        remote: fields.next()?,
        request_id: {
            fields.next()?;
            fields.next()?
        },
    };
    let (_operation, _key) = (fields.next()?, fields.next()?);
    let request = fields.request()?;
    let (status, _error) = (fields.next()?, fields.next()?);
    let (sent, size) = (fields.next()?, fields.next()?);
    // Input that was no valid HTTP request has `-` in its place.
    let Some((method, target)) = request.and_then(request_line::split) else { return Ok(None) };
    let (path, signed) = request_line::of_target(target);
    Ok(Some(Logged {
        time,
        address: address(before.remote),
        method,
        path,
        signed,
        status: number(status),
        // `-` stands for none.
        sent: if sent == b"-" { Some(0) } else { number(sent) },
        received: number(size).filter(|_| method == Method::Put),
        request_id: before.request_id,
        is_end: false,
    }))
}

/// The rest of a line.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<&'a [u8], Unreadable> {
        let end = memchr(b' ', self.0).unwrap_or(self.0.len());
        self.take(end, end)
    }

    /// The text between two bytes.
    fn between(&mut self, open: u8, close: u8) -> Result<&'a [u8], Unreadable> {
        match self.0.first() {
            None => return Err(Unreadable::Cut),
            Some(first) if *first == open => self.0 = &self.0[1..],
            Some(_) => return Err(Unreadable::Garbage),
        }
        let end = memchr(close, self.0).ok_or(Unreadable::Cut)?;
        self.take(end, end + 1)
    }

    /// The request, if there is one.
    fn request(&mut self) -> Result<Option<&'a [u8]>, Unreadable> {
        if self.0.first() == Some(&b'-') {
            return self.next().map(|_| None);
        }
        self.between(b'"', b'"').map(Some)
    }

    /// A field that ends at `end`; the next begins one blank after `past`.
    fn take(&mut self, end: usize, past: usize) -> Result<&'a [u8], Unreadable> {
        let field = &self.0[..end];
        self.0 = match self.0.get(past) {
            Some(b' ') => &self.0[past + 1..],
            Some(_) => return Err(Unreadable::Garbage),
            None => &[],
        };
        if field.is_empty() { Err(Unreadable::Cut) } else { Ok(field) }
    }
}

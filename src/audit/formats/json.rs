//! The JSON that logs need: an object's members, in one pass and without a tree.

use std::borrow::Cow;

use memchr::{memchr2, memrchr};

use super::logged::{Unreadable, number};

/// A value's raw text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw<'a>(pub(super) &'a [u8]);

/// How deep lists and objects may be nested.
const MAX_DEPTH: u32 = 64;

/// The object in a line. Some logs put a moment before it, a comma after it, or brackets around all objects.
pub(super) fn object_in(line: &[u8]) -> Result<&[u8], Unreadable> {
    let start = memchr::memchr(b'{', line).ok_or(Unreadable::Garbage)?;
    // Only a short text may come before it, so lines of text aren't searched.
    if start > 64 {
        return Err(Unreadable::Garbage);
    }
    let end = memrchr(b'}', line).filter(|end| *end > start).ok_or(Unreadable::Cut)?;
    let behind = &line[end + 1..];
    if behind.iter().any(|byte| !matches!(byte, b',' | b']' | b' ' | b'\t')) {
        return Err(Unreadable::Cut);
    }
    Ok(&line[start..=end])
}

/// Passes each member of an object to `take`, with its name as written.
pub(super) fn members<'a>(
    object: &'a [u8],
    mut take: impl FnMut(&'a [u8], Raw<'a>),
) -> Result<(), Unreadable> {
    let mut cursor = Cursor { text: object, at: 0 };
    cursor.expect(b'{')?;
    if cursor.peek()? == b'}' {
        return cursor.end();
    }
    loop {
        if cursor.peek()? != b'"' {
            return Err(Unreadable::Garbage);
        }
        let name = cursor.text()?;
        cursor.expect(b':')?;
        let value = cursor.value(MAX_DEPTH)?;
        take(&name[1..name.len() - 1], Raw(value));
        match cursor.peek()? {
            b',' => cursor.at += 1,
            b'}' => return cursor.end(),
            _ => return Err(Unreadable::Garbage),
        }
    }
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that isn't a blank.
    fn peek(&mut self) -> Result<u8, Unreadable> {
        while let Some(byte) = self.text.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(*byte);
            }
            self.at += 1;
        }
        Err(Unreadable::Cut)
    }

    fn expect(&mut self, sign: u8) -> Result<(), Unreadable> {
        if self.peek()? != sign {
            return Err(Unreadable::Garbage);
        }
        self.at += 1;
        Ok(())
    }

    /// Checks that nothing follows the object's last brace.
    fn end(&mut self) -> Result<(), Unreadable> {
        let rest = &self.text[self.at + 1..];
        if rest.iter().all(u8::is_ascii_whitespace) { Ok(()) } else { Err(Unreadable::Garbage) }
    }

    /// A text, with its quotation marks.
    fn text(&mut self) -> Result<&'a [u8], Unreadable> {
        let start = self.at;
        self.at += 1;
        loop {
            let found = memchr2(b'"', b'\\', self.text.get(self.at..).unwrap_or_default());
            let at = self.at + found.ok_or(Unreadable::Cut)?;
            if self.text[at] == b'"' {
                self.at = at + 1;
                return Ok(&self.text[start..self.at]);
            }
            self.at = at + 2;
        }
    }

    fn value(&mut self, depth: u32) -> Result<&'a [u8], Unreadable> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => return self.text(),
            b'{' | b'[' => self.skip_nested(first, depth)?,
            _ => {
                let is_of_it =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let length = self.text[start..].iter().take_while(|byte| is_of_it(byte)).count();
                if length == 0 {
                    return Err(Unreadable::Garbage);
                }
                self.at += length;
            }
        }
        Ok(&self.text[start..self.at])
    }

    fn skip_nested(&mut self, open: u8, depth: u32) -> Result<(), Unreadable> {
        let depth = depth.checked_sub(1).ok_or(Unreadable::Garbage)?;
        let close = if open == b'{' { b'}' } else { b']' };
        self.at += 1;
        if self.peek()? == close {
            self.at += 1;
            return Ok(());
        }
        loop {
            if open == b'{' {
                if self.peek()? != b'"' {
                    return Err(Unreadable::Garbage);
                }
                self.text()?;
                self.expect(b':')?;
            }
            self.value(depth)?;
            match self.peek()? {
                b',' => self.at += 1,
                sign if sign == close => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Unreadable::Garbage),
            }
        }
    }
}

impl<'a> Raw<'a> {
    /// Its content: a text without quotation marks and escapes, or a number as written.
    pub(super) fn text(self) -> Cow<'a, [u8]> {
        match self.plain() {
            Some(plain) => Cow::Borrowed(plain),
            None => Cow::Owned(
                serde_json::from_slice::<String>(self.0)
                    .map(String::into_bytes)
                    .unwrap_or_default(),
            ),
        }
    }

    /// The same, if nothing in it is escaped.
    pub(super) fn plain(self) -> Option<&'a [u8]> {
        let inner = match self.0 {
            [b'"', inner @ .., b'"'] => inner,
            other => return Some(other),
        };
        memchr::memchr(b'\\', inner).is_none().then_some(inner)
    }

    /// A number, or a text that holds one.
    pub(super) fn number<T: std::str::FromStr>(self) -> Option<T> {
        number(self.plain()?)
    }
}

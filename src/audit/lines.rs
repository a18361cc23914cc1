//! Lines of a file of any size, read in blocks.

use std::io::{self, Read};

use memchr::{memchr, memrchr};

const BLOCK: usize = 1 << 20;
/// No store writes longer lines; a longer one is counted, and not read.
const MAX_LINE: usize = 4 << 20;

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Its bytes, without the line ending.
    Whole(&'a [u8]),
    /// One that is too long to be a request's.
    TooLong,
}

/// Passes each line to `take`. The text after the last line ending is a line too.
pub(super) fn for_each_line(input: impl Read, mut take: impl FnMut(Line<'_>)) -> io::Result<()> {
    try_each_line(input, |line| {
        take(line);
        Ok(())
    })
}

/// The same, until `take` fails.
pub(super) fn try_each_line(
    mut input: impl Read,
    mut take: impl FnMut(Line<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    let (mut held, mut skips) = (0, false);
    loop {
        let read = match input.read(&mut buffer[held..]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = held + read;
        if read == 0 {
            if skips {
                take(Line::TooLong)?;
            } else if held > 0 {
                take(Line::Whole(without_return(&buffer[..held])))?;
            }
            return Ok(());
        }
        // The held bytes contain no line ending.
        let Some(end) = memrchr(b'\n', &buffer[held..filled]).map(|at| held + at + 1) else {
            held = filled;
            if held == buffer.len() {
                if held < MAX_LINE {
                    buffer.resize(held * 2, 0);
                } else {
                    (held, skips) = (0, true);
                }
            }
            continue;
        };
        let mut rest = &buffer[..end];
        while let Some(at) = memchr(b'\n', rest) {
            if std::mem::take(&mut skips) {
                take(Line::TooLong)?;
            } else {
                take(Line::Whole(without_return(&rest[..at])))?;
            }
            rest = &rest[at + 1..];
        }
        buffer.copy_within(end..filled, 0);
        held = filled - end;
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len()).min(self.0.len());
            let (now, later) = self.0.split_at(most);
            buffer[..most].copy_from_slice(now);
            self.0 = later;
            Ok(most)
        }
    }

    fn lines(text: &[u8], at_once: usize) -> Vec<Option<Vec<u8>>> {
        let mut found = Vec::new();
        for_each_line(Drops(text, at_once), |line| {
            found.push(match line {
                Line::Whole(line) => Some(line.to_vec()),
                Line::TooLong => None,
            });
        })
        .unwrap();
        found
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let text = b"one\r\n\ntwo\nthree";
        let expected = ["one", "", "two", "three"].map(|line| Some(line.as_bytes().to_vec()));
        for at_once in 1..=text.len() {
            assert_eq!(lines(text, at_once), expected, "{at_once}");
        }
        assert!(lines(b"", 1).is_empty());
        assert_eq!(lines(b"a\n", 1).len(), 1);
    }

    #[test]
    fn a_line_without_an_end_needs_no_memory_without_an_end() {
        let long = vec![b'a'; 3 * MAX_LINE];
        let text = [b"first\n", &long[..], b"\nsecond\n", &long[..]].concat();
        let found = lines(&text, 1 << 16);
        assert_eq!(
            found,
            [Some(b"first".to_vec()), None, Some(b"second".to_vec()), None],
            "{}",
            found.len()
        );
        let fits = vec![b'b'; BLOCK + 5];
        assert_eq!(lines(&[&fits[..], b"\nc"].concat(), 4096), [Some(fits), Some(b"c".to_vec())]);
    }
}

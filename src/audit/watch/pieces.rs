//! A stream of JSON values, some of them cut off: over many lines, as `wrangler tail --format json` writes them, or one
//! a line.

/// The most bytes of one value that are kept.
const MOST: usize = 8 << 20;

/// A piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// A single line, perhaps one of the edge's own.
    Line(&'a [u8]),
    /// All of a value.
    Value(&'a [u8]),
    /// The beginning of a value that was cut off.
    Cut(&'a [u8]),
}

/// Joins lines into values. A value begins with a brace at the start of a line, and ends with a brace at the start of a
/// line or within its first line.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    held: Vec<u8>,
}

impl Pieces {
    pub(super) fn push<E>(
        &mut self,
        line: &[u8],
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let line = line.trim_ascii_end();
        if line.starts_with(b"{") {
            self.cut(take)?;
            if line.len() > 1 {
                let is_own = line.starts_with(br#"{"event":""#);
                return take(if is_own { Piece::Line(line) } else { Piece::Value(line) });
            }
        } else if self.held.is_empty() {
            return take(Piece::Line(line));
        }
        self.held.extend_from_slice(line);
        self.held.push(b'\n');
        if line.starts_with(b"}") {
            let value = std::mem::take(&mut self.held);
            return take(Piece::Value(&value));
        }
        if self.held.len() > MOST { self.cut(take) } else { Ok(()) }
    }

    /// Ends the current value: the stream ended, or begins anew.
    pub(super) fn cut<E>(
        &mut self,
        take: &mut impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() { Ok(()) } else { take(Piece::Cut(&held)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<String> {
        let (mut found, mut pieces) = (Vec::new(), Pieces::default());
        let mut take = |piece: Piece<'_>| {
            found.push(match piece {
                Piece::Line(line) => format!("line {}", String::from_utf8_lossy(line)),
                Piece::Value(value) => format!("value {}", String::from_utf8_lossy(value)),
                Piece::Cut(cut) => format!("cut {}", String::from_utf8_lossy(cut)),
            });
            Ok::<_, ()>(())
        };
        for line in text.lines() {
            pieces.push(line.as_bytes(), &mut take).unwrap_or_default();
        }
        pieces.cut(&mut take).unwrap_or_default();
        found
    }

    #[test]
    fn values_are_put_together_and_what_is_cut_off_ends_where_another_begins() {
        let text = "{\n    \"a\": 1\n}\n{\n    \"b\": [\n{\n    \"c\": 2\n}\n{\"d\":3}\n{\"event\":\"decision\"}\nConnected\n{\n    \"e\"";
        assert_eq!(
            pieces(text),
            [
                "value {\n    \"a\": 1\n}\n",
                "cut {\n    \"b\": [\n",
                "value {\n    \"c\": 2\n}\n",
                "value {\"d\":3}",
                "line {\"event\":\"decision\"}",
                "line Connected",
                "cut {\n    \"e\"\n",
            ]
        );
        assert!(pieces("").is_empty());
    }
}

//! An input of several texts: one a line, and the last is all that is left.

/// The lines of an input; those that it doesn't have are empty. What isn't UTF-8 is replaced.
pub(super) fn lines<const N: usize>(data: &[u8]) -> [String; N] {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(N, '\n').map(str::to_owned);
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}

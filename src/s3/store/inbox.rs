/// The default prefix of an inbox.
pub(super) const DEFAULT: &str = "inbox/";
const LONGEST: usize = 256;

/// Reads `inbox`: the prefix.
pub(super) fn read(prefix: &str) -> Result<&str, &'static str> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let is_segment =
        |part: &str| !part.is_empty() && part.bytes().all(is_plain) && part != "." && part != "..";
    let folders = prefix.strip_suffix('/').filter(|_| prefix.len() <= LONGEST);
    match folders {
        Some(folders) if folders.split('/').all(is_segment) => Ok(prefix),
        _ => Err(
            "has to be a prefix such as inbox/: letters, digits, -, _, . and slashes, one at the end",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_one_that_every_store_takes_as_it_is() {
        for prefix in [DEFAULT, "a/b-c/", "_.x/"] {
            assert_eq!(read(prefix), Ok(prefix));
        }
        for prefix in
            ["", "/", "inbox", "/inbox/", "a//b/", "../", "a/./", "a*/", "{sub}/", "\u{e9}/"]
        {
            assert!(read(prefix).is_err(), "{prefix}");
        }
    }
}

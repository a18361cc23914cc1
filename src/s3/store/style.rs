use crate::sigv4::{Origin, Scheme};

/// How a bucket is named in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `https://bucket.endpoint/key`
    Virtual,
    /// `https://endpoint/bucket/key`
    Path,
    /// `https://endpoint/key`: the endpoint is the bucket's own domain.
    Cname,
}

impl Style {
    /// Reads a setting.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "virtual" => Ok(Self::Virtual),
            "path" => Ok(Self::Path),
            "cname" => Ok(Self::Cname),
            _ => Err("has to be virtual, path or cname"),
        }
    }
}

/// Path style if a host name can't contain the bucket: before an IP address, with letters or characters that no host
/// has, and with a dotted bucket over TLS, whose certificate covers one label only. The SDKs do the same. A bucket's
/// own domain doesn't contain it.
pub(super) fn effective_style(style: Style, endpoint: &Origin, bucket: &str) -> Style {
    if style == Style::Cname {
        return style;
    }
    let host = endpoint.host();
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    let dotted_over_tls = endpoint.scheme() == Scheme::Https && bucket.contains('.');
    let no_label = |b: u8| b.is_ascii_uppercase() || matches!(b, b'_' | b':');
    let no_host = bucket.bytes().any(no_label) || bucket.len() > 63;
    if is_address || dotted_over_tls || no_host { Style::Path } else { style }
}

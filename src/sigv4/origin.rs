use super::InvalidInput;

/// The scheme of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`, for stores on the same machine or network.
    Http,
    /// `https`
    Https,
}

impl Scheme {
    /// As it stands before `://`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> &'static str {
        match self {
            Self::Http => "80",
            Self::Https => "443",
        }
    }
}

/// Scheme, host and port of a URL. The host is in lower case and the scheme's own port is left out,
/// because that is what HTTP clients send in the `host` header, which is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    authority: String,
}

impl Origin {
    /// Takes `host` or `host:port`; an IPv6 address stands in brackets.
    pub fn new(scheme: Scheme, authority: &str) -> Result<Self, InvalidInput> {
        let (host, port) = split_port(authority).ok_or(InvalidInput::Origin)?;
        if !is_host(host) {
            return Err(InvalidInput::Origin);
        }
        let mut authority = host.to_ascii_lowercase();
        if let Some(port) = port.filter(|port| *port != scheme.default_port()) {
            authority.push(':');
            authority.push_str(port);
        }
        Ok(Self { scheme, authority })
    }

    /// Reads `scheme://authority` and gives back what follows it (path, query; perhaps empty).
    pub fn parse_prefix(url: &str) -> Result<(Self, &str), InvalidInput> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidInput::Origin)?;
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return Err(InvalidInput::Origin);
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        Ok((Self::new(scheme, &rest[..end])?, &rest[end..]))
    }

    /// The scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// `host` or `host:port`: the value of the `host` header.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host without its port.
    pub fn host(&self) -> &str {
        split_port(&self.authority).map_or(self.authority.as_str(), |(host, _)| host)
    }

    /// Whether nobody reads on the way what is sent there: `https`, or the machine itself.
    pub fn is_private(&self) -> bool {
        self.scheme == Scheme::Https || ["127.0.0.1", "localhost", "[::1]"].contains(&self.host())
    }

    /// The same origin with `label.` before its host.
    pub fn with_subdomain(&self, label: &str) -> Result<Self, InvalidInput> {
        Self::new(self.scheme, &format!("{label}.{}", self.authority))
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority)
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let host_end = if authority.starts_with('[') {
        authority.find(']')? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, rest) = authority.split_at(host_end);
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Some((host, None)),
        // Port 0 can't be connected to, and URL parsers drop leading zeros.
        Some(port) if !port.starts_with('0') && is_port(port) => Some((host, Some(port))),
        _ => None,
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    host.len() <= 253
        && !host.is_empty()
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_lower_case_and_has_no_default_port() {
        for (url, origin, rest) in [
            ("https://Example.COM:443/a?b", "https://example.com", "/a?b"),
            ("http://example.com:80", "http://example.com", ""),
            ("http://example.com:443?x", "http://example.com:443", "?x"),
            ("HTTPS://[::1]:8443/", "https://[::1]:8443", "/"),
            ("http://127.0.0.1:9000/b/k", "http://127.0.0.1:9000", "/b/k"),
        ] {
            let (parsed, tail) = Origin::parse_prefix(url).unwrap();
            assert_eq!((parsed.to_string().as_str(), tail), (origin, rest));
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://user@example.com",
            "https://exa mple.com",
            "https://example..com",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:080",
            "https://example.com:65536",
            "https://example.com\r\nx: y/",
            "https://[::1",
            "https://[zz]/",
        ] {
            assert_eq!(Origin::parse_prefix(url), Err(InvalidInput::Origin), "{url:?}");
        }
    }
}

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses (CIDR, RFC 4632 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/48`, or an address alone.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = parse_address(address)?;
        let most = width(address);
        let bits = match bits {
            None => most,
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
        };
        (bits <= most).then_some(Self { address, bits })
    }

    /// The network around `address` that a client usually stays in: 24 bits of IPv4, 48 of IPv6.
    pub fn around(address: &str) -> Option<Self> {
        parse_address(address).map(Self::of)
    }

    /// The network of one customer: an address of IPv4, 64 bits of IPv6.
    pub fn of_customer(address: &str) -> Option<Self> {
        let address = parse_address(address)?;
        let bits = if address.is_ipv4() { 32 } else { 64 };
        Some(Self { address, bits }.masked())
    }

    /// Like [`Self::around`], for a parsed address.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        Self { address, bits: if address.is_ipv4() { 24 } else { 48 } }
    }

    /// Whether it is an IPv6 network.
    pub const fn is_v6(&self) -> bool {
        self.address.is_ipv6()
    }

    /// The same network, with the host bits cleared.
    #[must_use]
    pub fn masked(self) -> Self {
        let ignored = width(self.address) - self.bits;
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(ignored.into()).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from(u32::from(address) & mask))
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(ignored.into()).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask))
            }
        };
        Self { address, ..self }
    }

    /// Whether an address is in it. A text that isn't an address is in no network.
    pub fn contains(&self, address: &str) -> bool {
        parse_address(address).is_some_and(|address| self.contains_address(address))
    }

    /// The same for a parsed address.
    pub fn contains_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if address.is_ipv4() != self.address.is_ipv4() {
            return false;
        }
        let differing = number(address) ^ number(self.address);
        let width = u32::from(width(address));
        let ignored = width - u32::from(self.bits);
        ignored >= width || differing >> ignored == 0
    }
}

/// `::ffff:192.0.2.1` is `192.0.2.1`.
fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

const fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => Ipv6Addr::into(address),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_addresses() {
        for (network, address, expected) in [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/48", "2001:db8::1", true),
            ("2001:db8::/48", "2001:db8:1::1", false),
            ("::/0", "2001:db8::1", true),
            ("192.0.2.0/24", "::ffff:192.0.2.1", true),
            ("192.0.2.0/24", "192.0.2.1, 10.0.0.1", false),
            ("192.0.2.0/24", "", false),
        ] {
            let parsed = Network::parse(network).unwrap();
            assert_eq!(parsed.contains(address), expected, "{network} {address}");
        }
        for text in
            ["", "/", "192.0.2.0/", "192.0.2.0/33", "::/129", "192.0.2.0/+8", "a/8", "1.2.3/8"]
        {
            assert_eq!(Network::parse(text), None, "{text}");
        }
        assert_eq!(Network::around("192.0.2.7").unwrap().to_string(), "192.0.2.7/24");
        assert!(Network::around("2001:db8:0:1::1").unwrap().contains("2001:db8::2"));
    }

    #[test]
    fn a_masked_network_names_none_of_its_addresses() {
        for (network, masked) in [
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("192.0.2.7/0", "0.0.0.0/0"),
            ("192.0.2.7", "192.0.2.7/32"),
            ("2001:db8:7:1234::1/48", "2001:db8:7::/48"),
            ("2001:db8::1/0", "::/0"),
            ("2001:db8::1/128", "2001:db8::1/128"),
        ] {
            assert_eq!(Network::parse(network).unwrap().masked().to_string(), masked);
        }
    }

    #[test]
    fn a_customer_has_an_address_of_ipv4_or_64_bits_of_ipv6() {
        for (address, network) in [
            ("192.0.2.7", Some("192.0.2.7/32")),
            ("::ffff:192.0.2.7", Some("192.0.2.7/32")),
            ("2001:db8:7:1234:5::1", Some("2001:db8:7:1234::/64")),
            ("2001:db8:7:1234:ffff:ffff:ffff:ffff", Some("2001:db8:7:1234::/64")),
            ("192.0.2.7, 10.0.0.1", None),
            ("", None),
        ] {
            let found = Network::of_customer(address).map(|found| found.to_string());
            assert_eq!(found.as_deref(), network, "{address}");
        }
    }

    #[test]
    fn the_network_around_an_address_has_24_bits_or_48() {
        for (address, edges, beyond) in [
            ("192.0.2.7", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
            ("::ffff:192.0.2.7", ["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
            (
                "2001:db8:7:1234::1",
                ["2001:db8:7::", "2001:db8:7:ffff:ffff:ffff:ffff:ffff"],
                ["2001:db8:6:ffff:ffff:ffff:ffff:ffff", "2001:db8:8::"],
            ),
        ] {
            let network = Network::around(address).unwrap();
            for inside in edges {
                assert!(network.contains(inside), "{network} {inside}");
            }
            for outside in beyond {
                assert!(!network.contains(outside), "{network} {outside}");
            }
        }
    }
}

use std::fmt;

/// A public key that verifies signatures. Its form and size are checked. The verifier finds out whether it is a point
/// on its curve.
#[derive(Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA.
    Rsa(RsaPublicKey),
    /// A curve of NIST.
    Ec(EcPublicKey),
    /// Ed25519.
    Ed25519(Ed25519PublicKey),
}

/// A public key of RSA, of 2,048 to 4,096 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

/// A curve of FIPS 186-4 §D.1.2. With ECDSA each has a hash of its own (RFC 7518 §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-256, with SHA-256.
    P256,
    /// P-384, with SHA-384.
    P384,
    /// P-521, with SHA-512.
    P521,
}

/// Coordinates on a curve of NIST.
#[derive(Clone, PartialEq, Eq)]
pub struct EcPublicKey {
    curve: Curve,
    x: Vec<u8>,
    y: Vec<u8>,
}

/// A public key of Ed25519 (RFC 8032), canonically encoded and not of small order.
#[derive(Clone, PartialEq, Eq)]
pub struct Ed25519PublicKey([u8; 32]);

impl RsaPublicKey {
    /// The minimum of RFC 7518 §3.3.
    const MIN_BITS: usize = 2048;
    /// Larger keys cost milliseconds for each signature.
    const MAX_BITS: usize = 4096;
    /// No library takes more.
    const MAX_EXPONENT_BITS: usize = 33;

    /// From modulus and exponent in big-endian; `None` if the modulus is even or of another size, or the exponent is
    /// even, below 3 or longer than 33 bits.
    pub fn from_parts(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let [modulus, exponent] = [modulus, exponent].map(without_zeros);
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
        let fits = is_odd(modulus)
            && is_odd(exponent)
            && (Self::MIN_BITS..=Self::MAX_BITS).contains(&bits(modulus))
            && (2..=Self::MAX_EXPONENT_BITS).contains(&bits(exponent));
        fits.then(|| Self { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    /// The modulus in big-endian, without leading zeros.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The exponent in big-endian, without leading zeros.
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }
}

impl Curve {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// Its name, in a JWK and elsewhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Bytes of a coordinate, and of each of a signature's two numbers.
    pub const fn bytes(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl EcPublicKey {
    /// From the two coordinates; `None` if one is empty or longer than the curve's (RFC 7518 §6.2.1.2). One key in 128
    /// has leading zeros, which some libraries leave out.
    pub fn from_coordinates(curve: Curve, x: &[u8], y: &[u8]) -> Option<Self> {
        let whole = |coordinate: &[u8]| {
            let missing = curve.bytes().checked_sub(coordinate.len())?;
            (!coordinate.is_empty()).then(|| [&vec![0; missing], coordinate].concat())
        };
        Some(Self { curve, x: whole(x)?, y: whole(y)? })
    }

    /// The curve.
    pub const fn curve(&self) -> Curve {
        self.curve
    }

    /// The first coordinate.
    pub fn x(&self) -> &[u8] {
        &self.x
    }

    /// The second coordinate.
    pub fn y(&self) -> &[u8] {
        &self.y
    }
}

impl Ed25519PublicKey {
    /// From its 32 bytes; `None` if they aren't a canonical encoding, or encode a point of small order, for which
    /// anybody can make signatures.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 32] = bytes.try_into().ok()?;
        (is_reduced(&bytes) && !is_of_small_order(&bytes)).then_some(Self(bytes))
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    &number[start..]
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// 2^255 - 19, in little-endian.
const P: [u8; 32] = {
    let mut p = [0xff; 32];
    p[0] = 0xed;
    p[31] = 0x7f;
    p
};

/// The y of the points whose order divides 8, in little-endian: 1 (order 1), -1 (2), 0 (4), and two of
/// order 8.
const SMALL_ORDER: [[u8; 32]; 5] = [
    of_first(1, 0),
    of_first(0xec, 0xff),
    of_first(0, 0),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

const fn of_first(first: u8, rest: u8) -> [u8; 32] {
    let mut y = [rest; 32];
    y[0] = first;
    y[31] = rest & 0x7f;
    y
}

/// The y of an encoded point: without the bit that is the sign of x (RFC 8032 §5.1.2).
const fn y_of(point: &[u8; 32]) -> [u8; 32] {
    let mut y = *point;
    y[31] &= 0x7f;
    y
}

/// Whether y is below 2^255 - 19.
fn is_reduced(point: &[u8; 32]) -> bool {
    y_of(point).iter().rev().lt(P.iter().rev())
}

/// Whether a canonically encoded point has small order.
pub(super) fn is_of_small_order(point: &[u8; 32]) -> bool {
    SMALL_ORDER.contains(&y_of(point))
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(key) => write!(f, "RSA of {} bits", bits(&key.modulus)),
            Self::Ec(key) => f.write_str(key.curve.name()),
            Self::Ed25519(_) => f.write_str("Ed25519"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_keys_have_their_bounds() {
        let modulus = |bits: usize| {
            let mut number = vec![0; bits.div_ceil(8)];
            number[0] = 1 << ((bits - 1) % 8);
            *number.last_mut().unwrap() |= 1;
            number
        };
        let takes =
            |modulus: &[u8], exponent: &[u8]| RsaPublicKey::from_parts(modulus, exponent).is_some();
        for (bits, expected) in
            [(2040, false), (2047, false), (2048, true), (3072, true), (4096, true), (4097, false)]
        {
            assert_eq!(takes(&modulus(bits), &[1, 0, 1]), expected, "{bits}");
        }
        let good = modulus(2048);
        for (exponent, expected) in [
            (&[3][..], true),
            (&[0, 0, 3], true),
            (&[1, 0xff, 0xff, 0xff, 0xff], true),
            (&[2, 0, 0, 0, 1], false),
            (&[1], false),
            (&[0], false),
            (&[], false),
            (&[1, 0, 0], false),
        ] {
            assert_eq!(takes(&good, exponent), expected, "{exponent:?}");
        }
        let mut even = good.clone();
        *even.last_mut().unwrap() -= 1;
        assert!(!takes(&even, &[3]));
        let key = RsaPublicKey::from_parts(&[&[0], &good[..]].concat(), &[0, 3]).unwrap();
        assert_eq!((key.modulus(), key.exponent()), (&good[..], &[3][..]));
    }

    #[test]
    fn coordinates_are_no_longer_than_their_curve_and_have_their_zeros() {
        for curve in Curve::ALL {
            let all = curve.bytes();
            for (x, y, expected) in
                [(all, all, true), (all + 1, all, false), (all, all + 1, false), (0, all, false)]
            {
                let key = EcPublicKey::from_coordinates(curve, &vec![1; x], &vec![1; y]);
                assert_eq!(key.is_some(), expected, "{curve:?}");
            }
            let short = EcPublicKey::from_coordinates(curve, &vec![7; all - 1], &vec![7; all]);
            let short = short.unwrap();
            assert_eq!((short.x()[0], short.x()[1], short.x().len()), (0, 7, all), "{curve:?}");
        }
    }

    /// The few points whose y is below 19 can also be encoded with y + p, which fits into 255 bits too.
    #[test]
    fn a_point_has_one_way_to_be_written() {
        for y in 0..19_u8 {
            for sign in [0, 0x80] {
                let mut canonical = [0; 32];
                (canonical[0], canonical[31]) = (y, sign);
                let mut other = [0xff; 32];
                (other[0], other[31]) = (0xed + y, 0x7f | sign);
                assert_eq!(Ed25519PublicKey::from_bytes(&canonical).is_some(), y > 1, "{y}");
                assert!(Ed25519PublicKey::from_bytes(&other).is_none(), "{y} + p");
            }
        }
        assert!(Ed25519PublicKey::from_bytes(&[2; 31]).is_none());
        assert!(Ed25519PublicKey::from_bytes(&[2; 33]).is_none());
    }

    /// Compared with the weak keys of another implementation.
    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn points_of_small_order_are_known() {
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut point = y;
                point[31] |= sign;
                assert!(Ed25519PublicKey::from_bytes(&point).is_none(), "{y:?}");
                // An x of 0 has only one sign.
                if let Ok(key) = ed25519_dalek::VerifyingKey::from_bytes(&point) {
                    assert!(key.is_weak(), "{y:?}");
                } else {
                    assert_eq!(sign, 0x80, "{y:?} is no point");
                }
            }
        }
    }
}

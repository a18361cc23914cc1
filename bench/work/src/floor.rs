use sha2::block_api::compress256;

use crate::{REGION, SECRET_ACCESS_KEY};

type State = [u32; 8];
type Block = [u8; 64];

/// The state that SHA-256 begins with (FIPS 180-4 §5.3.3).
const INITIAL: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The compressions of SHA-256 that signing each request needs when the signing key is at hand, and nothing
/// else: the message blocks are laid out in advance.
///
/// Counted are the blocks of the canonical request, those of the string to sign, and the one block that the
/// outer hash of HMAC takes. Not counted are the key's own two blocks, whose states are kept, nor the derivation
/// of the key. No text is written, no digest turned into hexadecimal.
pub struct Floor {
    key: HmacKey,
    messages: Vec<Message>,
}

/// The two texts of one signature, padded to blocks.
struct Message {
    canonical_request: Vec<Block>,
    string_to_sign: Vec<Block>,
}

/// HMAC-SHA-256 with the states after the key's blocks.
#[derive(Clone, Copy)]
struct HmacKey {
    inner: State,
    outer: State,
}

impl Floor {
    /// For the requests that these URLs were signed for. The compressions have to give each URL's signature,
    /// or they would be the wrong ones.
    pub fn new(urls: &[String]) -> Self {
        let date = parameter(&urls[0], "X-Amz-Date");
        let key = HmacKey::of_request(&date[..8]);
        let floor = Self { key, messages: urls.iter().map(|url| Message::of(url)).collect() };
        for (index, url) in urls.iter().enumerate() {
            assert_eq!(hex(&floor.run(index)), parameter(url, "X-Amz-Signature"), "{url}");
        }
        floor
    }

    /// The signature of one request, as words.
    #[inline(never)]
    pub fn run(&self, index: usize) -> State {
        let Message { canonical_request, string_to_sign } = &self.messages[index];
        let mut hash = INITIAL;
        compress256(&mut hash, canonical_request);
        // It is in the string to sign already; it must not be dropped for that.
        std::hint::black_box(&hash);
        self.key.sign(string_to_sign)
    }

    /// How many compressions one request takes.
    pub fn compressions(&self, index: usize) -> usize {
        let Message { canonical_request, string_to_sign } = &self.messages[index];
        canonical_request.len() + string_to_sign.len() + 1
    }
}

impl Message {
    fn of(url: &str) -> Self {
        let (unsigned, _) = url.split_once("&X-Amz-Signature=").expect("the URL is signed");
        let (address, query) = unsigned.split_once('?').expect("the URL has a query");
        let after_scheme = address.strip_prefix("https://").expect("the URL is https");
        let (host, path) = after_scheme.split_once('/').expect("the URL has a path");
        let canonical_request =
            blocks(&format!("GET\n/{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"), 0);
        let mut hash = INITIAL;
        compress256(&mut hash, &canonical_request);
        let (date, hash) = (parameter(url, "X-Amz-Date"), hex(&hash));
        let scope = format!("{}/{REGION}/s3/aws4_request", &date[..8]);
        let string_to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{hash}");
        Self { canonical_request, string_to_sign: blocks(&string_to_sign, 64) }
    }
}

impl HmacKey {
    /// The key of one date: four HMACs in a row.
    fn of_request(date: &str) -> Self {
        let secret = format!("AWS4{SECRET_ACCESS_KEY}");
        [date, REGION, "s3", "aws4_request"].iter().fold(
            Self::new(secret.as_bytes()),
            |key, part| {
                let signed = key.sign(&blocks(part, 64));
                Self::new(&signed.map(u32::to_be_bytes).concat())
            },
        )
    }

    /// For a key of 64 bytes at the most.
    fn new(key: &[u8]) -> Self {
        let state = |pad: u8| {
            let mut block = [pad; 64];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            state
        };
        Self { inner: state(0x36), outer: state(0x5c) }
    }

    #[inline]
    fn sign(&self, message: &[Block]) -> State {
        let mut inner = self.inner;
        compress256(&mut inner, message);
        let mut block = [0; 64];
        for (bytes, word) in block.chunks_exact_mut(4).zip(inner) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        block[32] = 0x80;
        // The length in bits: the key's block and the inner hash.
        block[62..].copy_from_slice(&((64 + 32) * 8_u16).to_be_bytes());
        let mut outer = self.outer;
        compress256(&mut outer, &[block]);
        outer
    }
}

/// A text padded as SHA-256 does it (FIPS 180-4 §5.1.1), with `before` bytes hashed before it.
fn blocks(text: &str, before: usize) -> Vec<Block> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0x80);
    let end = (bytes.len() + 8).next_multiple_of(64);
    bytes.resize(end - 8, 0);
    let bits = (before + text.len()) as u64 * 8;
    bytes.extend(bits.to_be_bytes());
    bytes.chunks_exact(64).map(|block| block.try_into().expect("it has 64 bytes")).collect()
}

fn hex(words: &State) -> String {
    edge_signer::encoding::hex(&words.map(u32::to_be_bytes).concat())
}

fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
    let pairs = url.split(['?', '&']).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(present, _)| *present == name).map(|(_, value)| value).next().expect(name)
}

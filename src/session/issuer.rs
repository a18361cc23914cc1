use serde_json::{Map, Value};

use super::key_set::jwk_key;
use super::preset::Preset;
use super::{Algorithm, KeySet, KeySetAddress, NamedKey, TokenType, VerifyingKey};
use crate::secret::Secret;
use crate::sigv4::Origin;
use crate::variables::{Faults, Table, secret_name};

/// An issuer of sessions, and the requirements on its tokens.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The value of `iss`, byte for byte.
    pub issuer: String,
    /// The audience claim has to hold one of these values; an opaque session may have none.
    pub audiences: Vec<String>,
    /// The claim that names the audience.
    pub audience_claim: String,
    /// The claim that names the subject.
    pub subject_claim: String,
    /// The type that every token's header has to name; `None` if it needs none.
    pub token_type: Option<TokenType>,
    /// Claims that every token has to have.
    pub require: Map<String, Value>,
    /// The algorithms that its tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// How far the issuer's clock may be from ours, in seconds.
    pub leeway: u64,
    /// The keys that verify its tokens.
    pub keys: KeySource,
    /// Whether its tokens also come in `Cf-Access-Jwt-Assertion`.
    pub is_access: bool,
}

/// Where an issuer's keys are.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// In the configuration.
    Inline(KeySet),
    /// At a URL that gives a JWK set.
    Url(KeySetAddress),
    /// Nowhere: its tokens are random, and looked up in KV.
    Opaque,
}

impl Issuer {
    /// Seconds; enough for clocks that are set by NTP.
    const DEFAULT_LEEWAY: u64 = 30;
    const MAX_LEEWAY: u64 = 300;

    /// Reads `[[vars.ISSUERS]]`.
    pub fn read(
        table: Table<'_>,
        faults: &Faults,
        secret: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let preset = Preset::read(&table);
        let issuer = match &preset {
            Some(preset) if table.value("issuer").is_none() => Some(preset.issuer.clone()),
            _ => table.required("issuer", not_empty),
        };
        let is_opaque = table.flag("opaque");
        let audiences = table.one_or_more("audience", not_empty);
        if !is_opaque && !table.has("audience") {
            table.fault("audience", "is missing");
        }
        let audience_claim = table.parsed("audience_claim", not_empty);
        let subject_claim = table.parsed("subject_claim", not_empty);
        let token_type = table.parsed("typ", TokenType::parse);
        if is_opaque && table.has("typ") {
            table.fault("typ", "is not for opaque sessions, which have no header");
        }
        let mut require = preset.as_ref().map(|preset| preset.require.clone()).unwrap_or_default();
        require.extend(table.claims("require").unwrap_or_default());
        let leeway = table.integer("leeway").unwrap_or(Self::DEFAULT_LEEWAY);
        if leeway > Self::MAX_LEEWAY {
            table.fault("leeway", format!("is more than {} seconds", Self::MAX_LEEWAY));
        }
        let algorithms = read_algorithms(&table, preset.is_some(), is_opaque);
        let keys = read_keys(&table, preset.as_ref(), is_opaque, &algorithms, faults, secret);
        table.finish();
        let preset_audience = preset.as_ref().map_or("aud", |preset| preset.audience_claim);
        Some(Self {
            issuer: issuer?,
            audiences: audiences.unwrap_or_default(),
            audience_claim: audience_claim.unwrap_or_else(|| preset_audience.to_owned()),
            subject_claim: subject_claim.unwrap_or_else(|| "sub".to_owned()),
            token_type,
            require,
            algorithms,
            leeway,
            keys: keys?,
            is_access: preset.is_some_and(|preset| preset.is_access),
        })
    }
}

fn not_empty(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err("is empty") } else { Ok(text.to_owned()) }
}

fn read_algorithms(table: &Table<'_>, has_preset: bool, is_opaque: bool) -> Vec<Algorithm> {
    let named = table.list("algorithms", Algorithm::parse);
    let has_own = named.is_some();
    let algorithms =
        named.unwrap_or_else(|| if has_preset { vec![Algorithm::Rs256] } else { vec![] });
    if is_opaque && has_own {
        table.fault("algorithms", "is not for opaque sessions, which have no signature");
    } else if algorithms.is_empty() && !is_opaque {
        table.fault("algorithms", "has to name at least one algorithm, such as [\"RS256\"]");
    }
    algorithms
}

/// Exactly one source of keys, of the kind that the algorithms are for.
fn read_keys(
    table: &Table<'_>,
    preset: Option<&Preset>,
    is_opaque: bool,
    algorithms: &[Algorithm],
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<KeySource> {
    let url = table.parsed("jwks_url", check_url);
    let url = url.or_else(|| preset.map(|preset| preset.jwks_url.clone()));
    let service = table.parsed("jwks_service", binding_name);
    if table.has("jwks_service") && url.is_none() {
        table.fault("jwks_service", "needs jwks_url");
    }
    let mut secret_names: Vec<&str> = table.parsed("secret", secret_name).into_iter().collect();
    secret_names.extend(table.list("secrets", secret_name).unwrap_or_default());
    let public_keys = read_public_keys(table);
    // A named secret that can't be read has its fault already.
    let names_secret = table.has("secret") || table.has("secrets");
    let sources =
        [table.has("jwks_url") || preset.is_some(), names_secret, table.has("keys"), is_opaque];
    match sources.iter().filter(|given| **given).count() {
        0 => {
            let help =
                "is missing; an issuer has one of jwks_url, keys, secret, opaque, or a preset";
            table.fault("jwks_url", help);
            return None;
        }
        1 => {}
        _ => {
            table.fault("jwks_url", "can't be combined with keys, secret or opaque");
            return None;
        }
    }
    let is_shared = |algorithm: &&Algorithm| algorithm.min_secret_bytes().is_some();
    let shared = algorithms.iter().filter(is_shared).count();
    let fits = if names_secret { shared == algorithms.len() } else { shared == 0 };
    if !fits {
        // A public key used as a shared secret is the oldest attack on these tokens.
        table.fault(
            "algorithms",
            "HS* go with a secret, and all others with public keys; don't mix them",
        );
        return None;
    }
    if is_opaque {
        return Some(KeySource::Opaque);
    }
    if let Some(url) = url {
        return Some(KeySource::Url(KeySetAddress { url, service }));
    }
    if let Some(keys) = public_keys {
        return Some(KeySource::Inline(KeySet::new(keys)));
    }
    let least = algorithms.iter().filter_map(|a| a.min_secret_bytes()).max().unwrap_or(32);
    let read = |name: &&str| read_secret(name, least, faults, secret);
    Some(KeySource::Inline(KeySet::new(secret_names.iter().filter_map(read).collect())))
}

fn read_secret(
    name: &str,
    least: usize,
    faults: &Faults,
    secret: &dyn Fn(&str) -> Option<String>,
) -> Option<NamedKey> {
    let key = secret(name).unwrap_or_default();
    if key.is_empty() {
        faults.add(name, format!("this secret is missing: npx wrangler secret put {name}"));
        return None;
    }
    if key.len() < least {
        let help = format!(
            "is shorter than {least} bytes, which its algorithm needs (RFC 7518 section 3.2)"
        );
        faults.add(name, help);
        return None;
    }
    Some(NamedKey { id: None, algorithm: None, key: VerifyingKey::Hmac(Secret::new(key)) })
}

/// `keys`: a list of JWKs.
fn read_public_keys(table: &Table<'_>) -> Option<Vec<NamedKey>> {
    let Some(items) = table.value("keys")?.as_array() else {
        table.fault("keys", "has to be a list of public keys (JWK): [[vars.ISSUERS.keys]]");
        return None;
    };
    let read = |(index, item): (usize, &Value)| {
        let path = format!("keys[{index}]");
        let jwk = item.as_object().ok_or("has to be a table: a JWK");
        jwk.and_then(jwk_key).map_err(|why| table.fault(&path, why)).ok()
    };
    Some(items.iter().enumerate().filter_map(read).collect())
}

/// A binding's name is a variable's, in JavaScript too.
fn binding_name(name: &str) -> Result<String, &'static str> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let fits = name.bytes().all(valid) && name.starts_with(|c: char| !c.is_ascii_digit());
    fits.then(|| name.to_owned()).ok_or("has to be the name of a service binding, such as AUTH")
}

/// `https:`, or `http:` on a loopback host.
fn check_url(url: &str) -> Result<String, &'static str> {
    const HELP: &str = "has to be an https URL";
    let (origin, _) = Origin::parse_prefix(url).map_err(|_| HELP)?;
    if origin.is_private() { Ok(url.to_owned()) } else { Err(HELP) }
}

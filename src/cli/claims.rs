use edge_signer::encoding::hex;
use edge_signer::time::Timestamp;
use serde_json::{Map, Value};

/// Claims of a session that begins now; each of `further` is `NAME=VALUE`, the value JSON if it reads as JSON, else a
/// text.
pub(super) fn claims(
    subject: &str,
    further: &[String],
    ttl: u64,
    now: Timestamp,
) -> Result<Map<String, Value>, String> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), Value::from(subject));
    claims.insert("iat".to_owned(), Value::from(now.unix_seconds()));
    claims.insert("exp".to_owned(), Value::from(now.plus(ttl).unix_seconds()));
    for claim in further {
        let (name, value) = claim.split_once('=').ok_or_else(|| {
            format!("--claim {claim:?} has no equals sign; write it as name=value")
        })?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        if claims.insert(name.to_owned(), value).is_some() {
            return Err(format!("--claim {name}: the claim is set already"));
        }
    }
    if !claims.contains_key("jti") {
        claims.insert("jti".to_owned(), Value::from(hex(&random::<16>()?)));
    }
    Ok(claims)
}

/// Fresh random bytes.
pub(super) fn random<const BYTES: usize>() -> Result<[u8; BYTES], String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| format!("no randomness: {error}"))?;
    Ok(bytes)
}

//! Presets for well-known identity providers: the settings that all their customers share.

use serde_json::{Map, Value};

use crate::variables::Table;

/// The settings of a preset.
#[derive(Debug)]
pub(super) struct Preset {
    pub(super) issuer: String,
    pub(super) jwks_url: String,
    pub(super) audience_claim: &'static str,
    pub(super) require: Map<String, Value>,
    /// Whether its tokens come in `Cf-Access-Jwt-Assertion`.
    pub(super) is_access: bool,
}

impl Preset {
    /// The names of the settings that choose a preset.
    const NAMES: &str = "access_team, auth0_domain, cognito_user_pool, entra_tenant, google";

    /// Reads the setting that chooses a preset, if there is one.
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let google = table.flag("google").then(Self::google);
        let chosen: Vec<Self> = [
            table.parsed("access_team", Self::access),
            table.parsed("auth0_domain", Self::auth0),
            table.parsed("cognito_user_pool", |pool| {
                let token_use = table.text("token_use").unwrap_or("access");
                Self::cognito(pool, token_use, table.text("cognito_issuer").unwrap_or("original"))
            }),
            table.parsed("entra_tenant", Self::entra),
            google,
        ]
        .into_iter()
        .flatten()
        .collect();
        if chosen.len() > 1 {
            table.fault("issuer", format!("is chosen more than once: take one of {}", Self::NAMES));
        }
        chosen.into_iter().next()
    }

    fn new(issuer: String, jwks_url: String) -> Self {
        let (audience_claim, require, is_access) = ("aud", Map::new(), false);
        Self { issuer, jwks_url, audience_claim, require, is_access }
    }

    /// Source: <https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/>
    fn access(team: &str) -> Result<Self, &'static str> {
        check(team, "-")
            .ok_or("has to be the team's name, as in https://<team>.cloudflareaccess.com")?;
        let issuer = format!("https://{team}.cloudflareaccess.com");
        let jwks_url = format!("{issuer}/cdn-cgi/access/certs");
        Ok(Self { is_access: true, ..Self::new(issuer, jwks_url) })
    }

    /// Source: <https://auth0.com/docs/secure/tokens/json-web-tokens/validate-json-web-tokens>
    fn auth0(domain: &str) -> Result<Self, &'static str> {
        check(domain, "-.").ok_or("has to be a domain, such as example.eu.auth0.com")?;
        let jwks_url = format!("https://{domain}/.well-known/jwks.json");
        // Auth0 writes its issuers with the slash.
        Ok(Self::new(format!("https://{domain}/"), jwks_url))
    }

    /// Access tokens have no `aud`; they name the app client in `client_id`. The updated issuer serves its keys
    /// from several regions.
    ///
    /// Sources: <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>,
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html>
    fn cognito(pool: &str, token_use: &str, form: &str) -> Result<Self, &'static str> {
        let region = pool.split_once('_').map(|(region, _)| region);
        let region = region.filter(|_| check(pool, "-_").is_some());
        let region = region.ok_or("has to be a user pool's id, such as eu-central-1_AbCdEfGhI")?;
        let host = match form {
            "original" => "cognito-idp",
            "updated" => "issuer-cognito-idp",
            _ => return Err("takes cognito_issuer = \"original\" or \"updated\""),
        };
        let issuer = format!("https://{host}.{region}.amazonaws.com/{pool}");
        let jwks_url = format!("{issuer}/.well-known/jwks.json");
        let audience_claim = match token_use {
            "access" => "client_id",
            "id" => "aud",
            _ => return Err("takes token_use = \"access\" or \"id\""),
        };
        let require = Map::from_iter([("token_use".to_owned(), Value::from(token_use))]);
        Ok(Self { audience_claim, require, ..Self::new(issuer, jwks_url) })
    }

    /// Source: <https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-tokens>
    fn entra(tenant: &str) -> Result<Self, &'static str> {
        let is_id = tenant.len() == 36 && check(tenant, "-").is_some();
        is_id.then_some(()).ok_or(
            "has to be the tenant's id, such as 00000000-0000-0000-0000-000000000000; the names common \
             and organizations would accept every tenant",
        )?;
        let login = format!("https://login.microsoftonline.com/{tenant}");
        Ok(Self::new(format!("{login}/v2.0"), format!("{login}/discovery/v2.0/keys")))
    }

    /// Source: <https://developers.google.com/identity/gsi/web/guides/verify-google-id-token>
    fn google() -> Self {
        let keys = "https://www.googleapis.com/oauth2/v3/certs";
        Self::new("https://accounts.google.com".to_owned(), keys.to_owned())
    }
}

/// Allows letters, digits and the characters of `also`, so that a name can't change the rest of a URL.
fn check(text: &str, also: &str) -> Option<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
    (!text.is_empty() && text.chars().all(fits)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_and_keys_are_where_the_providers_say() {
        for (preset, issuer, keys) in [
            (
                Preset::access("acme"),
                "https://acme.cloudflareaccess.com",
                "https://acme.cloudflareaccess.com/cdn-cgi/access/certs",
            ),
            (
                Preset::auth0("example.eu.auth0.com"),
                "https://example.eu.auth0.com/",
                "https://example.eu.auth0.com/.well-known/jwks.json",
            ),
            (
                Preset::cognito("eu-central-1_AbC", "id", "original"),
                "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC",
                "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC/.well-known/jwks.json",
            ),
            (
                Preset::cognito("eu-central-1_AbC", "id", "updated"),
                "https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC",
                "https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC/.well-known/jwks.json",
            ),
        ] {
            let preset = preset.unwrap();
            assert_eq!((preset.issuer.as_str(), preset.jwks_url.as_str()), (issuer, keys));
        }
    }

    #[test]
    fn a_name_that_would_change_the_url_is_refused() {
        for name in ["", "a/b", "a?b", "a.evil.example#", "a@b"] {
            assert!(Preset::access(name).is_err(), "{name}");
            assert!(Preset::auth0(name).is_err(), "{name}");
            assert!(Preset::cognito(name, "id", "updated").is_err(), "{name}");
            assert!(Preset::entra(name).is_err(), "{name}");
        }
        assert!(Preset::cognito("eu-central-1_AbC", "id", "UPDATED").is_err());
        for tenant in ["common", "organizations", "consumers"] {
            assert!(Preset::entra(tenant).is_err(), "{tenant}");
        }
    }
}

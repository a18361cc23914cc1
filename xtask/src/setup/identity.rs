//! Who signs the tokens: each provider's entry of `ISSUERS`, as in docs/sessions.md.

use anyhow::{Result, bail};
use clap::ValueEnum;
use toml_edit::{Array, InlineTable, Item, value};

/// Who signs the tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Your own server's, signed with a secret that setup makes
    #[default]
    Secret,
    /// Any provider's, by --issuer and --jwks-url
    Jwks,
    /// Cloudflare Access; --identity-name is the team's name
    Access,
    /// Auth0; --identity-name is the domain
    Auth0,
    /// Clerk; --identity-name is the host of the Frontend API, --audience the page's origin
    Clerk,
    /// Cognito; --identity-name is the user pool's id
    Cognito,
    /// Entra; --identity-name is the tenant's id
    Entra,
    /// Firebase; --identity-name is the project's id
    Firebase,
    /// Google Workspace; --identity-name is the organisation's domain
    Google,
    /// Keycloak; --identity-name is the realm's address
    Keycloak,
    /// Supabase; --identity-name is the project's reference
    Supabase,
}

/// A kind with its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub kind: Kind,
    /// The customer's name at the provider; for `Secret` and `Jwks` the issuer.
    pub name: String,
    pub audience: String,
    /// Only for `Jwks`.
    pub jwks_url: String,
}

/// The settings of an entry that belong to the identity; setup writes some of them and removes the others.
pub const SETTINGS: [&str; 16] = [
    "issuer",
    "access_team",
    "auth0_domain",
    "cognito_user_pool",
    "cognito_issuer",
    "token_use",
    "entra_tenant",
    "google",
    "audience",
    "audience_claim",
    "subject_claim",
    "algorithms",
    "secret",
    "secrets",
    "jwks_url",
    "require",
];

impl Kind {
    /// The question that asks for the name.
    pub fn question(self) -> &'static str {
        match self {
            Self::Secret | Self::Jwks => "What do your tokens say as their issuer (iss)?",
            Self::Access => "The team's name, as in https://<team>.cloudflareaccess.com?",
            Self::Auth0 => "Auth0's domain, such as example.eu.auth0.com?",
            Self::Clerk => "The host of Clerk's Frontend API, such as clerk.example.com?",
            Self::Cognito => "The user pool's id, such as eu-central-1_AbCdEfGhI?",
            Self::Entra => "The tenant's id?",
            Self::Firebase => "The project's id?",
            Self::Google => "The organisation's domain (hd)?",
            Self::Keycloak => "The realm's address, such as https://id.example.com/realms/acme?",
            Self::Supabase => "The project's reference, the first part of its host?",
        }
    }

    /// The audience, if it follows from the rest.
    pub fn usual_audience(self, name: &str) -> Option<&str> {
        match self {
            Self::Secret | Self::Jwks | Self::Keycloak => Some("edge-signer"),
            Self::Firebase => Some(name),
            Self::Supabase => Some("authenticated"),
            Self::Access
            | Self::Auth0
            | Self::Clerk
            | Self::Cognito
            | Self::Entra
            | Self::Google => None,
        }
    }
}

impl Identity {
    /// Refuses an impossible name, because it becomes part of an address.
    pub fn check(&self) -> Result<()> {
        let is_host = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        match self.kind {
            Kind::Secret | Kind::Jwks if self.name.is_empty() => bail!("--issuer is empty"),
            Kind::Secret | Kind::Jwks => Ok(()),
            Kind::Keycloak if self.name.starts_with("https://") && !self.name.ends_with('/') => {
                Ok(())
            }
            Kind::Keycloak => {
                bail!(
                    "--identity-name has to be the realm's address, with https:// and no slash at its end"
                )
            }
            _ if is_host(&self.name) => Ok(()),
            _ => bail!("--identity-name {:?} is no name: {}", self.name, self.kind.question()),
        }
    }

    /// The claim that names a user's folder.
    pub fn folder(&self) -> &'static str {
        if self.kind == Kind::Entra { "oid" } else { "sub" }
    }

    /// The condition of the rules on a session: some providers also sign in users who haven't said who they are.
    pub fn when(&self) -> Option<Item> {
        let mut when = InlineTable::new();
        match self.kind {
            Kind::Supabase => {
                when.insert("role", "authenticated".into());
                when.insert("is_anonymous", false.into());
            }
            Kind::Firebase => drop(when.insert("email_verified", true.into())),
            _ => return None,
        }
        Some(value(when))
    }

    /// The settings of the entry.
    pub fn settings(&self) -> Vec<(&'static str, Item)> {
        let name = self.name.as_str();
        let algorithms = |name: &str| ("algorithms", value(Array::from_iter([name])));
        let require = |name: &str, wanted: &str| {
            let mut table = InlineTable::new();
            table.insert(name, wanted.into());
            ("require", value(table))
        };
        let at = |issuer: String, jwks_url: String, algorithm: &str| {
            vec![("issuer", value(issuer)), ("jwks_url", value(jwks_url)), algorithms(algorithm)]
        };
        let mut settings = match self.kind {
            Kind::Secret => {
                vec![
                    ("issuer", value(name)),
                    algorithms("HS256"),
                    ("secret", value("SESSION_SECRET")),
                ]
            }
            Kind::Jwks => at(name.to_owned(), self.jwks_url.clone(), "RS256"),
            Kind::Access => vec![("access_team", value(name))],
            Kind::Auth0 => vec![("auth0_domain", value(name))],
            Kind::Clerk => {
                let mut settings = at(
                    format!("https://{name}"),
                    format!("https://{name}/.well-known/jwks.json"),
                    "RS256",
                );
                settings.push(("audience_claim", value("azp")));
                settings
            }
            Kind::Cognito => vec![("cognito_user_pool", value(name))],
            Kind::Entra => vec![("entra_tenant", value(name)), ("subject_claim", value("oid"))],
            Kind::Firebase => at(
                format!("https://securetoken.google.com/{name}"),
                "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com".to_owned(),
                "RS256",
            ),
            Kind::Google => vec![("google", value(true)), require("hd", name)],
            Kind::Keycloak => {
                let mut settings =
                    at(name.to_owned(), format!("{name}/protocol/openid-connect/certs"), "RS256");
                settings.push(require("typ", "Bearer"));
                settings
            }
            Kind::Supabase => {
                let issuer = format!("https://{name}.supabase.co/auth/v1");
                let jwks_url = format!("{issuer}/.well-known/jwks.json");
                at(issuer, jwks_url, "ES256")
            }
        };
        settings.push(("audience", value(self.audience.as_str())));
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the tables of docs/sessions.md, as far as setup writes them.
    #[test]
    fn each_providers_entry_is_the_documents_one() {
        let document = include_str!("../../../docs/sessions.md");
        let cases = [
            (Kind::Access, "### Cloudflare Access", "acme"),
            (Kind::Auth0, "### Auth0", "example.eu.auth0.com"),
            (Kind::Clerk, "### Clerk", "clerk.example.com"),
            (Kind::Cognito, "### Cognito", "eu-central-1_AbCdEfGhI"),
            (Kind::Entra, "### Entra", "aaaabbbb-0000-cccc-1111-dddd2222eeee"),
            (Kind::Firebase, "### Firebase", "example-project"),
            (Kind::Google, "### Google", "example.com"),
            (Kind::Keycloak, "### Keycloak", "https://id.example.com/realms/acme"),
            (Kind::Supabase, "### Supabase", "abcdefghijklmnopqrst"),
        ];
        for (kind, section, name) in cases {
            let (_, rest) = document.split_once(&format!("\n{section}\n")).unwrap();
            let (_, example) = rest.split_once("[[vars.ISSUERS]]\n").unwrap();
            let (example, _) = example.split_once("\n\n").unwrap();
            let example: toml_edit::DocumentMut =
                example.split("```").next().unwrap().parse().unwrap();
            let identity = Identity { kind, name: name.to_owned(), ..Identity::default() };
            identity.check().unwrap();
            let settings = identity.settings();
            let bare = |item: &Item| item.to_string().replace([' ', '\n'], "");
            for (name, item) in example.iter().filter(|(name, _)| *name != "audience") {
                let own = settings.iter().find(|(own, _)| *own == name);
                let own = own.unwrap_or_else(|| panic!("{section}: {name} isn't written"));
                assert_eq!(bare(&own.1), bare(item), "{section}: {name}");
            }
            assert_eq!(settings.len(), example.iter().count(), "{section}");
            assert!(settings.iter().all(|(name, _)| SETTINGS.contains(name)), "{section}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let cases = [
            (Kind::Auth0, "https://example.eu.auth0.com/"),
            (Kind::Supabase, "a b"),
            (Kind::Firebase, ""),
            (Kind::Keycloak, "id.example.com"),
            (Kind::Keycloak, "https://id.example.com/realms/acme/"),
            (Kind::Secret, ""),
        ];
        for (kind, name) in cases {
            let identity = Identity { kind, name: name.to_owned(), ..Identity::default() };
            assert!(identity.check().is_err(), "{kind:?} {name}");
        }
    }
}

//! What setup has to know. Each answer is an option; if it is missing and there is a terminal, setup asks for it.

use std::io::{IsTerminal, Write, stdin, stdout};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::identity::{Identity, Kind};
use super::provider::{Provider, Uploads};

/// Rules to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Recipe {
    /// Every signed-in user keeps files below users/{sub}/
    OwnFiles,
    /// Every signed-in user reads what lies below public/
    PublicRead,
    /// Users who keep files make links to them
    Links,
}

#[derive(Args, Clone, Debug, Default)]
pub struct Questions {
    /// The store's name in the configuration
    #[arg(long, default_value = "photos")]
    pub store: String,
    /// The store's provider
    #[arg(long, value_enum)]
    pub provider: Option<Provider>,
    /// The store's endpoint for browsers; not for aws
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The region that signatures are for
    #[arg(long)]
    pub region: Option<String>,
    /// The bucket
    #[arg(long)]
    pub bucket: Option<String>,
    /// What makes uploads safe if the store may obey unsigned headers: docs/providers.md
    #[arg(long, value_enum)]
    pub uploads: Option<Uploads>,
    /// Who signs the tokens; by default a key set if --jwks-url is given, otherwise your own server
    #[arg(long, value_enum)]
    pub identity: Option<Kind>,
    /// Your name at that provider: a domain, a pool, a project
    #[arg(long, value_name = "NAME", requires = "identity", conflicts_with = "issuer")]
    pub identity_name: Option<String>,
    /// The issuer in tokens, if no --identity-name implies it
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// The identity provider's key set
    #[arg(long, value_name = "URL")]
    pub jwks_url: Option<String>,
    /// The audience in tokens
    #[arg(long)]
    pub audience: Option<String>,
    /// Rules to begin with; may be given several times. Without it, an existing policy.toml stays
    #[arg(long = "recipe", value_enum)]
    pub recipes: Vec<Recipe>,
    /// The most bytes of an upload
    #[arg(long, default_value_t = 100 * 1024 * 1024)]
    pub max_bytes: u64,
    /// An origin of pages that may call the API; may be given several times
    #[arg(long = "origin", value_name = "URL")]
    pub origins: Vec<String>,
    /// The deployment's alias in `mc`, for --apply at MinIO
    #[arg(long, value_name = "ALIAS", default_value = "")]
    pub mc_alias: String,
    /// The `aws` profile that may set rules and rights, for --apply
    #[arg(long, value_name = "NAME")]
    pub aws_profile: Option<String>,
    /// A hostname of your own for the Worker, in a zone of the account
    #[arg(long)]
    pub host: Option<String>,
}

/// All answers.
#[derive(Clone, Debug)]
pub struct Answers {
    pub store: String,
    pub provider: Provider,
    pub endpoint: Option<String>,
    pub region: String,
    pub bucket: String,
    pub uploads: Option<Uploads>,
    pub identity: Identity,
    pub recipes: Vec<Recipe>,
    /// Whether somebody named them.
    pub has_chosen_recipes: bool,
    pub max_bytes: u64,
    pub origins: Vec<String>,
    pub mc_alias: String,
    pub aws_profile: Option<String>,
    pub host: Option<String>,
}

impl Answers {
    /// Takes the options, and asks the person at the terminal for the rest.
    pub fn gather(questions: Questions) -> Result<Self> {
        let provider = match questions.provider {
            Some(provider) => provider,
            None => {
                let said = ask(
                    "provider",
                    "Whose store is it: aws, r2, minio, garage, ceph, swift, generic?",
                    Some("aws"),
                )?;
                Provider::from_str(&said, true)
                    .map_err(|_| anyhow::anyhow!("{said} is not one of the providers"))?
            }
        };
        let endpoint = match (provider, questions.endpoint) {
            (Provider::Aws, given) => given,
            (_, Some(given)) => Some(given),
            (_, None) => Some(ask("endpoint", "The store's address, as browsers reach it?", None)?),
        };
        let region = match questions.region {
            Some(region) => region,
            None => ask("region", "Its region?", Some(provider.usual_region()))?,
        };
        let bucket = match questions.bucket {
            Some(bucket) => bucket,
            None => ask("bucket", "The bucket?", None)?,
        };
        let kind = questions.identity.unwrap_or(match questions.jwks_url {
            Some(_) => Kind::Jwks,
            None => Kind::Secret,
        });
        if (kind == Kind::Jwks) != questions.jwks_url.is_some() {
            bail!("--jwks-url goes with --identity jwks, and the other way round");
        }
        let is_named = !matches!(kind, Kind::Secret | Kind::Jwks);
        let (option, given) = match is_named {
            true => ("identity-name", questions.identity_name),
            false => ("issuer", questions.issuer.or(questions.identity_name)),
        };
        let name = match given {
            Some(name) => name,
            None => ask(option, kind.question(), None)?,
        };
        let audience = match (questions.audience, kind.usual_audience(&name)) {
            (Some(audience), _) => audience,
            (None, Some(usual)) => usual.to_owned(),
            (None, None) => ask("audience", "What do your tokens say as their audience?", None)?,
        };
        let jwks_url = questions.jwks_url.unwrap_or_default();
        let identity = Identity { kind, name, audience, jwks_url };
        identity.check()?;
        let mut recipes = questions.recipes;
        let has_chosen_recipes = !recipes.is_empty();
        if recipes.is_empty() {
            recipes.push(Recipe::OwnFiles);
        }
        recipes.sort_unstable();
        recipes.dedup();
        if recipes.contains(&Recipe::Links) && !recipes.contains(&Recipe::OwnFiles) {
            bail!("--recipe links goes with --recipe own-files: the links are to these");
        }
        let has_uploads = recipes.contains(&Recipe::OwnFiles);
        let ways = if has_uploads { provider.uploads() } else { &[] };
        let uploads = match questions.uploads {
            None => ways.first().copied(),
            Some(way) if ways.contains(&way) => Some(way),
            Some(_) => bail!(
                "--uploads has no effect with this provider and these recipes: see docs/providers.md"
            ),
        };
        Ok(Self {
            store: questions.store,
            provider,
            endpoint,
            region,
            bucket,
            uploads,
            identity,
            recipes,
            has_chosen_recipes,
            max_bytes: questions.max_bytes,
            origins: questions.origins,
            mc_alias: questions.mc_alias,
            aws_profile: questions.aws_profile,
            host: questions.host,
        })
    }

    /// The prefix of the names of the store's secrets.
    pub fn credentials(&self) -> String {
        self.store.to_ascii_uppercase().replace('-', "_")
    }

    /// The secrets that the configuration names.
    pub fn secrets(&self) -> Vec<String> {
        let credentials = self.credentials();
        let mut names = vec![
            format!("{credentials}_ACCESS_KEY_ID"),
            format!("{credentials}_SECRET_ACCESS_KEY"),
        ];
        if self.uploads == Some(Uploads::WriteKey) {
            names.extend(["UPLOADS_ACCESS_KEY_ID", "UPLOADS_SECRET_ACCESS_KEY"].map(str::to_owned));
        }
        if self.identity.kind == Kind::Secret {
            names.push("SESSION_SECRET".to_owned());
        }
        if self.recipes.contains(&Recipe::Links) {
            names.push("LINK_KEY".to_owned());
        }
        names
    }
}

fn ask(option: &str, question: &str, usual: Option<&str>) -> Result<String> {
    if !stdin().is_terminal() {
        bail!("--{option} is missing, and there is no terminal to ask at");
    }
    let hint = usual.map(|usual| format!(" [{usual}]")).unwrap_or_default();
    print!("{question}{hint} ");
    stdout().flush()?;
    let mut said = String::new();
    if stdin().read_line(&mut said)? == 0 {
        bail!("nothing was changed");
    }
    match (said.trim(), usual) {
        ("", Some(usual)) => Ok(usual.to_owned()),
        ("", None) => ask(option, question, usual),
        (said, _) => Ok(said.to_owned()),
    }
}

#[cfg(test)]
pub mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        questions: Questions,
    }

    /// The answers of a command line.
    pub fn answers(line: &str) -> Result<Answers> {
        let words = std::iter::once("setup").chain(line.split_whitespace());
        Answers::gather(Line::try_parse_from(words)?.questions)
    }

    pub const R2: &str = "--provider r2 --endpoint https://a.r2.cloudflarestorage.com --region auto \
                          --bucket holiday --issuer https://app.example.com";

    #[test]
    fn the_secrets_are_those_that_the_configuration_names() {
        let names = |line: &str| answers(line).unwrap().secrets().join(" ");
        let key = "PHOTOS_ACCESS_KEY_ID PHOTOS_SECRET_ACCESS_KEY";
        assert_eq!(names(R2), format!("{key} SESSION_SECRET"));
        let minio = R2.replace("r2 ", "minio ");
        let second = "UPLOADS_ACCESS_KEY_ID UPLOADS_SECRET_ACCESS_KEY";
        assert_eq!(names(&minio), format!("{key} {second} SESSION_SECRET"));
        assert_eq!(names(&format!("{minio} --uploads bound")), format!("{key} SESSION_SECRET"));
        assert_eq!(
            names(&format!("{minio} --recipe public-read")),
            format!("{key} SESSION_SECRET")
        );
        let provider = R2
            .replace("--issuer https://app.example.com", "--identity supabase --identity-name abc");
        assert_eq!(names(&provider), key);
    }

    #[test]
    fn answers_that_do_not_go_together_are_refused() {
        for more in [
            "--uploads write-key",
            "--identity jwks",
            "--jwks-url https://id.example.com/keys --identity secret",
            "--recipe links",
            "--recipe public-read --uploads bound",
        ] {
            assert!(answers(&format!("{R2} {more}")).is_err(), "{more}");
        }
    }
}

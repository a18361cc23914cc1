//! What setup has to know: each is an option, and is asked for where it isn't given and there is a terminal.

use std::io::{IsTerminal, Write, stdin, stdout};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

/// Whose store it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    Aws,
    R2,
    Minio,
    Garage,
    Ceph,
    Swift,
    Generic,
}

/// Rules to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Recipe {
    /// Everybody who is signed in keeps files below users/{sub}/
    OwnFiles,
    /// Everybody who is signed in reads what lies below public/
    PublicRead,
    /// Who keeps files makes links to them
    Links,
}

#[derive(Args, Clone, Debug, Default)]
pub struct Questions {
    /// The store's name in the configuration
    #[arg(long, default_value = "photos")]
    pub store: String,
    /// Whose store it is
    #[arg(long, value_enum)]
    pub provider: Option<Provider>,
    /// The store's endpoint, as browsers reach it; not for aws
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// The region that signatures are for
    #[arg(long)]
    pub region: Option<String>,
    /// The bucket
    #[arg(long)]
    pub bucket: Option<String>,
    /// What tokens say as their issuer
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,
    /// The identity provider's key set; without it tokens are signed with a secret that setup makes
    #[arg(long, value_name = "URL")]
    pub jwks_url: Option<String>,
    /// What tokens say as their audience
    #[arg(long, default_value = "edge-signer")]
    pub audience: String,
    /// Rules to begin with; may be given several times
    #[arg(long = "recipe", value_enum)]
    pub recipes: Vec<Recipe>,
    /// The most bytes of an upload
    #[arg(long, default_value_t = 100 * 1024 * 1024)]
    pub max_bytes: u64,
    /// An origin of pages that may call the API; may be given several times
    #[arg(long = "origin", value_name = "URL")]
    pub origins: Vec<String>,
    /// A hostname of your own for the Worker, in a zone of the account
    #[arg(long)]
    pub host: Option<String>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Answers {
    pub store: String,
    pub provider: Provider,
    pub endpoint: Option<String>,
    pub region: String,
    pub bucket: String,
    pub issuer: String,
    pub jwks_url: Option<String>,
    pub audience: String,
    pub recipes: Vec<Recipe>,
    pub max_bytes: u64,
    pub origins: Vec<String>,
    pub host: Option<String>,
}

impl Provider {
    /// As the configuration has it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Answers {
    /// What the options say, and for the rest what whoever sits there says.
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
        let usual_region = match provider {
            Provider::Aws => "eu-central-1",
            Provider::R2 => "auto",
            Provider::Garage => "garage",
            _ => "us-east-1",
        };
        let given = |name: &str, given: Option<String>, question: &str, usual: Option<&str>| {
            given.map_or_else(|| ask(name, question, usual), Ok)
        };
        let region = given("region", questions.region, "Its region?", Some(usual_region))?;
        let bucket = given("bucket", questions.bucket, "The bucket?", None)?;
        let question = "What do your tokens say as their issuer (iss)?";
        let issuer = given("issuer", questions.issuer, question, None)?;
        let mut recipes = questions.recipes;
        if recipes.is_empty() {
            recipes.push(Recipe::OwnFiles);
        }
        recipes.sort_unstable();
        recipes.dedup();
        if recipes.contains(&Recipe::Links) && !recipes.contains(&Recipe::OwnFiles) {
            bail!("--recipe links goes with --recipe own-files: the links are to these");
        }
        Ok(Self {
            store: questions.store,
            provider,
            endpoint,
            region,
            bucket,
            issuer,
            jwks_url: questions.jwks_url,
            audience: questions.audience,
            recipes,
            max_bytes: questions.max_bytes,
            origins: questions.origins,
            host: questions.host,
        })
    }

    /// What the names of the store's secrets begin with.
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
        if self.jwks_url.is_none() {
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

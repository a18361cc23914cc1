//! What a Worker asks one of the ledger's objects, and what that answers: one type for both sides.

use serde::{Deserialize, Serialize};

use super::judge::{Refusal, Verdict};
use super::{History, LedgerUnavailable, Spend, SpendId, Terms, Use};
use crate::encoding::hex;
use crate::time::Timestamp;

/// Random bytes of a question's name.
pub const QUESTION_RANDOM_BYTES: usize = 8;

/// The name of a question. Whoever repeats it repeats the name, and so isn't counted again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct QuestionId(String);

impl QuestionId {
    /// A new name.
    pub fn new(random: [u8; QUESTION_RANDOM_BYTES]) -> Self {
        Self(hex(&random))
    }

    /// 16 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for QuestionId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let valid = text.len() == 2 * QUESTION_RANDOM_BYTES && is_hex(&text);
        valid.then_some(Self(text)).ok_or("not the name of a question")
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What an object is asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Its name.
    pub id: QuestionId,
    /// Until when whoever asks waits, in milliseconds since 1970. A use that comes later is counted for nobody.
    pub wait_until_ms: u64,
    /// Whether whoever asks keeps a mark of what is spent, and so wants to know which refusal was the first.
    pub keeps_marks: bool,
    /// What it asks.
    pub question: Question,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// To record uses of different things.
    Spend(Vec<AskedUse>),
    /// What [`Self::Spend`] would say of a use.
    Foresee(AskedUse),
    /// To leave no use of a link.
    Revoke(AskedLink),
    /// What is known of a link.
    History(AskedLink),
}

/// A use, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskedUse {
    /// What is used.
    pub id: SpendId,
    /// Until when its record has to be kept, in Unix seconds.
    pub until: u64,
    /// How it may be used.
    pub terms: AskedTerms,
}

/// A link that is asked about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskedLink {
    /// Its id.
    pub id: SpendId,
    /// Until when its record is kept, in Unix seconds.
    pub until: u64,
}

/// [`Terms`], owned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AskedTerms {
    /// A one-time key.
    Key,
    /// A link.
    Link {
        /// How often it may be used; `None` for any number of times.
        most: Option<u32>,
        /// Who uses it.
        browser: Option<AskedBrowser>,
    },
}

/// A browser that may come again for a while.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskedBrowser {
    /// The hash of what it shows.
    #[serde(deserialize_with = "hash")]
    pub hash: String,
    /// For how many seconds after its use.
    pub grace: u64,
}

fn hash<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() == 64 && is_hex(&text) {
        Ok(text)
    } else {
        Err(serde::de::Error::custom("not a hash"))
    }
}

impl From<&Use<'_>> for AskedUse {
    fn from(one: &Use<'_>) -> Self {
        let terms = match one.terms {
            Terms::Key => AskedTerms::Key,
            Terms::Link { most, browser } => AskedTerms::Link {
                most,
                browser: browser.map(|browser| AskedBrowser {
                    hash: browser.hash.to_owned(),
                    grace: browser.grace,
                }),
            },
        };
        Self { id: one.id.clone(), until: one.until.unix_seconds(), terms }
    }
}

/// What an object answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// What became of each use, in order.
    Uses(Vec<Said>),
    /// It is done.
    Done,
    /// What is known of a link.
    History {
        /// How often it was used.
        count: u32,
        /// When, in Unix seconds.
        at: Vec<u64>,
        /// Whether it was revoked.
        revoked: bool,
    },
}

/// What became of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    /// It is recorded; so many are left, or any number.
    Fresh {
        /// How many.
        left: Option<u32>,
    },
    /// The same browser came again within its grace.
    Again,
    /// All uses were spent before, and that holds until then.
    Used {
        /// In Unix seconds.
        until: u64,
        /// Whether nobody was told before.
        is_first: bool,
    },
    /// It was revoked, and that holds until then.
    Revoked {
        /// In Unix seconds.
        until: u64,
    },
    /// It comes after the moment until which it would be recorded.
    Expired,
    /// Its record would be kept for long, and no more of those are taken.
    Full,
    /// Nobody waits for it any more; nothing is recorded.
    Late,
}

impl Said {
    /// What it means for whoever asked.
    pub fn verdict(self) -> Result<Verdict, LedgerUnavailable> {
        let refused = |spend, until, is_first| {
            let until = Timestamp::from_unix_seconds(until);
            Verdict { spend, refusal: Some(Refusal { until, is_first }) }
        };
        Ok(match self {
            Self::Fresh { left } => Spend::Fresh { left }.into(),
            Self::Again => Spend::Again.into(),
            Self::Used { until, is_first } => refused(Spend::Used, until, is_first),
            Self::Revoked { until } => refused(Spend::Revoked, until, false),
            Self::Expired => Spend::Expired.into(),
            Self::Full => Spend::Full.into(),
            Self::Late => {
                let late =
                    "the question reached the ledger's object too late, and recorded nothing";
                return Err(LedgerUnavailable(late.to_owned()));
            }
        })
    }
}

impl Answer {
    /// The history that it is.
    pub fn history(self) -> Option<History> {
        let Self::History { count, at, revoked } = self else { return None };
        let at = at.into_iter().map(Timestamp::from_unix_seconds).collect();
        Some(History { count, at, revoked })
    }
}

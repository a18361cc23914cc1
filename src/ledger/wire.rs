//! The questions to one of the ledger's objects, and their answers: one type for both sides.

use serde::{Deserialize, Serialize};

use super::judge::{Refusal, Verdict};
use super::{History, LedgerUnavailable, Spend, SpendId, Terms, Use};
use crate::encoding::hex;
use crate::time::Timestamp;

/// Random bytes of a question's name.
pub const QUESTION_RANDOM_BYTES: usize = 8;

/// The name of a question. A repeated question has the same name, and so isn't counted again.
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

/// A question to an object, with its name and deadline.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// Its name.
    pub id: QuestionId,
    /// Until when the Worker waits, in milliseconds since 1970. A use that comes later isn't counted.
    pub wait_until_ms: u64,
    /// Whether the Worker keeps marks of spent ids, and so needs to know which refusal was the first.
    pub keeps_marks: bool,
    /// The question.
    pub question: Question,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// Record uses of different things.
    Spend(Vec<AskedUse>),
    /// What [`Self::Spend`] would answer for a use.
    Foresee(AskedUse),
    /// Revoke a link.
    Revoke(AskedLink),
    /// What is known of a link.
    History(AskedLink),
}

/// A requested use.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskedUse {
    /// The id that is used.
    pub id: SpendId,
    /// Until when its record has to be kept, in Unix seconds.
    pub until: u64,
    /// How it may be used.
    pub terms: AskedTerms,
}

/// A link in a question.
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
        /// The browser that uses it.
        browser: Option<AskedBrowser>,
    },
}

/// A browser that may come again for a while.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskedBrowser {
    /// The hash of its cookie or other proof.
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

/// An object's answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// The outcome of each use, in order.
    Uses(Vec<Said>),
    /// The revocation is recorded.
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

/// The outcome of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    /// It is recorded.
    Fresh {
        /// How many uses are left; `None` for any number.
        left: Option<u32>,
    },
    /// The same browser came again within its grace.
    Again,
    /// All uses were spent before.
    Used {
        /// In Unix seconds.
        until: u64,
        /// Whether nobody was told before.
        is_first: bool,
    },
    /// The id was revoked.
    Revoked {
        /// In Unix seconds.
        until: u64,
    },
    /// It comes after the end of its own record.
    Expired,
    /// It is a long key, and the object has no room for another.
    Full,
    /// Nobody waits for it any more; nothing is recorded.
    Late,
}

impl Said {
    /// The verdict for the Worker.
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
    /// The history in the answer.
    pub fn history(self) -> Option<History> {
        let Self::History { count, at, revoked } = self else { return None };
        let at = at.into_iter().map(Timestamp::from_unix_seconds).collect();
        Some(History { count, at, revoked })
    }
}

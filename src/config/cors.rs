//! `[vars.CORS]`: which pages of other origins may call the API from a browser.

use crate::sigv4::Origin;
use crate::variables::Table;

/// Pages of these origins may. By default none may.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<AllowedOrigin>,
    credentials: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum AllowedOrigin {
    Any,
    Exactly(String),
}

impl Cors {
    /// Reads `[vars.CORS]`.
    pub fn read(table: Table<'_>) -> Self {
        let origins = table.list("allowed_origins", |text| match text {
            "*" => Ok(AllowedOrigin::Any),
            _ => match Origin::parse_prefix(text) {
                // A browser writes an origin in one way only; any other would never match.
                Ok((origin, "")) if origin.to_string() == text => {
                    Ok(AllowedOrigin::Exactly(text.to_owned()))
                }
                _ => {
                    Err("has to be an origin as browsers write it, such as https://app.example.com")
                }
            },
        });
        let origins = origins.unwrap_or_default();
        let credentials = table.flag("allow_credentials");
        if credentials && origins.contains(&AllowedOrigin::Any) {
            let help = "can't be true where every origin is allowed: name the origins";
            table.fault("allow_credentials", help);
        }
        table.finish();
        Self { origins, credentials }
    }

    /// Whether it names this origin: all of them isn't naming one.
    pub(crate) fn names(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| match allowed {
            AllowedOrigin::Any => false,
            AllowedOrigin::Exactly(exact) => exact == origin,
        })
    }

    /// Whether it allows any page.
    pub(crate) const fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// Whether it allows pages of this origin.
    pub(crate) fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| match allowed {
            AllowedOrigin::Any => true,
            AllowedOrigin::Exactly(exact) => exact == origin,
        })
    }

    /// Whether these pages may send cookies.
    pub(crate) const fn with_credentials(&self) -> bool {
        self.credentials
    }
}

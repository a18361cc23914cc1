//! The problems of links with passwords.

use http::{StatusCode, header};

use super::error::Error;
use super::problem::Problem;

/// The part of the table that is about passwords.
pub(super) fn of_password(error: &Error) -> Problem {
    match error {
        Error::PasswordWrong { left } => {
            Problem::new(StatusCode::FORBIDDEN, "password_wrong", wrong(*left))
        }
        Error::TooManyTries { retry_after } => {
            let minutes = in_minutes(*retry_after);
            let detail =
                format!("Too many passwords of this link were tried. Try again in {minutes}.");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", detail)
                .with_header(header::RETRY_AFTER, retry_after.to_string())
        }
        Error::PasswordUnavailable(reason) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "password_unavailable",
            "Passwords can't be looked at now. Try again.",
        )
        .with_header(header::RETRY_AFTER, "1")
        .with_reason(reason.clone()),
        _ => Problem::new(
            StatusCode::FORBIDDEN,
            "password_missing",
            "This link has a password. Send it with POST, as the field password of JSON or of a form.",
        ),
    }
}

fn wrong(left: Option<u32>) -> String {
    const WRONG: &str = "That isn't the password of this link";
    match left {
        Some(0) => format!("{WRONG}. No other can be tried until the next hour begins."),
        Some(left) => format!("{WRONG}. Until the next hour begins, {left} more can be tried."),
        None => format!("{WRONG}, and was tried before."),
    }
}

/// Rounded up.
fn in_minutes(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

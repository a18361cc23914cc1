//! Checks a deployment from outside: every line is ok, or says what to do.

mod line;
mod objects;
mod outside;
mod settings;
mod uses;
mod visit;

use std::sync::Arc;

use crate::probe::Client;
use visit::Visit;

pub(crate) use line::{Line, Verdict};
pub(crate) use settings::Settings;

/// Makes all checks. The error is a sentence; then nothing was checked.
pub(crate) fn examine(settings: &Settings<'_>) -> Result<Vec<Line>, String> {
    let client = Client::new(settings.ca, settings.seconds, Arc::clone(&settings.stop))?;
    let visit = Visit::new(settings, &client);
    let mut lines = Vec::new();
    if outside::look(&visit, &mut lines) && objects::look(&visit, &mut lines) {
        lines.push(uses::one_time_key(&visit));
        lines.push(uses::link(&visit));
        // The object is removed even if the user has stopped the command.
        client.start_cleaning();
        lines.push(objects::remove(&visit));
    }
    Ok(lines)
}

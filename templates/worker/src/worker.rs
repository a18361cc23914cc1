//! Between the runtime and `signing`: who asks, for what, and the answer.

use edge_signer::crypto::sha256;
use edge_signer::encoding::percent_decode;
use edge_signer::time::Timestamp;
use worker::{Context, Date, Env, Request, Response, Result, event};

use crate::signing::{Refused, Signing};

const ROUTE: &str = "/files/";

/// `GET /files/{key}` with `authorization: Bearer <the team's key>`.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let path = request.path();
    let Some(key) = path.strip_prefix(ROUTE).and_then(|key| percent_decode(key).ok()) else {
        return Response::error("There is nothing here.", 404);
    };
    let Some(team) = team(&request, &env)? else {
        return Response::error("Show your team's key.", 401);
    };
    let secret = |name: &str| env.secret(name).ok().map(|secret| secret.to_string());
    let signing = match Signing::read(&env.object_var("STORE")?, &secret) {
        Ok(signing) => signing,
        Err(why) => {
            worker::console_error!("{why}");
            return Response::error("This isn't set up yet.", 503);
        }
    };
    let now = Timestamp::from_unix_seconds(Date::now().as_millis() / 1000);
    match signing.url(&team, &key, now) {
        Ok(url) => {
            let mut answer = Response::empty()?.with_status(307);
            answer.headers_mut().set("location", &url)?;
            // A URL grants what it says: nobody keeps it.
            answer.headers_mut().set("cache-control", "no-store")?;
            answer.headers_mut().set("referrer-policy", "no-referrer")?;
            Ok(answer)
        }
        Err(Refused::Key | Refused::NotAllowed) => Response::error("That isn't yours.", 403),
        Err(Refused::Unavailable) => Response::error("Try again later.", 503),
    }
}

/// The team whose key the request shows. Hashes are compared, so that time tells nothing of the key.
fn team(request: &Request, env: &Env) -> Result<Option<String>> {
    let key = env.secret("TEAM_KEY")?.to_string();
    let shown = request.headers().get("authorization")?;
    let shown = shown.as_deref().and_then(|shown| shown.strip_prefix("Bearer "));
    let is_key = shown.is_some_and(|shown| sha256(shown.as_bytes()) == sha256(key.as_bytes()));
    Ok(if is_key && key.len() >= 32 { Some(env.var("TEAM")?.to_string()) } else { None })
}

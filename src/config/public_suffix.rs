//! Whether anybody can get a name directly below a host: `com`, `co.uk`, `pages.dev`.

/// Hosting services whose customers get names directly below these hosts.
const HOSTING: &str = "amplifyapp.com appspot.com azurewebsites.net cloudfront.net deno.dev firebaseapp.com fly.dev \
    github.io gitlab.io herokuapp.com lovable.app netlify.app ngrok-free.app ngrok.app ngrok.io onrender.com pages.dev \
    r2.dev replit.app run.app supabase.co surge.sh trycloudflare.com up.railway.app vercel.app web.app webflow.io \
    workers.dev";

/// Common names of the level below which countries sell names.
const SECOND_LEVELS: &str = "ac co com edu gob gov go gouv ltd me ne net nom or org plc sch";

/// Whether the host is a public suffix. The native check, which each build runs, uses the whole list
/// (<https://publicsuffix.org>). A Worker knows only the usual ones, because the list is large.
pub(super) fn is_public_suffix(host: &str) -> bool {
    is_usual(host) || is_listed(host)
}

fn is_usual(host: &str) -> bool {
    let has = |list: &str, word: &str| list.split(' ').any(|listed| listed == word);
    match host.rsplit_once('.') {
        None => true,
        Some((below, top)) => has(HOSTING, host) || top.len() == 2 && has(SECOND_LEVELS, below),
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn is_listed(host: &str) -> bool {
    // Below some hosts each name is a public suffix itself: *.kawasaki.jp.
    let below = format!("0.{host}");
    [host, &below].into_iter().any(|host| psl::suffix_str(host) == Some(host))
}

#[cfg(target_arch = "wasm32")]
const fn is_listed(_host: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_knows_the_usual_ones_without_the_list() {
        for host in ["com", "dev", "co.uk", "com.au", "pages.dev", "workers.dev", "up.railway.app"]
        {
            assert!(is_usual(host), "{host}");
        }
        for host in ["example.com", "app.pages.dev", "example.co.uk", "com.example"] {
            assert!(!is_usual(host), "{host}");
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn what_it_knows_is_in_the_list_too() {
        for host in HOSTING.split(' ') {
            assert!(is_listed(host), "{host}");
        }
        for host in
            ["com", "co.uk", "pages.dev", "s3.amazonaws.com", "kawasaki.jp", "city.kyoto.jp"]
        {
            let listed = host != "city.kyoto.jp";
            assert_eq!(is_listed(host), listed, "{host}");
        }
        assert!(!is_listed("example.com") && !is_listed("app.pages.dev"));
    }
}

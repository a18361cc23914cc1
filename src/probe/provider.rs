//! Guesses the provider from a store's address and answers.

use edge_signer::s3::Provider;

use super::answer::Answer;

/// Ends of host names.
const HOSTS: [(&str, &str); 7] = [
    ("amazonaws.com", "aws"),
    ("amazonaws.com.cn", "aws"),
    ("r2.cloudflarestorage.com", "r2"),
    ("backblazeb2.com", "b2"),
    ("wasabisys.com", "wasabi"),
    ("digitaloceanspaces.com", "spaces"),
    ("supabase.co", "supabase"),
];

/// The name of a provider that the configuration knows.
pub(super) fn guess(origin: &str, answer: &Answer) -> Option<&'static str> {
    let host = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let by_host = HOSTS.iter().find(|(end, _)| {
        host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    let named = by_host.map(|(_, name)| *name).or_else(|| by_answer(answer));
    named.filter(|name| Provider::parse(name).is_ok())
}

fn by_answer(answer: &Answer) -> Option<&'static str> {
    let server = answer.header("server").unwrap_or_default();
    let request = answer.header("x-amz-request-id").unwrap_or_default();
    if answer.header("x-openstack-request-id").is_some() || answer.header("x-trans-id").is_some() {
        Some("swift")
    } else if server.starts_with("MinIO") {
        Some("minio")
    } else if server.starts_with("SeaweedFS") {
        Some("seaweedfs")
    } else if request.starts_with("tx0") && request.matches('-').count() >= 3 {
        // tx, a number, the time, the gateway's number and the zone.
        Some("ceph")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, value: &str) -> Answer {
        Answer { status: 200, headers: vec![(name.to_owned(), value.to_owned())], body: Vec::new() }
    }

    #[test]
    fn a_provider_is_known_by_its_host_or_its_answer() {
        let none = answer("x-none", "");
        for (origin, expected) in [
            ("https://b.s3.eu-central-1.amazonaws.com", Some("aws")),
            ("https://notamazonaws.com", None),
            ("https://0.r2.cloudflarestorage.com:443", Some("r2")),
            ("http://127.0.0.1:9000", None),
        ] {
            assert_eq!(guess(origin, &none), expected, "{origin}");
        }
        let ceph = answer("x-amz-request-id", "tx00000779f97ef3ee33cad-006b0a9ee6-ac51-default");
        assert_eq!(guess("http://127.0.0.1", &ceph), Some("ceph"));
        assert_eq!(guess("http://127.0.0.1", &answer("server", "MinIO")), Some("minio"));
        assert_eq!(guess("http://127.0.0.1", &answer("server", "nginx")), None);
    }
}

use super::*;

fn secrets(name: &str) -> Option<String> {
    match name {
        "PHOTOS_ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        "PHOTOS_SECRET_ACCESS_KEY" => Some("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
        _ => None,
    }
}

fn read(json: &serde_json::Value) -> Result<Store, Vec<(String, String)>> {
    let faults = Faults::default();
    let store = Table::new("STORES.photos", json, &faults)
        .and_then(|table| Store::read("photos", table, &faults, &secrets));
    store.ok_or_else(|| faults.into_vec().into_iter().map(|f| (f.path, f.detail)).collect())
}

#[test]
fn every_fault_is_named_with_its_path() {
    let json = serde_json::json!({
        "endpoint": "s3.amazonaws.com", "bucket": "x", "style": "dns",
        "provider": "oracle", "credentials": "ARCHIVE", "region": "eu", "regoin": "eu",
    });
    let paths: Vec<String> = read(&json).unwrap_err().into_iter().map(|fault| fault.0).collect();
    assert_eq!(
        paths,
        [
            "STORES.photos.style",
            "STORES.photos.provider",
            "ARCHIVE_ACCESS_KEY_ID",
            "ARCHIVE_SECRET_ACCESS_KEY",
            "STORES.photos.bucket",
            "STORES.photos.regoin",
        ]
    );
}

#[test]
fn the_newest_credentials_that_have_not_expired_sign() {
    let all = |name: &str| match name {
        "OLD_ACCESS_KEY_ID" | "NEW_ACCESS_KEY_ID" => Some("AKIAIOSFODNN7EXAMPLE".to_owned()),
        "OLD_SECRET_ACCESS_KEY" | "NEW_SECRET_ACCESS_KEY" => {
            Some("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned())
        }
        // Half of a set that is being put.
        "NEXT_ACCESS_KEY_ID" => Some("AKIAI44QH8DHBEXAMPLE".to_owned()),
        "NEW_EXPIRES_AT" => Some("2026-01-15T12:00:00Z".to_owned()),
        _ => None,
    };
    let json = serde_json::json!({
        "endpoint": "https://s3.example.com", "bucket": "photos", "region": "eu",
        "credentials": ["OLD", "NEW", "NEXT"],
    });
    let faults = Faults::default();
    let table = Table::new("STORES.photos", &json, &faults).unwrap();
    let store = Store::read("photos", table, &faults, &all).unwrap();
    let current = |time: &str| {
        let now = Timestamp::parse_rfc3339(time).unwrap();
        let set = store.current_credentials(now).unwrap();
        (set.name.clone(), set.max_expires(now).unwrap().seconds())
    };
    assert_eq!(current("2026-01-15T11:59:00Z"), ("NEW".to_owned(), 60));
    assert_eq!(current("2026-01-15T12:00:00Z"), ("OLD".to_owned(), 604_800));
    assert_eq!(store.credentials().len(), 2);
}

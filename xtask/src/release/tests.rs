use super::*;

const LOCK: &str = "[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\
                    [[package]]\nname = \"edge-signer\"\nversion = \"0.2.0\"\n";

fn found(file: &str, text: &str) -> Option<String> {
    version_in(file, text).unwrap()
}

#[test]
fn each_kind_of_file_says_its_version() {
    for (file, text) in [
        ("Cargo.toml", "[package]\nname = \"edge-signer\"\nversion = \"0.2.0\"\n"),
        ("Cargo.lock", LOCK),
        ("bench/Cargo.lock", LOCK),
        ("package.json", r#"{"version":"0.2.0"}"#),
        ("package-lock.json", r#"{"version":"0.2.0","packages":{"":{"version":"0.2.0"}}}"#),
        ("assets/openapi.json", r#"{"openapi":"3.1.0","info":{"version":"0.2.0"}}"#),
    ] {
        assert_eq!(found(file, text).as_deref(), Some("0.2.0"), "{file}");
    }
    assert_eq!(found("Cargo.lock", "[[package]]\nname = \"a\"\nversion = \"0.2.0\"\n"), None);
    assert_eq!(found("package.json", "{}"), None);
    let two = r#"{"version":"0.2.0","packages":{"":{"version":"0.1.0"}}}"#;
    assert!(version_in("package-lock.json", two).unwrap_err().contains("two versions"));
    assert!(version_in("package.json", "{").unwrap_err().starts_with("package.json: "));
    assert!(version_in("Cargo.lock", "[[").unwrap_err().starts_with("Cargo.lock: "));
}

#[test]
fn a_file_with_another_version_is_named_with_both() {
    let check = |need, found: Option<&str>| {
        agrees("package.json", need, Ok(found.map(str::to_owned)), "0.2.0")
    };
    assert_eq!(check(Need::Always, Some("0.2.0")), Some(Ok("package.json has it too".to_owned())));
    let other = "package.json has 0.1.0: set it to 0.2.0".to_owned();
    assert_eq!(check(Need::IfThere, Some("0.1.0")), Some(Err(other)));
    assert_eq!(check(Need::IfThere, None), None);
    assert!(check(Need::Always, None).unwrap().is_err());
    let unread = agrees("package.json", Need::IfThere, Err("gone".to_owned()), "0.2.0");
    assert_eq!(unread, Some(Err("gone".to_owned())));
}

#[test]
fn a_version_has_three_numbers() {
    for good in ["0.1.0", "10.20.30", "1.0.0-beta.1"] {
        assert!(is_version(good), "{good}");
    }
    for bad in ["", "1.0", "1.0.0.0", "01.0.0", "1.0.x", "v1.0.0", "1.0.0-", "1.0.0-a..b"] {
        assert!(!is_version(bad), "{bad}");
    }
}

#[test]
fn the_changelog_has_the_version_or_what_becomes_it() {
    let check = |text: &str| changelog(text, "0.2.0");
    let dated = "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n### Added\n\n- A.\n";
    assert_eq!(check(dated), Ok("CHANGELOG.md has [0.2.0] of 2026-02-03".to_owned()));
    let unreleased = "## [Unreleased]\n### Fixed\n- B.\n## [0.1.0] - 2026-01-02\n### Added\n- A.\n";
    let becomes = "CHANGELOG.md has an [Unreleased] that can become [0.2.0]";
    assert_eq!(check(unreleased), Ok(becomes.to_owned()));
    for (text, why) in [
        ("", "no section"),
        ("## [0.1.0] - 2026-01-02\n### Added\n- A.\n", "no section"),
        (
            "## [Unreleased]\n\n## [0.1.0] - 2026-01-02\n### Added\n- A.\n",
            "[Unreleased] says nothing",
        ),
        ("## [0.2.0]\n### Added\n- A.\n", "with a date"),
        ("## [0.2.0] - 2026-13-01\n### Added\n- A.\n", "with a date"),
        ("## [0.2.0] - soon\n### Added\n- A.\n", "with a date"),
        ("## [0.2.0] - 2026-02-03\n## [Unreleased]\n- A.\n", "[0.2.0] says nothing"),
        ("## [0.2.0] - 2026-02-03\n### New\n- A.\n", "a part New"),
    ] {
        assert!(check(text).unwrap_err().contains(why), "{text:?}: {:?}", check(text));
    }
}

#[test]
fn the_tree_is_clean_on_main_and_the_tag_new() {
    assert!(tree(Some("")).is_ok());
    assert!(tree(Some("M a\n?? b")).unwrap_err().contains("(2 of it)"));
    assert!(tree(None).is_err());
    assert!(branch(Some("main")).is_ok());
    for other in [Some("topic"), Some(""), None] {
        assert!(branch(other).is_err(), "{other:?}");
    }
    assert!(untagged(Some(""), "v0.2.0").is_ok());
    assert!(untagged(Some("v0.2.0"), "v0.2.0").unwrap_err().contains("v0.2.0"));
    assert!(untagged(None, "v0.2.0").is_err());
}

use proptest::prelude::*;
use unicode_normalization::char::{canonical_combining_class, compose};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::*;

/// A store that may make every change.
const CARELESS: Spelling =
    Spelling { drops_leading_slashes: true, collapses_slashes: true, normalises: true };

#[test]
fn a_key_is_what_such_a_store_makes_of_it() {
    for (given, seen) in [
        ("a/b", "a/b"),
        ("/a", "a"),
        ("///a//b", "a/b"),
        ("a//b///c/", "a/b/c/"),
        ("a\\b", "a/b"),
        ("\\a", "a"),
        ("/", ""),
        ("a/", "a/"),
    ] {
        assert_eq!(CARELESS.of_key(given), seen, "{given}");
        assert_eq!(Spelling::default().of_key(given), given);
    }
    let drops = Spelling { drops_leading_slashes: true, ..Spelling::default() };
    assert_eq!(drops.of_key("//a//b"), "a//b");
    let collapses = Spelling { collapses_slashes: true, ..Spelling::default() };
    assert_eq!(collapses.of_key("//a//b"), "/a/b");
}

#[test]
fn a_pattern_is_written_as_keys_are() {
    for (given, seen) in [
        ("/secret/**", "secret/**"),
        ("a//{sub}/*", "a/{sub}/*"),
        ("a/u\u{308}x/b", "a/*/b"),
        ("a/u\u{308}**", "a/**"),
        ("**", "**"),
    ] {
        assert_eq!(CARELESS.of_pattern(given), seen, "{given}");
        assert_eq!(Spelling::default().of_pattern(given), given);
    }
}

#[test]
fn keys_of_ordinary_languages_are_known_to_be_in_nfc() {
    for key in [
        "users/alice/cat.jpg",
        "Übersicht/Größe.pdf",
        "Việt Nam/ảnh.png",
        "фото/ёлка.jpg",
        "φωτογραφία/ά.png",
        "写真/猫.jpg",
        "ガギグ/ぱ.txt",
        "사진/고양이.jpg",
        "צילום.jpg",
        "ผู้ใช้/รูป.png",
        "तस्वीर/ज़रूर.png",
        "ছবি/বাংলা.png",
        "படம்/கோ.png",
        "🦀/👩‍👩‍👧.png",
    ] {
        let key: String = key.nfc().collect();
        assert!(is_surely_nfc(&key), "{key}");
    }
    for key in ["u\u{308}", "a/e\u{301}.png", "\u{212b}", "か\u{3099}", "\u{1112}\u{1161}"] {
        assert!(!is_surely_nfc(key), "{key:?}");
    }
}

/// Characters that normalisation changes, and some that it doesn't.
fn interesting() -> Vec<char> {
    let moves = |c: &char| {
        class_of(*c) != 0
            || is_within(UNSTABLE, *c)
            || COMPOSED.iter().any(|(first, second)| first == c || second == c)
    };
    ('\u{300}'..=char::MAX).filter(moves).chain("aeu/é\u{ac00}".chars()).collect()
}

/// Because of marks out of order, the class of every character has to be known.
#[test]
fn every_character_has_its_combining_class() {
    let others: Vec<_> = ('\0'..=char::MAX)
        .filter(|c| class_of(*c) != canonical_combining_class(*c))
        .map(|c| (c, canonical_combining_class(c)))
        .collect();
    assert_eq!(others, []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn random_texts_that_are_called_nfc_are_nfc(
        text in prop::collection::vec(prop::sample::select(interesting()), 1..6),
    ) {
        let text: String = text.into_iter().collect();
        prop_assert!(!is_surely_nfc(&text) || is_nfc(&text), "{:?}", text);
    }

    #[test]
    fn so_are_texts_of_any_characters(text in "\\PC{1,6}") {
        prop_assert!(!is_surely_nfc(&text) || is_nfc(&text), "{:?}", text);
    }
}

/// A character that stands for two, of which the first may combine with the letter before it.
#[test]
fn what_is_taken_apart_to_be_joined_otherwise_is_known() {
    let decomposed = |c: char| c.to_string().nfd().collect::<Vec<char>>();
    let several: Vec<(char, Vec<char>)> = ('\0'..=char::MAX)
        .map(|c| (c, decomposed(c)))
        .filter(|(_, decomposed)| decomposed.len() > 1)
        .collect();
    let (mut unknown, mut seen) = (Vec::new(), 0);
    for (joined, parts) in several.iter().filter(|(_, parts)| parts.len() == 2) {
        let [before, first] = parts[..] else { continue };
        if compose(before, first) != Some(*joined) {
            continue;
        }
        for (c, _) in several.iter().filter(|(_, parts)| parts[0] == first) {
            let text = format!("{before}{c}");
            seen += 1;
            if !is_nfc(&text) && is_surely_nfc(&text) {
                unknown.push(text);
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
    assert!(seen > 10, "{seen}");
}

#[test]
fn what_nfc_writes_otherwise_is_known_of_every_character_and_every_pair() {
    let mut unknown = Vec::new();
    for c in '\0'..=char::MAX {
        let alone = c.to_string();
        if !is_nfc(&alone) && is_surely_nfc(&alone) {
            unknown.push(format!("alone {:x}", u32::from(c)));
        }
        // The pair that combines to it last.
        let decomposed: Vec<char> = alone.nfd().collect();
        let Some((&last, before)) = decomposed.split_last() else { continue };
        let before: String = before.iter().copied().nfc().collect();
        let mut before = before.chars();
        if let (Some(first), None) = (before.next(), before.next())
            && compose(first, last).is_some()
            && is_surely_nfc(&format!("{first}{last}"))
        {
            unknown.push(format!("({:x}, {:x})", u32::from(first), u32::from(last)));
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

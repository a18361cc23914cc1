/// Endings of files that browsers hand to a player, which fetches them in pieces.
pub const PLAYED_ENDINGS: [&str; 20] = [
    "3gp", "aac", "flac", "m4a", "m4b", "m4v", "mka", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg",
    "oga", "ogg", "ogv", "opus", "wav", "weba", "webm",
];

/// Whether a key ends like audio or video files.
///
/// ```
/// use edge_signer::s3::is_played;
///
/// assert!(is_played("films/holiday.MP4"));
/// assert!(!is_played("mp4"));
/// assert!(!is_played("films.mp4/poster.png"));
/// ```
pub fn is_played(key: &str) -> bool {
    let name = super::file_name(key);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending
        .is_some_and(|ending| PLAYED_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

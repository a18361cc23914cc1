use crate::time::Timestamp;

/// Milliseconds since 1970. The clock is read here and nowhere else in the Worker. In production it stands still
/// between I/O.
pub(super) fn now_ms() -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since 1970 are positive and far below 2^53"
    )]
    let now = js_sys::Date::now() as u64;
    now
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_unix_seconds(now_ms() / 1000)
}

use crate::time::Timestamp;

/// The clock is read here and nowhere else in the Worker. In production it stands still between I/O.
pub(super) fn now() -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "milliseconds since 1970 are positive and far below 2^53"
    )]
    Timestamp::from_unix_seconds((js_sys::Date::now() / 1000.0) as u64)
}

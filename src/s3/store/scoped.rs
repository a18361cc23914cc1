use super::Provider;
use crate::variables::Table;

/// The URLs that are signed with credentials for them alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scoped {
    None,
    Writes,
    All,
}

/// How R2's uploads are signed, by the operator's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Uploads {
    /// Everything signed is bound, on the operator's word that R2 refuses unsigned headers.
    Bound,
    /// With credentials for one operation and key.
    Scoped,
}

/// Reads `credentials_mode` and `uploads`, which are R2's. Also returns whether the operator says that R2 refuses
/// unsigned headers.
pub(super) fn read_scoped(table: &Table<'_>, provider: Provider) -> (Scoped, bool) {
    let is_r2 = provider == Provider::R2;
    let all = table.parsed("credentials_mode", |mode| match mode {
        "static" => Ok(false),
        "scoped" if is_r2 => Ok(true),
        "scoped" => Err("scoped goes with provider r2 alone"),
        _ => Err("has to be static or scoped"),
    });
    let uploads = table.parsed("uploads", |uploads| match uploads {
        "bound" | "scoped" if !is_r2 => Err("goes with provider r2 alone"),
        "bound" => Ok(Uploads::Bound),
        "scoped" => Ok(Uploads::Scoped),
        _ => Err("has to be bound or scoped"),
    });
    match (all, uploads) {
        (Some(true), Some(Uploads::Bound)) => {
            table.fault("uploads", "can't be bound where credentials_mode is scoped");
            (Scoped::All, false)
        }
        (Some(true), _) => (Scoped::All, false),
        (_, Some(Uploads::Scoped)) => (Scoped::Writes, false),
        (_, Some(Uploads::Bound)) => (Scoped::None, true),
        (_, None) => (Scoped::None, false),
    }
}

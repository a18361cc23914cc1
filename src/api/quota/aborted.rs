//! An upload in parts that was aborted gives back what was reserved for it, where nothing came of it.

use super::look::{Stands, look_at_key};
use crate::api::edge::Edge;
use crate::api::ports::Platform;
use crate::api::signing::in_parts::InParts;
use crate::api::signing::tell_quota;
use crate::quota::Holder;
use crate::quota::wire::Question;
use crate::session::Session;

/// That the store has no such upload any more doesn't say that it was aborted: S3 answers an abort with 204 for hours after
/// an upload was completed. So the edge looks at its key.
pub(in crate::api) async fn give_back_aborted<P: Platform>(
    upload: InParts<'_>,
    session: &Session,
    edge: &Edge<'_, P>,
) {
    let InParts { name: upload, store, key } = upload;
    let stands_since = match look_at_key(store.name(), &key, edge).await {
        Stands::Nothing => None,
        Stands::Since(moment) => Some(moment.unix_seconds()),
        Stands::Unknown => return,
    };
    let holder = Holder::new(&session.issuer, &session.subject);
    tell_quota(&holder, Question::Aborted { upload, stands_since }, edge).await;
}

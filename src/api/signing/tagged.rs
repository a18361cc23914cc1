//! The tag of a decision's URL, which leads from the store's log to its line.

use super::permitted::Permitted;
use crate::api::ports::Platform;
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::s3::{Store, Tag, TagKey, Validity};

impl<'a, P: Platform> Permitted<'a, P> {
    /// What the tag of its URL is made with, where it has one.
    pub(super) fn tag_key(&self, store: &Store) -> Option<&'a TagKey> {
        match self.rule() {
            Some(rule) => self.edge.tag_key(rule, store),
            None => self.edge.tag_key_of_link(&self.line.record.rule, store),
        }
    }

    /// The tag of its URL, which its line says too: that of a window, or its own.
    pub(super) fn tag(&mut self, key: &TagKey, window: Option<Validity>) -> Tag {
        let token_id = self
            .session()
            .and_then(|it| it.token_id.as_deref())
            .map(|id| hex(&sha256(id.as_bytes())));
        let record = &mut self.line.record;
        let tag = match window {
            Some(window) => key.of_window(&record.rule, window),
            None => self.edge.tag_of(record.place, key),
        };
        record.tag = Some(tag);
        record.window = window.map(|window| window.signed_at);
        record.token_id_sha256 = token_id.unwrap_or_default();
        tag
    }

    /// The tag of a URL that is signed before it is paid for, where it has one.
    pub(in crate::api) fn tagged(mut self, store: &Store) -> (Self, Option<Tag>) {
        let tag = self.tag_key(store).map(|key| self.tag(key, None));
        (self, tag)
    }
}

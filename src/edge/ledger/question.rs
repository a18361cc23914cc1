use serde_json::json;

/// A request's path, part by part.
pub(super) struct Path<'a>(pub(super) std::str::Split<'a, char>);

impl<'a> Path<'a> {
    pub(super) fn text(&mut self) -> Option<&'a str> {
        self.0.next().filter(|part| !part.is_empty())
    }

    pub(super) fn number(&mut self) -> Option<i64> {
        self.text()?.parse().ok()
    }
}

/// `{id}/{most}/{now}/{until}/{history}[/{holder}/{grace}]`; a `most` of 0 is any number.
pub(super) struct AskedUse<'a> {
    pub(super) id: &'a str,
    pub(super) most: i64,
    pub(super) now: i64,
    pub(super) until: i64,
    pub(super) keeps_history: bool,
    /// A browser, and the seconds within which it may come again.
    pub(super) holder: Option<(&'a str, i64)>,
}

impl<'a> AskedUse<'a> {
    pub(super) fn read(path: &mut Path<'a>) -> Option<Self> {
        Some(Self {
            id: path.text()?,
            most: path.number()?,
            now: path.number()?,
            until: path.number()?,
            keeps_history: path.number()? != 0,
            holder: path.text().zip(path.number()),
        })
    }

    /// JavaScript has no larger whole number.
    pub(super) const fn limit(&self) -> i64 {
        if self.most == 0 { (1 << 53) - 1 } else { self.most }
    }

    pub(super) fn fresh(&self, n: i64) -> serde_json::Value {
        json!({ "fresh": (self.most != 0).then(|| self.most - n) })
    }
}

//! The parts that a store has of an upload: listed page by page within bounds, and held against those that a
//! completion names.

use super::request::WrittenPart;
use super::store_call::{MAX_PARTS, Pays, Upload, accept, unreadable};
use crate::api::ports::{Platform, STORE_TIMEOUT_MS, StoreAnswer, StoreUnavailable};
use crate::api::presign::ObjectFields;
use crate::api::wire::error::{Error, invalid};
use crate::policy::CompletedSize;
use crate::s3::{Operation, PartChecksum, PartToComplete, bare};
use crate::time::Timestamp;
use crate::xml;

/// The parts of a page where the store doesn't say how many its pages have.
const PAGE: usize = 1000;
/// The most pages of one list: all that an upload has, where pages are as large as S3's.
const MAX_PAGES: usize = MAX_PARTS / PAGE;
/// How long all pages may take together, in seconds.
const MAX_SECONDS: u64 = 60;

impl WrittenPart {
    fn read(element: &str) -> Option<Self> {
        let checksum = PartChecksum::find(element);
        Some(Self {
            part_number: xml::text(element, "PartNumber")?.parse().ok()?,
            etag: xml::text(element, "ETag"),
            size: xml::text(element, "Size")?.parse().ok()?,
            checksum: checksum.map(|found| (found.field, found.value)).into_iter().collect(),
        })
    }
}

/// One page of a list.
struct Page {
    /// In ascending order.
    parts: Vec<WrittenPart>,
    /// Whether another may follow: the store says so, and this one is full.
    goes_on: bool,
}

impl Page {
    fn read(body: &str) -> Result<Self, Error> {
        let parts = xml::elements(body, "Part").into_iter().map(WrittenPart::read);
        let mut parts: Vec<_> = parts.collect::<Option<_>>().ok_or_else(|| unreadable("Part"))?;
        parts.sort_by_key(|part| part.part_number);
        if parts.windows(2).any(|pair| pair[0].part_number == pair[1].part_number) {
            return Err(unreadable("part once alone"));
        }
        let size = xml::text(body, "MaxParts").and_then(|size| size.parse().ok()).unwrap_or(PAGE);
        let is_truncated = xml::text(body, "IsTruncated").as_deref() == Some("true");
        let goes_on = is_truncated && !parts.is_empty() && parts.len() >= size;
        Ok(Self { parts, goes_on })
    }
}

impl<P: Platform> Upload<'_, P> {
    /// All parts that the store has, in the order of their numbers. They are one decision, however many pages
    /// they take.
    pub(in crate::api) async fn written_parts(
        &self,
        object: &ObjectFields,
        pays: Pays,
    ) -> Result<Vec<WrittenPart>, Error> {
        let wanted = object.clone().into_signing_request(Operation::ListParts, self.edge.config)?;
        let permitted = self.permit(&wanted, CompletedSize::Unknown)?;
        let begun = self.edge.platform.now();
        let (permitted, timeout_ms) = permitted.with(self.time_left(begun))?;
        let signable = permitted.authorized(&wanted, "").await?;
        let paid = match pays {
            Pays::Yes => signable.pay().await?,
            Pays::No => signable.covered(),
        };
        let pages = async |first| {
            let first = self.send(first, "", timeout_ms).await?;
            self.all_pages(object, first, begun).await
        };
        paid.carry_out(pages).await
    }

    /// The parts of the first page and of those that follow.
    async fn all_pages(
        &self,
        object: &ObjectFields,
        first: StoreAnswer,
        begun: Timestamp,
    ) -> Result<Vec<WrittenPart>, Error> {
        let mut parts: Vec<WrittenPart> = Vec::new();
        let mut answer = first;
        for left in (0..MAX_PAGES).rev() {
            let page = Page::read(&accept(answer)?.body)?;
            let (last, begins) = (parts.last(), page.parts.first());
            // A store that begins anew at each page has no list to be believed.
            if last.zip(begins).is_some_and(|(last, first)| first.part_number <= last.part_number) {
                return Err(unreadable("parts behind the last page's"));
            }
            parts.extend(page.parts);
            let Some(last) = parts.last().filter(|_| page.goes_on && parts.len() < MAX_PARTS)
            else {
                return Ok(parts);
            };
            if left == 0 {
                break;
            }
            let timeout_ms = self.time_left(begun)?;
            let mut of_page = object.clone();
            of_page.parameters.set("part_number_marker", last.part_number.to_string());
            let wanted = of_page.into_signing_request(Operation::ListParts, self.edge.config)?;
            answer = self.go_on(&wanted, timeout_ms).await?;
        }
        Err(unreadable("end within ten pages"))
    }

    /// How long the next page may take, in milliseconds, where somebody still waits for it.
    fn time_left(&self, begun: Timestamp) -> Result<u32, Error> {
        if self.edge.platform.is_gone() {
            return Err(StoreUnavailable("the client has hung up".to_owned()).into());
        }
        let taken = begun.seconds_until(self.edge.platform.now());
        let left = MAX_SECONDS.saturating_sub(taken);
        if left == 0 {
            return Err(StoreUnavailable("the list takes too long".to_owned()).into());
        }
        Ok(u32::try_from(left * 1000).map_or(STORE_TIMEOUT_MS, |left| left.min(STORE_TIMEOUT_MS)))
    }
}

/// The size of what `parts` make; both lists are in ascending order. The store puts parts together by their
/// tags: one that was written anew since the list was made has another.
pub(in crate::api) fn total_size(
    parts: &[PartToComplete],
    written: &[WrittenPart],
) -> Result<u64, Error> {
    let mut written = written.iter().peekable();
    let mut total = 0_u64;
    for part in parts {
        while written.next_if(|written| written.part_number < part.number).is_some() {}
        let found = written.peek().filter(|written| written.part_number == part.number);
        let Some(found) = found else {
            let why = format!("part {} isn't among those that the store has", part.number);
            return Err(invalid("parts", why));
        };
        if found.etag.as_ref().is_some_and(|etag| bare(etag) != bare(&part.etag)) {
            let why =
                format!("part {} has another etag at the store than the one given", part.number);
            return Err(invalid("parts", why));
        }
        total = total.saturating_add(found.size);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn written(numbers: impl IntoIterator<Item = u64>) -> Vec<WrittenPart> {
        let part = |part_number| WrittenPart {
            part_number,
            etag: (part_number % 3 > 0).then(|| format!("\"{part_number}\"")),
            size: part_number,
            checksum: BTreeMap::new(),
        };
        numbers.into_iter().map(part).collect()
    }

    fn named(numbers: impl IntoIterator<Item = u64>) -> Vec<PartToComplete> {
        let part = |number| PartToComplete { number, etag: format!("{number}"), checksum: None };
        numbers.into_iter().map(part).collect()
    }

    #[test]
    fn a_total_is_that_of_the_parts_named() {
        let all = written(1..=10_000);
        for (parts, expected) in [
            (named(1..=10_000), 50_005_000),
            (named([1]), 1),
            (named([2, 3, 9_999, 10_000]), 20_004),
            (named([]), 0),
        ] {
            assert_eq!(total_size(&parts, &all).unwrap(), expected);
        }
        let mut huge = written([1, 2]);
        huge[0].size = u64::MAX;
        assert_eq!(total_size(&named([1, 2]), &huge).unwrap(), u64::MAX);
    }

    #[test]
    fn a_part_that_is_not_there_is_named() {
        let some = written([1, 2, 5, 8]);
        for (numbers, missing) in [(&[1, 3][..], 3), (&[7], 7), (&[9], 9), (&[1, 2, 4, 5], 4)] {
            let error = total_size(&named(numbers.iter().copied()), &some).unwrap_err();
            assert!(format!("{error:?}").contains(&format!("part {missing} isn't")), "{error:?}");
        }
        let mut stale = named([1, 2, 5]);
        stale[2].etag = "\"other\"".to_owned();
        let error = total_size(&stale, &some).unwrap_err();
        assert!(format!("{error:?}").contains("part 5 has another etag"), "{error:?}");
    }

    #[test]
    fn a_page_is_followed_by_another_where_it_is_full() {
        let page = |more: &str, truncated: bool, count: usize| {
            let part =
                |number| format!("<Part><PartNumber>{number}</PartNumber><Size>5</Size></Part>");
            let parts: String = (1..=count).map(part).collect();
            let body = format!("<L>{more}<IsTruncated>{truncated}</IsTruncated>{parts}</L>");
            Page::read(&body).unwrap().goes_on
        };
        assert!(page("", true, 1000));
        assert!(!page("", true, 999));
        assert!(!page("", false, 1000));
        assert!(page("<MaxParts>2</MaxParts>", true, 2));
        assert!(!page("<MaxParts>2</MaxParts>", true, 1));
        assert!(!page("<MaxParts>0</MaxParts>", true, 0));
    }
}

//! What the store says about a link's object, for the page that asks.

use http::{HeaderName, StatusCode, header};

use super::redemption::{Redemption, request_of, to_sign};
use crate::api::ports::{OpenedAnswer, Platform, StoreBody, StoreCall};
use crate::api::signing::SigningRequest;
use crate::api::wire::error::Error;
use crate::s3::{Operation, Tag};

/// After this the page is shown without them.
const TIMEOUT_MS: u32 = 3_000;
/// Longer than any registered type.
const MAX_MEDIA_TYPE: usize = 100;

/// Size and type of an object, as far as the store gives them.
#[derive(Debug, Default)]
pub(in crate::api) struct Facts {
    pub(in crate::api) bytes: Option<u64>,
    pub(in crate::api) media_type: Option<String>,
}

/// Asks the store, which spends nothing. A missing object is refused before anybody presses a button; a silent store
/// doesn't prevent the page.
pub(in crate::api) async fn facts_of<P: Platform>(
    redemption: &Redemption<'_, P>,
) -> Result<Facts, Error> {
    match look(redemption).await {
        Err(error @ Error::StoreRefused { status: StatusCode::NOT_FOUND, .. }) => Err(error),
        Ok(answer) if answer.status == StatusCode::OK => Ok(read(&answer.headers)),
        _ => Ok(Facts::default()),
    }
}

async fn look<P: Platform>(redemption: &Redemption<'_, P>) -> Result<OpenedAnswer, Error> {
    let mut asked = request_of(&redemption.link.request)?;
    asked.operation = Operation::HeadObject;
    let wanted = to_sign(asked, redemption.link, redemption.edge.config)?;
    let ask = async |tag| ask(redemption, &wanted, tag).await;
    redemption.look(&wanted, ask).await
}

async fn ask<P: Platform>(
    redemption: &Redemption<'_, P>,
    wanted: &SigningRequest<'_>,
    tag: Option<Tag>,
) -> Result<OpenedAnswer, Error> {
    let presigned = redemption.presign(wanted, tag).await?;
    let call = StoreCall {
        method: presigned.method,
        url: presigned.url,
        headers: presigned.headers,
        body: StoreBody::Text(String::new()),
        timeout_ms: TIMEOUT_MS,
    };
    let answer = redemption.edge.platform.open_store(call).await?;
    if answer.status == StatusCode::NOT_FOUND {
        let (status, code) = (answer.status, "HTTP 404".to_owned());
        return Err(Error::StoreRefused { status, code });
    }
    Ok(answer)
}

fn read(headers: &[(String, String)]) -> Facts {
    let told = |name: &HeaderName| {
        headers.iter().find(|(n, _)| n == name.as_str()).map(|(_, value)| value)
    };
    let essence = |value: &String| value.split(';').next().unwrap_or_default().trim().to_owned();
    Facts {
        bytes: told(&header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        media_type: told(&header::CONTENT_TYPE)
            .map(essence)
            .filter(|kind| !kind.is_empty() && kind.len() <= MAX_MEDIA_TYPE),
    }
}

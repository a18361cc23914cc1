use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};
use std::time::Duration;

use bench_work::{ACCESS_KEY_ID, BUCKET, EXPIRES_IN, REGION, SECRET_ACCESS_KEY, keys};
use http::{Request, Uri};
use reqsign_aws_v4::{Credential, RequestSigner};
use reqsign_core::{Context, SignRequest};

use super::Peer;

/// Its core signer, without HTTP client and credential chain. It reads the clock itself.
pub struct Reqsign {
    signer: RequestSigner,
    context: Context,
    credential: Credential,
    uris: Vec<Uri>,
}

impl Reqsign {
    pub fn set_up() -> Self {
        let uri = |key| format!("https://{BUCKET}.s3.{REGION}.amazonaws.com/{key}").parse();
        Self {
            signer: RequestSigner::new("s3", REGION),
            context: Context::new(),
            credential: Credential {
                access_key_id: ACCESS_KEY_ID.to_owned(),
                secret_access_key: SECRET_ACCESS_KEY.to_owned(),
                ..Credential::default()
            },
            uris: keys().into_iter().map(|key| uri(key).expect("a URI")).collect(),
        }
    }
}

impl Peer for Reqsign {
    fn presign(&self, index: usize) -> impl ToString {
        let mut parts = Request::new(()).into_parts().0;
        parts.uri = self.uris[index].clone();
        let lifetime = Duration::from_secs(u64::from(EXPIRES_IN));
        let signed = self.signer.sign_request(
            &self.context,
            &mut parts,
            Some(&self.credential),
            Some(lifetime),
        );
        // It awaits nothing.
        let Poll::Ready(signed) = pin!(signed).poll(&mut TaskContext::from_waker(Waker::noop()))
        else {
            unreachable!("signing with given credentials waits for nothing")
        };
        signed.expect("it signs");
        parts.uri
    }
}

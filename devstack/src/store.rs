//! The embedded S3-compatible store: `s3s` speaks the protocol and checks signatures, `backend` keeps objects, and
//! `service` adds what S3 has and `s3s` leaves out.

mod access_log;
mod backend;
mod cors;
mod pieces;
mod refusal;
mod service;
mod signed_headers;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use access_log::AccessLog;
use backend::Backend;
use service::LikeS3;

/// The least bytes of a part that isn't the last of its upload, at S3.
pub const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// A store that serves as long as this value lives.
pub struct Store {
    address: SocketAddr,
    scheme: &'static str,
    _runtime: Runtime,
}

pub struct Keys {
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl Store {
    /// Serves one bucket, which is kept in a folder of its name below `folder`, on a loopback port; port 0 takes
    /// a free one. Of an upload, every part but the last has to have at least `smallest_part` bytes. With `tls` over https. The file
    /// `access_log` gets a line for each request.
    pub fn start(
        folder: &Path,
        bucket: &str,
        keys: &Keys,
        port: u16,
        smallest_part: u64,
        tls: Option<Arc<ServerConfig>>,
        access_log: Option<&Path>,
    ) -> Result<Self> {
        let folder = folder.join(format!("{bucket}.bucket"));
        let backend = Backend::open(&folder, bucket, smallest_part)
            .with_context(|| format!("the store's folder {}", folder.display()))?;
        let mut builder = S3ServiceBuilder::new(backend);
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_access_key.clone());
        builder.set_auth(SimpleAuth::from_single(id, secret));
        let log = access_log.map(|file| {
            let log = AccessLog::open(file, bucket);
            log.with_context(|| format!("the access log {}", file.display()))
        });
        let service = LikeS3::new(builder.build(), log.transpose()?);

        let runtime = Runtime::new()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
        let listener = listener.with_context(|| {
            format!(
                "the store can't listen on port {port}: end what listens there, or choose another port"
            )
        })?;
        let address = listener.local_addr()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        runtime.spawn(serve(listener, service, tls.map(TlsAcceptor::from)));
        Ok(Self { address, scheme, _runtime: runtime })
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }
}

async fn serve(listener: TcpListener, service: LikeS3, tls: Option<TlsAcceptor>) {
    loop {
        // One connection that couldn't be accepted doesn't end the others.
        let Ok((socket, asker)) = listener.accept().await else { continue };
        let (service, tls) = (service.asked_from(asker.ip()), tls.clone());
        tokio::spawn(async move {
            // A client that goes away in the middle, or trusts nobody, is no fault of the store's.
            match tls {
                None => talk(socket, service).await,
                Some(tls) => {
                    if let Ok(socket) = tls.accept(socket).await {
                        talk(socket, service).await;
                    }
                }
            }
        });
    }
}

async fn talk<S>(socket: S, service: LikeS3)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connections = Builder::new(TokioExecutor::new());
    let _ = connections.serve_connection(TokioIo::new(socket), service).await;
}

//! Certificates for `--https`: an authority that is made once and trusted by hand, and what it signs for each start.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// So that whoever has trusted it isn't asked again soon.
const AUTHORITY_DAYS: i64 = 5 * 365;
/// A start makes a new one.
const SERVER_DAYS: i64 = 30;

/// What the edge and the store show.
pub struct Certificates {
    /// The authority's certificate, for whoever is to trust it.
    pub authority: PathBuf,
    /// The servers' certificate and its key, as files, which wrangler reads.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// The same for the store.
    pub server: Arc<ServerConfig>,
}

impl Certificates {
    /// Reads the authority of a folder, and makes it where there is none; signs a certificate for this machine with it.
    pub fn for_this_machine(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let authority = folder.join("ca.pem");
        let authority_key = folder.join("ca.key");
        if !(authority.exists() && authority_key.exists()) {
            let key = KeyPair::generate()?;
            write_secret(&authority_key, &key.serialize_pem())?;
            fs::write(&authority, authority_params().self_signed(&key)?.pem())?;
        }
        let signer = KeyPair::from_pem(&fs::read_to_string(&authority_key)?)
            .with_context(|| format!("{}: delete the folder for a new one", folder.display()))?;
        let signer = Issuer::new(authority_params(), signer);

        let own = KeyPair::generate()?;
        let signed = server_params()?.signed_by(&own, &signer)?;
        let (certificate, key) = (folder.join("server.pem"), folder.join("server.key"));
        fs::write(&certificate, signed.pem())?;
        write_secret(&key, &own.serialize_pem())?;
        let secret = PrivateKeyDer::try_from(own.serialize_der()).map_err(anyhow::Error::msg)?;
        let server = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![signed.der().clone()], secret)?;
        Ok(Self { authority, certificate, key, server: Arc::new(server) })
    }
}

/// What does the arithmetic.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// It can sign for this machine alone, so that whoever steals its key can't be anybody else.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "edge-signer development");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(Ipv4Addr::LOCALHOST.into(), 32)),
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                Ipv6Addr::LOCALHOST.into(),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    live(&mut params, AUTHORITY_DAYS);
    params
}

fn server_params() -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.subject_alt_names = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    live(&mut params, SERVER_DAYS);
    Ok(params)
}

fn live(params: &mut CertificateParams, days: i64) {
    let now = OffsetDateTime::now_utc();
    // A clock may be a little behind.
    params.not_before = now - Duration::HOUR;
    params.not_after = now + Duration::days(days);
}

/// Nobody else on this machine may read it, not for a moment either.
fn write_secret(file: &Path, text: &str) -> Result<()> {
    if file.exists() {
        fs::remove_file(file)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    Ok(file.write_all(text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};

    use super::*;

    /// Whether a client that trusts the authority shakes hands with the server under this name.
    fn shakes_hands(certificates: &Certificates, name: &str) -> bool {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(&certificates.authority).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut server = ServerConnection::new(Arc::clone(&certificates.server)).unwrap();
        for _ in 0..4 {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            if server.process_new_packets().is_err() {
                return false;
            }
            wire.clear();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            if client.process_new_packets().is_err() {
                return false;
            }
        }
        !client.is_handshaking() && !server.is_handshaking()
    }

    #[test]
    fn the_authority_is_made_once_and_vouches_for_this_machine_alone() {
        let folder = tempfile::tempdir().unwrap();
        let first = Certificates::for_this_machine(folder.path()).unwrap();
        let authority = fs::read(&first.authority).unwrap();
        let second = Certificates::for_this_machine(folder.path()).unwrap();
        assert_eq!(fs::read(&second.authority).unwrap(), authority);
        for name in ["localhost", "127.0.0.1", "::1"] {
            assert!(shakes_hands(&second, name), "{name}");
        }
        assert!(!shakes_hands(&second, "app.example.com"));
        for key in ["ca.key", "server.key"] {
            let mode = fs::metadata(folder.path().join(key)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{key}");
        }
    }
}

//! The HTTP client, which counts every request of a probe, and limits its time.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ClientConfig;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::{HeaderName, HeaderValue, Request, Response};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, TcpConnector};

use super::answer::Answer;
use super::tls::{self, TlsConnector};

/// The most requests of one probe, cleaning included.
pub(crate) const MAX_REQUESTS: u32 = 300;
/// After this many requests in a row without an answer, the store counts as gone.
const MAX_UNANSWERED: u32 = 3;

/// Why there is no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The user stopped the probe.
    Stopped,
    /// All requests but those for cleaning are spent.
    Limit,
    /// No answer came, or no HTTP.
    Transport(String),
    /// An answer came that makes the measurement meaningless.
    Unexpected(String),
}

impl Fault {
    /// As a sentence for a row.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Stopped => "stopped before this was tried".to_owned(),
            Self::Limit => format!("not tried: the {MAX_REQUESTS} requests of a probe were spent"),
            Self::Transport(why) | Self::Unexpected(why) => why.clone(),
        }
    }
}

/// A request that is ready to send.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

/// Sends, counts, and stops.
#[derive(Debug)]
pub(crate) struct Client {
    /// The agent, with its open connections.
    agent: RwLock<Agent>,
    config: Config,
    tls: Arc<ClientConfig>,
    used: AtomicU32,
    /// Whether anything was ever answered.
    answered: AtomicBool,
    /// The requests that are reserved for cleaning.
    reserve: AtomicU32,
    unanswered: AtomicU32,
    stop: Arc<AtomicBool>,
    /// While it cleans, neither the reserve nor the user's stop counts.
    cleaning: AtomicBool,
}

impl Client {
    /// Each request may take `seconds`; `stop` is set when the user stops the probe.
    pub(crate) fn new(
        ca: Option<&Path>,
        seconds: u64,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, String> {
        let most = Duration::from_secs(seconds);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .user_agent("edge-signer")
            .timeout_connect(Some(most.min(Duration::from_secs(10))))
            .timeout_global(Some(most))
            .build();
        let tls = tls::config(ca)?;
        Ok(Self {
            agent: RwLock::new(agent(&config, &tls)),
            config,
            tls,
            used: AtomicU32::new(0),
            answered: AtomicBool::new(false),
            reserve: AtomicU32::new(0),
            unanswered: AtomicU32::new(0),
            stop,
            cleaning: AtomicBool::new(false),
        })
    }

    /// How many requests were sent.
    pub(super) fn used(&self) -> u32 {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether anything was ever answered.
    pub(super) fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Reserves this many requests for cleaning.
    pub(super) fn set_reserve(&self, requests: u32) {
        self.reserve.store(requests, Ordering::Relaxed);
    }

    /// From now on requests are the cleaner's.
    pub(crate) fn start_cleaning(&self) {
        self.cleaning.store(true, Ordering::Relaxed);
        self.unanswered.store(0, Ordering::Relaxed);
    }

    /// The reason why no further request may be sent.
    pub(super) fn obstacle(&self) -> Option<Fault> {
        let is_cleaning = self.cleaning.load(Ordering::Relaxed);
        let kept = if is_cleaning { 0 } else { self.reserve.load(Ordering::Relaxed) };
        if !is_cleaning && self.stop.load(Ordering::Relaxed) {
            Some(Fault::Stopped)
        } else if self.used().saturating_add(kept) >= MAX_REQUESTS {
            Some(Fault::Limit)
        } else if self.unanswered.load(Ordering::Relaxed) >= MAX_UNANSWERED {
            let sentence = format!("not tried: {MAX_UNANSWERED} requests in a row had no answer");
            Some(Fault::Transport(sentence))
        } else {
            None
        }
    }

    /// Sends one request.
    pub(crate) fn send(&self, outgoing: &Outgoing) -> Result<Answer, Fault> {
        if let Some(obstacle) = self.obstacle() {
            return Err(obstacle);
        }
        self.used.fetch_add(1, Ordering::Relaxed);
        let answer = self.exchange(outgoing);
        match &answer {
            Ok(_) => {
                self.answered.store(true, Ordering::Relaxed);
                self.unanswered.store(0, Ordering::Relaxed);
            }
            Err(_) => {
                self.unanswered.fetch_add(1, Ordering::Relaxed);
            }
        }
        answer.map_err(|why| Fault::Transport(format!("{} had no answer: {why}", outgoing.method)))
    }

    fn exchange(&self, outgoing: &Outgoing) -> Result<Answer, String> {
        let mut request = Request::builder().method(outgoing.method).uri(&outgoing.url);
        for (name, value) in &outgoing.headers {
            let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
            let value = HeaderValue::try_from(value).map_err(|error| error.to_string())?;
            request = request.header(name, value);
        }
        let agent = self.agent.read().unwrap_or_else(PoisonError::into_inner).clone();
        let response = match &outgoing.body {
            Some(body) => request.body(&body[..]).map(|request| agent.run(request)),
            None => request.body(()).map(|request| agent.run(request)),
        };
        let response =
            response.map_err(|error| error.to_string())?.map_err(|error| in_words(&error))?;
        if response.status().is_client_error() || response.status().is_server_error() {
            self.leave_connections();
        }
        read(response).map_err(|error| in_words(&error))
    }

    /// Uses new connections from now on: after a refusal a store may hang up without notice, because it didn't read the
    /// whole request.
    fn leave_connections(&self) {
        let fresh = agent(&self.config, &self.tls);
        *self.agent.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

fn agent(config: &Config, tls: &Arc<ClientConfig>) -> Agent {
    let connector = ().chain(TcpConnector::default()).chain(TlsConnector(Arc::clone(tls)));
    Agent::with_parts(config.clone(), connector, DefaultResolver::default())
}

fn read(response: Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let (head, body) = response.into_parts();
    let value = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    let headers = headers.map(|(name, text)| (name.as_str().to_owned(), value(text))).collect();
    let mut bytes = Vec::new();
    body.into_reader().take(Answer::MAX_BODY).read_to_end(&mut bytes)?;
    Ok(Answer { status: head.status.as_u16(), headers, body: bytes })
}

fn in_words(error: &ureq::Error) -> String {
    let text = match error {
        ureq::Error::Timeout(_) => return "it took too long".to_owned(),
        ureq::Error::HostNotFound => return "its host has no address".to_owned(),
        ureq::Error::Protocol(error) => return format!("it isn't HTTP: {error}"),
        ureq::Error::Io(error) if error.kind() == ErrorKind::TimedOut => {
            return "it took too long".to_owned();
        }
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    };
    if text.contains("invalid peer certificate") {
        format!("{text}; --ca names a file with certificates to trust")
    } else if text.contains("InvalidContentType") {
        "it doesn't speak TLS".to_owned()
    } else {
        text
    }
}

//! A load generator: HTTP/1.1 over kept connections, as many requests as are answered.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::TryStreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where requests go, and how each is written.
pub struct Target<'a> {
    pub address: SocketAddr,
    pub connections: usize,
    /// The bytes of the request of this number.
    pub request: &'a dyn Fn(u64) -> Vec<u8>,
    /// What every answer has to hold.
    pub expected: &'a str,
}

/// What a round came to.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub answers: u64,
    pub took: Duration,
}

/// Sends requests until the time is over, each connection one after the other, and waits for the last
/// answers. `number` goes up by one a request.
pub fn run(target: &Target<'_>, number: &Cell<u64>, time: Duration) -> Result<Round> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let started = Instant::now();
    let until = started + time;
    let clients = (0..target.connections).map(|_| client(target, number, until));
    let clients: FuturesUnordered<_> = clients.collect();
    let answers = clients.try_fold(0, |sum, answers| async move { Ok(sum + answers) });
    let answers = runtime.block_on(answers)?;
    Ok(Round { answers, took: started.elapsed() })
}

/// One connection.
async fn client(target: &Target<'_>, number: &Cell<u64>, until: Instant) -> Result<u64> {
    let mut stream = TcpStream::connect(target.address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut answers = 0;
    while Instant::now() < until {
        let request = (target.request)(number.replace(number.get() + 1));
        stream.write_all(&request).await?;
        let answer = read_answer(&mut stream, &mut buffer).await?;
        ensure!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(answer));
        ensure!(holds(answer, target.expected), "{}", String::from_utf8_lossy(answer));
        answers += 1;
    }
    Ok(answers)
}

/// Reads one answer, head and body.
async fn read_answer<'a>(stream: &mut TcpStream, buffer: &'a mut Vec<u8>) -> Result<&'a [u8]> {
    buffer.clear();
    let mut length = None;
    loop {
        if length.is_none() {
            length = Length::read(buffer)?;
        }
        match length {
            Some(Length::Known(length)) if buffer.len() >= length => return Ok(buffer),
            Some(Length::Chunked) if buffer.ends_with(b"\r\n0\r\n\r\n") => return Ok(buffer),
            _ => {}
        }
        if stream.read_buf(buffer).await? == 0 {
            bail!("the connection ended within an answer: {}", String::from_utf8_lossy(buffer));
        }
    }
}

/// How an answer says where it ends.
#[derive(Clone, Copy)]
enum Length {
    /// Head and body together.
    Known(usize),
    /// It ends with an empty chunk.
    Chunked,
}

impl Length {
    /// `None` as long as the head isn't whole.
    fn read(answer: &[u8]) -> Result<Option<Self>> {
        const END: &[u8] = b"\r\n\r\n";
        let Some(end) = answer.windows(END.len()).position(|window| window == END) else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        if header("transfer-encoding: chunked").is_some() {
            return Ok(Some(Self::Chunked));
        }
        let length = header("content-length: ").context("an answer without a length")?;
        Ok(Some(Self::Known(end + END.len() + length.parse::<usize>()?)))
    }
}

/// Whether a text is in an answer; the end is looked at first, where bodies are.
fn holds(answer: &[u8], expected: &str) -> bool {
    expected.is_empty()
        || answer.windows(expected.len()).any(|window| window == expected.as_bytes())
}

//! Bytes on their way into files and out of them.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;
use hyper::body::Bytes;
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, TrailingHeaders};

use super::digests::{Digests, Promised};
use super::folder::NewFile;
use super::record::{Blob, now};

/// Bytes that are read at a time.
const PIECE: usize = 64 * 1024;

/// Writes a body into a file; fails where it isn't what was promised.
pub async fn receive(
    file: &NewFile,
    mut body: StreamingBlob,
    promised: Promised,
    trailers: Option<TrailingHeaders>,
) -> S3Result<Blob> {
    let mut digests = Digests::of_promised(&promised);
    let mut output = File::create(file.path()).map_err(S3Error::internal_error)?;
    let mut size = 0;
    while let Some(bytes) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
        let bytes =
            bytes.map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?;
        digests.update(&bytes);
        write(&mut output, &bytes).map_err(S3Error::internal_error)?;
        size += bytes.len() as u64;
    }
    output.set_len(size).map_err(S3Error::internal_error)?;
    let (md5, checksums) = digests.finish_as(promised, trailers)?;
    Ok(Blob { id: file.id.clone(), size, md5, checksums, modified: now() })
}

/// Writes bytes behind those that are there. Zeros are left out, so that a large file of them takes no room.
fn write(output: &mut File, bytes: &[u8]) -> io::Result<()> {
    if bytes.iter().all(|byte| *byte == 0) {
        let behind = i64::try_from(bytes.len()).map_err(io::Error::other)?;
        return output.seek(SeekFrom::Current(behind)).map(drop);
    }
    output.write_all(bytes)
}

/// Copies ranges of files into one, with its digests.
pub fn concatenate(
    file: &NewFile,
    sources: Vec<(File, Range<u64>)>,
    mut digests: Digests,
) -> io::Result<Blob> {
    let mut output = File::create(file.path())?;
    let mut size = 0;
    let mut piece = vec![0; PIECE];
    for (mut source, range) in sources {
        source.seek(SeekFrom::Start(range.start))?;
        let mut source = source.take(range.end - range.start);
        loop {
            let length = source.read(&mut piece)?;
            if length == 0 {
                break;
            }
            digests.update(&piece[..length]);
            write(&mut output, &piece[..length])?;
            size += length as u64;
        }
    }
    output.set_len(size)?;
    let (md5, checksums) = digests.finish();
    Ok(Blob { id: file.id.clone(), size, md5, checksums, modified: now() })
}

/// A part of a file as the body of an answer.
pub struct Contents {
    file: File,
    left: u64,
}

impl Contents {
    pub fn of(mut file: File, range: &Range<u64>) -> io::Result<Self> {
        file.seek(SeekFrom::Start(range.start))?;
        Ok(Self { file, left: range.end - range.start })
    }
}

impl Stream for Contents {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let length = PIECE.min(usize::try_from(self.left).unwrap_or(PIECE));
        let mut piece = vec![0; length];
        // The file is on this machine: reading waits for nobody.
        if let Err(error) = self.file.read_exact(&mut piece) {
            return Poll::Ready(Some(Err(error.into())));
        }
        self.left -= length as u64;
        Poll::Ready(Some(Ok(piece.into())))
    }
}

impl ByteStream for Contents {
    fn remaining_length(&self) -> RemainingLength {
        RemainingLength::new_exact(usize::try_from(self.left).unwrap_or(usize::MAX))
    }
}

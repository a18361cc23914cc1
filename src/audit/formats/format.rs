//! The log formats, and telling which one a line has.

use super::logged::Read;
use super::{ceph, garage, minio, s3_json, s3_text};

/// The log formats that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// S3's server access log, as text (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>).
    S3Text,
    /// The same as JSON, as `CloudWatch` has it
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/sal-cw-log-format.html>).
    S3Json,
    /// The ops log of Ceph's gateway (<https://docs.ceph.com/en/latest/radosgw/config-ref/>, `rgw_ops_log_*`).
    Ceph,
    /// MinIO's audit log (<https://docs.min.io/community/minio-object-store/operations/monitoring/minio-logging.html>).
    Minio,
    /// Garage's output at the level `info`. It has no size, and a status only for errors.
    Garage,
}

impl Format {
    /// All of them, with the names of the command line.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::S3Text, "s3"),
        (Self::S3Json, "s3-json"),
        (Self::Ceph, "ceph"),
        (Self::Minio, "minio"),
        (Self::Garage, "garage"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }

    /// Reads a line.
    pub(in crate::audit) fn read(self, line: &[u8]) -> Read<'_> {
        match self {
            Self::S3Text => s3_text::read(line),
            Self::S3Json => s3_json::read(line),
            Self::Ceph => ceph::read(line),
            Self::Minio => minio::read(line),
            Self::Garage => garage::read(line),
        }
    }

    /// The format of a line.
    pub(in crate::audit) fn of(line: &[u8]) -> Option<Self> {
        // Garage's reader accepts anything that looks like its lines, so it comes last.
        Self::ALL.map(|(format, _)| format).into_iter().find(|format| format.read(line).is_ok())
    }
}

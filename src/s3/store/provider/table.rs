//! Written from `src/s3/providers.json` by `REWRITE=1 cargo test --test providers`. Bit `n` of a mask is the
//! operation that is number `n` of `Operation::ALL`; the last is a form.

use super::{Column, Feature, Provider};

/// What each feature concerns, by its number.
pub(in crate::s3::store) const ACTS: [u16; 30] = [
    0x2e94, // UnsignedHeadersRefused
    0x2e94, // AbsentHeadersSigned
    0x0014, // CreateOnly
    0x2000, // CreateOnlyComplete
    0x201c, // ConditionalWrite
    0x0810, // CopySourceCondition
    0x8614, // ChecksumSha
    0x8614, // ChecksumCrc32
    0x8614, // ChecksumCrc32c
    0x8614, // ChecksumCrc64Nvme
    0x0484, // ContentMd5
    0x0404, // ContentLength
    0x8214, // Acl
    0x8214, // StorageClass
    0x8214, // SseS3
    0x8214, // SseKms
    0x8f17, // SseCustomer
    0x00c0, // Tagging
    0x8214, // TaggingOnUpload
    0x0010, // TaggingDirective
    0x09db, // Versions
    0x0100, // ObjectAttributes
    0x0003, // PartNumber
    0x2200, // PresignedPost
    0x8000, // PostForm
    0x8000, // PostFormMetadata
    0xffff, // LeadingSlash
    0xffff, // EmptySegment
    0xffff, // KeyNormalisation
    0x7fff, // SignedXQuery
];

pub(in crate::s3::store) const COLUMNS: &[Column] = &[
    Column {
        provider: Provider::Aws,
        release: None,
        keeps: &[
            (Feature::UnsignedHeadersRefused, 0x2e94),
            (Feature::CreateOnly, 0x0014),
            (Feature::CreateOnlyComplete, 0x2000),
            (Feature::ConditionalWrite, 0x201c),
            (Feature::CopySourceCondition, 0x0810),
            (Feature::ChecksumSha, 0x8614),
            (Feature::ChecksumCrc32, 0x8614),
            (Feature::ChecksumCrc32c, 0x8614),
            (Feature::ChecksumCrc64Nvme, 0x8614),
            (Feature::ContentMd5, 0x0484),
            (Feature::ContentLength, 0x0404),
            (Feature::Acl, 0x8214),
            (Feature::StorageClass, 0x8214),
            (Feature::SseS3, 0x8214),
            (Feature::SseKms, 0x8214),
            (Feature::SseCustomer, 0x8f17),
            (Feature::Tagging, 0x00c0),
            (Feature::TaggingOnUpload, 0x8214),
            (Feature::TaggingDirective, 0x0010),
            (Feature::Versions, 0x09db),
            (Feature::ObjectAttributes, 0x0100),
            (Feature::PartNumber, 0x0003),
            (Feature::PresignedPost, 0x2200),
            (Feature::PostForm, 0x8000),
            (Feature::PostFormMetadata, 0x8000),
            (Feature::LeadingSlash, 0xffff),
            (Feature::EmptySegment, 0xffff),
            (Feature::KeyNormalisation, 0xffff),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::R2,
        release: None,
        keeps: &[
            (Feature::CreateOnly, 0x0004),
            (Feature::ConditionalWrite, 0x0004),
            (Feature::CopySourceCondition, 0x0010),
            (Feature::ChecksumSha, 0x0004),
            (Feature::ContentMd5, 0x0004),
            (Feature::ContentLength, 0x0404),
            (Feature::StorageClass, 0x0214),
            (Feature::SseCustomer, 0x0e17),
            (Feature::PartNumber, 0x0003),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Minio,
        release: None,
        keeps: &[
            (Feature::CreateOnly, 0x0004),
            (Feature::ConditionalWrite, 0x000c),
            (Feature::CopySourceCondition, 0x0810),
            (Feature::ChecksumSha, 0x0604),
            (Feature::ChecksumCrc32, 0x0604),
            (Feature::ChecksumCrc32c, 0x0604),
            (Feature::ChecksumCrc64Nvme, 0x0604),
            (Feature::ContentLength, 0x0404),
            (Feature::SseS3, 0x0214),
            (Feature::SseKms, 0x0214),
            (Feature::SseCustomer, 0x0e17),
            (Feature::ObjectAttributes, 0x0100),
            (Feature::PostForm, 0x8000),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Garage,
        release: Some("2.5"),
        keeps: &[
            (Feature::UnsignedHeadersRefused, 0x2e94),
            (Feature::CopySourceCondition, 0x0810),
            (Feature::ChecksumSha, 0x0404),
            (Feature::ChecksumCrc32, 0x0404),
            (Feature::ChecksumCrc32c, 0x0404),
            (Feature::ChecksumCrc64Nvme, 0x0404),
            (Feature::ContentMd5, 0x0404),
            (Feature::ContentLength, 0x0404),
            (Feature::SseCustomer, 0x8e17),
            (Feature::PartNumber, 0x0003),
            (Feature::PresignedPost, 0x2200),
            (Feature::PostForm, 0x8000),
            (Feature::PostFormMetadata, 0x8000),
            (Feature::EmptySegment, 0xffff),
            (Feature::KeyNormalisation, 0xffff),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::B2,
        release: None,
        keeps: &[
            (Feature::ContentLength, 0x0404),
            (Feature::SseS3, 0x0214),
            (Feature::SseCustomer, 0x0e17),
            (Feature::Versions, 0x0001),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Ceph,
        release: Some("16.2"),
        keeps: &[
            (Feature::AbsentHeadersSigned, 0x0004),
            (Feature::ContentMd5, 0x0004),
            (Feature::ContentLength, 0x0404),
            (Feature::Acl, 0x8214),
            (Feature::StorageClass, 0x8214),
            (Feature::SseCustomer, 0x8607),
            (Feature::Tagging, 0x00c0),
            (Feature::TaggingOnUpload, 0x0004),
            (Feature::Versions, 0x09db),
            (Feature::PresignedPost, 0x2200),
            (Feature::PostForm, 0x8000),
            (Feature::LeadingSlash, 0xffff),
            (Feature::EmptySegment, 0xffff),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[
            (Feature::CreateOnly, 0x0004),
        ],
    },
    Column {
        provider: Provider::Ceph,
        release: Some("18.2"),
        keeps: &[
            (Feature::AbsentHeadersSigned, 0x0004),
            (Feature::CopySourceCondition, 0x0010),
            (Feature::ContentMd5, 0x0004),
            (Feature::ContentLength, 0x0404),
            (Feature::Acl, 0x8214),
            (Feature::StorageClass, 0x8214),
            (Feature::SseCustomer, 0x0607),
            (Feature::Tagging, 0x00c0),
            (Feature::TaggingOnUpload, 0x0004),
            (Feature::Versions, 0x09db),
            (Feature::PresignedPost, 0x2200),
            (Feature::PostForm, 0x8000),
            (Feature::LeadingSlash, 0xffff),
            (Feature::EmptySegment, 0xffff),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[
            (Feature::CreateOnly, 0x0004),
        ],
    },
    Column {
        provider: Provider::Wasabi,
        release: None,
        keeps: &[
            (Feature::ContentMd5, 0x0404),
            (Feature::ContentLength, 0x0404),
            (Feature::Tagging, 0x00c0),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Spaces,
        release: None,
        keeps: &[
            (Feature::ContentLength, 0x0404),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Swift,
        release: Some("2.30"),
        keeps: &[
            (Feature::UnsignedHeadersRefused, 0x2e94),
            (Feature::CopySourceCondition, 0x0010),
            (Feature::ContentMd5, 0x0004),
            (Feature::ContentLength, 0x0404),
            (Feature::PresignedPost, 0x2200),
            (Feature::LeadingSlash, 0xffff),
            (Feature::EmptySegment, 0xffff),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Swift,
        release: Some("2.35"),
        keeps: &[
            (Feature::UnsignedHeadersRefused, 0x2e94),
            (Feature::CopySourceCondition, 0x0010),
            (Feature::ChecksumSha, 0x0404),
            (Feature::ChecksumCrc32, 0x0404),
            (Feature::ContentMd5, 0x0004),
            (Feature::ContentLength, 0x0404),
            (Feature::PartNumber, 0x0001),
            (Feature::PresignedPost, 0x2200),
            (Feature::LeadingSlash, 0xffff),
            (Feature::EmptySegment, 0xffff),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Rustfs,
        release: None,
        keeps: &[
            (Feature::ContentLength, 0x0404),
            (Feature::Tagging, 0x00c0),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Seaweedfs,
        release: None,
        keeps: &[
            (Feature::UnsignedHeadersRefused, 0x2e94),
            (Feature::ContentLength, 0x0404),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Seaweedfs,
        release: Some("4.48"),
        keeps: &[
            (Feature::UnsignedHeadersRefused, 0x2e94),
            (Feature::CreateOnly, 0x0014),
            (Feature::CreateOnlyComplete, 0x2000),
            (Feature::ConditionalWrite, 0x200c),
            (Feature::CopySourceCondition, 0x0810),
            (Feature::ChecksumSha, 0x8404),
            (Feature::ChecksumCrc32, 0x8404),
            (Feature::ChecksumCrc32c, 0x8404),
            (Feature::ChecksumCrc64Nvme, 0x8404),
            (Feature::ContentMd5, 0x0004),
            (Feature::ContentLength, 0x0404),
            (Feature::StorageClass, 0x0004),
            (Feature::Tagging, 0x00c0),
            (Feature::TaggingOnUpload, 0x0214),
            (Feature::TaggingDirective, 0x0010),
            (Feature::ObjectAttributes, 0x0100),
            (Feature::PartNumber, 0x0003),
            (Feature::PresignedPost, 0x2200),
            (Feature::PostForm, 0x8000),
            (Feature::PostFormMetadata, 0x8000),
            (Feature::KeyNormalisation, 0xffff),
            (Feature::SignedXQuery, 0x7fff),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Tigris,
        release: None,
        keeps: &[
            (Feature::CreateOnly, 0x0004),
            (Feature::ConditionalWrite, 0x0004),
            (Feature::ContentLength, 0x0404),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Supabase,
        release: None,
        keeps: &[
            (Feature::ContentLength, 0x0404),
        ],
        keeps_unversioned: &[],
    },
    Column {
        provider: Provider::Generic,
        release: None,
        keeps: &[
            (Feature::ContentLength, 0x0404),
        ],
        keeps_unversioned: &[],
    },
];

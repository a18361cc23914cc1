use serde::{Deserialize, Serialize};

/// Why an upload is refused. The names are part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It has no bytes.
    Empty,
    /// It hasn't the size that was asked for.
    SizeDiffers,
    /// Its bytes are of another type than it was declared as.
    TypeDiffers,
    /// It has a content-encoding, so that its bytes aren't what is shown.
    Encoded,
    /// What its bytes are isn't known.
    NotRecognised,
    /// It can run in whatever shows it: HTML, a script, SVG or PDF with something active.
    Active,
    /// It is a program, or a container of one.
    Executable,
    /// It can hold what is active, and is too large to be looked at whole.
    TooLargeToCheck,
    /// A scanner found something in it.
    Infected,
    /// No scanner has said that it is clean.
    NotScanned,
    /// There is an object at its key.
    Exists,
    /// It is larger than can be copied at this store without another taking its place.
    TooLargeToCopy,
    /// It was begun in parts and given up.
    GivenUp,
    /// Something else came to its key, or was deleted there, before it was known to be copied.
    Overtaken,
    /// Its session was revoked before it was copied.
    Revoked,
    /// The store made another object than was looked at.
    StoreDiffers,
}

impl Reason {
    /// A sentence for whoever uploads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "The file is empty.",
            Self::SizeDiffers => "The file hasn't the size that was asked for.",
            Self::TypeDiffers => "The file is not what its type says.",
            Self::Encoded => "The file was sent with a content-encoding.",
            Self::NotRecognised => "What kind of file this is can't be told.",
            Self::Active => "The file holds something that runs where it is shown.",
            Self::Executable => "The file is a program.",
            Self::TooLargeToCheck => "A file of this kind has to be 8 KiB or smaller.",
            Self::Infected => "A scanner found something harmful in the file.",
            Self::NotScanned => "The file could not be scanned.",
            Self::Exists => "There is a file of this name already.",
            Self::TooLargeToCopy => "The file is larger than this store can take.",
            Self::GivenUp => "The upload was given up.",
            Self::Overtaken => "Something newer came in its place.",
            Self::Revoked => "Whoever uploaded it may not any more.",
            Self::StoreDiffers => "The store kept another file than was checked.",
        }
    }
}

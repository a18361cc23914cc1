use crate::s3::Operation;

/// What a store is asked to do, as far as what it keeps depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A request.
    Operation(Operation),
    /// A browser form, which S3 calls `PostObject`.
    Form,
}

impl Act {
    /// How many there are.
    pub(in crate::s3) const COUNT: usize = Operation::ALL.len() + 1;

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Operation::ALL.into_iter().map(Self::Operation).chain([Self::Form])
    }

    pub(in crate::s3) const fn index(self) -> usize {
        match self {
            Self::Operation(operation) => operation as usize,
            Self::Form => Operation::ALL.len(),
        }
    }

    /// AWS's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operation(operation) => operation.as_str(),
            Self::Form => "PostObject",
        }
    }
}

impl From<Operation> for Act {
    fn from(operation: Operation) -> Self {
        Self::Operation(operation)
    }
}

/// A set of acts; bit `n` is the one of index `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acts(pub(in crate::s3) u16);

impl Acts {
    pub(in crate::s3) const fn one(act: Act) -> Self {
        Self(1 << act.index())
    }

    /// Whether one is in it.
    pub const fn contains(self, act: Act) -> bool {
        self.0 & Self::one(act).0 != 0
    }

    /// Those that are in it.
    pub fn iter(self) -> impl Iterator<Item = Act> {
        Act::all().filter(move |act| self.contains(*act))
    }
}

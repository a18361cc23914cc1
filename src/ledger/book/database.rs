use crate::ledger::LedgerUnavailable;

/// A database of `SQLite`. All statements between a question and its answer run at once: nothing is awaited in between.
pub trait Database {
    /// Runs a statement to its end, with values for `?1`, `?2` and so on.
    fn run(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, LedgerUnavailable>;
}

/// A value for a statement.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A whole number.
    Number(u64),
    /// A text.
    Text(&'a str),
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A whole number.
    Number(u64),
    /// A text.
    Text(String),
    /// Something else.
    Other,
}

/// A row that a statement has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Cell>);

fn unexpected<T>() -> Result<T, LedgerUnavailable> {
    Err(LedgerUnavailable("the ledger's database holds something else".to_owned()))
}

impl Row {
    /// The whole number in a column.
    pub fn number(&self, column: usize) -> Result<u64, LedgerUnavailable> {
        match self.0.get(column) {
            Some(Cell::Number(number)) => Ok(*number),
            _ => unexpected(),
        }
    }

    pub(super) fn is_true(&self, column: usize) -> Result<bool, LedgerUnavailable> {
        Ok(self.number(column)? != 0)
    }

    /// The text in a column.
    pub fn text(&self, column: usize) -> Result<&str, LedgerUnavailable> {
        match self.0.get(column) {
            Some(Cell::Text(text)) => Ok(text),
            _ => unexpected(),
        }
    }
}

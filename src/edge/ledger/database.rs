use worker::{SqlStorage, SqlStorageValue};

use crate::edge::error_text::first_line;
use crate::ledger::LedgerUnavailable;
use crate::ledger::book::{Cell, Database, Row, Value};

/// The database of an object.
pub(in crate::edge) struct ObjectDatabase(pub(in crate::edge) SqlStorage);

impl Database for ObjectDatabase {
    fn run(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, LedgerUnavailable> {
        let failed = |error: worker::Error| LedgerUnavailable(first_line(&error.to_string()));
        let values: Vec<SqlStorageValue> = values.iter().map(to_sql).collect();
        let rows = self.0.exec(statement, values).map_err(failed)?.raw();
        let read = |row: worker::Result<Vec<SqlStorageValue>>| {
            Ok(Row(row.map_err(failed)?.into_iter().map(from_sql).collect()))
        };
        rows.map(read).collect()
    }
}

fn to_sql(value: &Value<'_>) -> SqlStorageValue {
    match value {
        Value::Number(number) => {
            SqlStorageValue::Integer(i64::try_from(*number).unwrap_or(i64::MAX))
        }
        Value::Text(text) => SqlStorageValue::String((*text).to_owned()),
    }
}

fn from_sql(value: SqlStorageValue) -> Cell {
    match value {
        SqlStorageValue::Integer(number) => u64::try_from(number).map_or(Cell::Other, Cell::Number),
        SqlStorageValue::String(text) => Cell::Text(text),
        _ => Cell::Other,
    }
}

//! A database in memory, like that of a Durable Object.

use std::rc::Rc;

use edge_signer::ledger::LedgerUnavailable;
use edge_signer::ledger::book::{Cell, Database, Row, Value};
use rusqlite::Connection;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

/// A shared database, so that it can be opened again.
#[derive(Clone)]
pub struct Sqlite(pub Rc<Connection>);

impl Default for Sqlite {
    fn default() -> Self {
        Self(Rc::new(Connection::open_in_memory().unwrap()))
    }
}

struct Bound<'a>(&'a Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Number(number) => ToSqlOutput::from(i64::try_from(*number).unwrap()),
            Value::Text(text) => ToSqlOutput::from(*text),
        })
    }
}

impl Database for Sqlite {
    fn run(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, LedgerUnavailable> {
        let failed = |error: rusqlite::Error| LedgerUnavailable(format!("{error}: {statement}"));
        let mut prepared = self.0.prepare_cached(statement).map_err(failed)?;
        // A Durable Object refuses any other number.
        assert_eq!(values.len(), prepared.parameter_count(), "{statement}");
        let bound: Vec<Bound<'_>> = values.iter().map(Bound).collect();
        let columns = prepared.column_count();
        let cell = |value: ValueRef<'_>| match value {
            ValueRef::Integer(number) => u64::try_from(number).map_or(Cell::Other, Cell::Number),
            ValueRef::Text(text) => Cell::Text(String::from_utf8(text.to_vec()).unwrap()),
            _ => Cell::Other,
        };
        let rows = prepared.query_map(rusqlite::params_from_iter(bound), |row| {
            let cells = (0..columns).map(|column| row.get_ref(column).map(cell));
            cells.collect::<rusqlite::Result<_>>().map(Row)
        });
        rows.map_err(failed)?.collect::<Result<_, _>>().map_err(failed)
    }
}

use js_sys::Array;
use wasm_bindgen::JsValue;

use crate::edge::runtime::{Sql, error_text};
use crate::ledger::LedgerUnavailable;
use crate::ledger::book::{Cell, Database, Row, Value};

/// The database of an object.
pub(in crate::edge) struct ObjectDatabase(pub(in crate::edge) Sql);

impl Database for ObjectDatabase {
    fn run(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, LedgerUnavailable> {
        let values: Array = values.iter().map(to_sql).collect();
        let rows = self.0.run(statement, &values);
        let rows = rows.map_err(|error| LedgerUnavailable(error_text(&error)))?;
        Ok(rows.map(|row| Row(row.iter().map(|value| from_sql(&value)).collect())).collect())
    }
}

fn to_sql(value: &Value<'_>) -> JsValue {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "moments and counts are far below 2^53")]
        Value::Number(number) => JsValue::from_f64(*number as f64),
        Value::Text(text) => JsValue::from_str(text),
    }
}

fn from_sql(value: &JsValue) -> Cell {
    if let Some(text) = value.as_string() {
        return Cell::Text(text);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range says that it is a whole number without a sign"
    )]
    let whole = |number: f64| (0.0..=MAX_SAFE_INTEGER).contains(&number).then_some(number as u64);
    value
        .as_f64()
        .filter(|number| number.fract() == 0.0)
        .and_then(whole)
        .map_or(Cell::Other, Cell::Number)
}

/// The largest whole number that JavaScript tells from its neighbours.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

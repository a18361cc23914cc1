use serde::Deserialize;
use serde_json::json;
use worker::{Result, SqlCursor, SqlStorage, SqlStorageValue};

use super::question::{AskedUse, Path};
use crate::edge::clock::now;

/// Rows that one sweep deletes at the most, so that no request waits long behind it.
const SWEEP_ROWS: i64 = 10_000;
/// Moments that are kept of one id.
const MAX_MOMENTS: i64 = 1000;

const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS spends (id TEXT PRIMARY KEY, n INTEGER NOT NULL, until INTEGER NOT NULL, \
     revoked INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS spends_until ON spends (until)",
    "CREATE TABLE IF NOT EXISTS redemptions (id TEXT NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL, \
     until INTEGER NOT NULL, holder TEXT, PRIMARY KEY (id, n)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS redemptions_until ON redemptions (until)",
];

/// What the object does with its database.
pub(super) struct Statements(pub(super) SqlStorage);

#[derive(Deserialize)]
struct Count {
    n: i64,
}

#[derive(Deserialize)]
struct Row {
    n: i64,
    revoked: i64,
}

#[derive(Deserialize)]
struct Moment {
    at: i64,
}

/// A value of SQL.
trait IntoValue {
    fn into_value(self) -> SqlStorageValue;
}

impl IntoValue for i64 {
    fn into_value(self) -> SqlStorageValue {
        SqlStorageValue::Integer(self)
    }
}

impl IntoValue for &str {
    fn into_value(self) -> SqlStorageValue {
        SqlStorageValue::String(self.to_owned())
    }
}

/// The object's own clock, by which it sweeps, in seconds since 1970.
pub(super) fn clock() -> i64 {
    i64::try_from(now().unix_seconds()).unwrap_or(i64::MAX)
}

impl Statements {
    pub(super) fn make_tables(&self) -> Result<()> {
        TABLES.into_iter().try_for_each(|statement| self.0.exec(statement, None).map(drop))
    }

    fn exec(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<SqlCursor> {
        self.0.exec(statement, Some(values))
    }

    /// Deletes what has expired.
    pub(super) fn sweep(&self, now: i64) -> Result<()> {
        for table in ["spends", "redemptions"] {
            let key = if table == "spends" { "id" } else { "(id, n)" };
            let columns = key.trim_matches(['(', ')']);
            self.exec(
                &format!(
                    "DELETE FROM {table} WHERE {key} IN (SELECT {columns} FROM {table} WHERE until <= ? LIMIT \
                     ?)"
                ),
                vec![now.into_value(), SWEEP_ROWS.into_value()],
            )?;
        }
        Ok(())
    }

    /// Whether something is left that has expired.
    pub(super) fn has_expired(&self, now: i64) -> Result<bool> {
        self.has_rows("WHERE until <= ?", &[now.into_value()])
    }

    pub(super) fn has_any(&self) -> Result<bool> {
        self.has_rows("", &[])
    }

    /// Whether one of the tables has a row of this kind.
    fn has_rows(&self, which: &str, values: &[SqlStorageValue]) -> Result<bool> {
        for table in ["spends", "redemptions"] {
            let statement = format!("SELECT 1 AS n FROM {table} {which} LIMIT 1");
            let found: Vec<Count> = self.exec(&statement, values.to_vec())?.to_array()?;
            if !found.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Records a use, if one is left.
    pub(super) fn spend(&self, one: &AskedUse<'_>) -> Result<serde_json::Value> {
        let AskedUse { id, now, until, .. } = *one;
        if let Some(known) = self.without_a_use(one)? {
            return Ok(known);
        }
        // A row that has expired begins anew.
        let statement = "INSERT INTO spends (id, n, until, revoked) VALUES (?, 1, ?, 0) ON CONFLICT (id) DO \
             UPDATE SET n = CASE WHEN spends.until <= ? THEN 1 ELSE n + 1 END, revoked = 0, until = \
             excluded.until WHERE spends.until <= ? OR (revoked = 0 AND n < ?) RETURNING n";
        let values = vec![
            id.into_value(),
            until.into_value(),
            now.into_value(),
            now.into_value(),
            one.limit().into_value(),
        ];
        let counted: Vec<Count> = self.exec(statement, values)?.to_array()?;
        let Some(Count { n }) = counted.first() else {
            let revoked = self.row(id, now)?.is_some_and(|row| row.revoked != 0);
            return Ok(json!(if revoked { "revoked" } else { "used" }));
        };
        if one.keeps_history {
            let holder =
                one.holder.map_or(SqlStorageValue::Null, |(holder, _)| holder.into_value());
            let statement = "INSERT OR REPLACE INTO redemptions (id, n, at, until, holder) VALUES (?, ?, ?, ?, ?)";
            let values =
                vec![id.into_value(), n.into_value(), now.into_value(), until.into_value(), holder];
            self.exec(statement, values)?;
            let oldest = vec![id.into_value(), (n - MAX_MOMENTS).into_value()];
            self.exec("DELETE FROM redemptions WHERE id = ? AND n <= ?", oldest)?;
        }
        Ok(one.fresh(*n))
    }

    /// What [`Self::spend`] would say.
    pub(super) fn foresee(&self, one: &AskedUse<'_>) -> Result<serde_json::Value> {
        if let Some(known) = self.without_a_use(one)? {
            return Ok(known);
        }
        Ok(match self.row(one.id, one.now)? {
            Some(Row { revoked, .. }) if revoked != 0 => json!("revoked"),
            Some(Row { n, .. }) if n >= one.limit() => json!("used"),
            Some(Row { n, .. }) => one.fresh(n + 1),
            None => one.fresh(1),
        })
    }

    /// What can be said of a use that isn't one: it comes too late, or the same browser comes again.
    fn without_a_use(&self, one: &AskedUse<'_>) -> Result<Option<serde_json::Value>> {
        // A request that took long may come when its row was swept, and would begin it anew.
        if one.until <= clock() {
            return Ok(Some(json!("expired")));
        }
        match one.holder {
            Some((holder, grace)) if self.has_grace(one.id, holder, one.now - grace)? => {
                Ok(Some(json!("again")))
            }
            _ => Ok(None),
        }
    }

    fn has_grace(&self, id: &str, holder: &str, since: i64) -> Result<bool> {
        let statement = "SELECT r.n FROM redemptions r JOIN spends s ON s.id = r.id WHERE r.id = ? AND r.holder \
             = ? AND r.at > ? AND s.revoked = 0 LIMIT 1";
        let values = vec![id.into_value(), holder.into_value(), since.into_value()];
        let found: Vec<Count> = self.exec(statement, values)?.to_array()?;
        Ok(!found.is_empty())
    }

    fn row(&self, id: &str, now: i64) -> Result<Option<Row>> {
        let statement = "SELECT n, revoked FROM spends WHERE id = ? AND until > ?";
        let values = vec![id.into_value(), now.into_value()];
        let rows: Vec<Row> = self.exec(statement, values)?.to_array()?;
        Ok(rows.into_iter().next())
    }

    /// `revoke/{id}/{now}/{until}`
    pub(super) fn revoke(&self, path: &mut Path<'_>) -> Result<Option<serde_json::Value>> {
        let (Some(id), Some(_now), Some(until)) = (path.text(), path.number(), path.number())
        else {
            return Ok(None);
        };
        let statement = "INSERT INTO spends (id, n, until, revoked) VALUES (?, 0, ?, 1) ON CONFLICT (id) DO \
             UPDATE SET revoked = 1, until = MAX(spends.until, excluded.until)";
        self.exec(statement, vec![id.into_value(), until.into_value()])?;
        Ok(Some(json!("done")))
    }

    /// `history/{id}/{now}`
    pub(super) fn history(&self, path: &mut Path<'_>) -> Result<Option<serde_json::Value>> {
        let (Some(id), Some(now)) = (path.text(), path.number()) else { return Ok(None) };
        let Some(Row { n, revoked }) = self.row(id, now)? else {
            let nothing = json!({ "count": 0, "at": [], "revoked": false });
            return Ok(Some(json!({ "history": nothing })));
        };
        let statement = "SELECT at FROM redemptions WHERE id = ? ORDER BY n";
        let at: Vec<Moment> = self.exec(statement, vec![id.into_value()])?.to_array()?;
        let at: Vec<i64> = at.into_iter().map(|moment| moment.at).collect();
        let history = json!({ "count": n, "at": at, "revoked": revoked != 0 });
        Ok(Some(json!({ "history": history })))
    }
}

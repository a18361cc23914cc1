"""Runs Analytics Engine's queries in ClickHouse, of which its SQL is a part: reads data points and queries as JSON, and prints
the rows of each query."""

import json
import sys
import time

from chdb import session

# https://developers.cloudflare.com/analytics/analytics-engine/sql-reference/
COLUMNS = ["timestamp DateTime('UTC')", "dataset String", "_sample_interval UInt32", "index1 String"]
COLUMNS += [f"blob{number} String" for number in range(1, 21)]
COLUMNS += [f"double{number} Float64" for number in range(1, 21)]


def row(point, now):
    """A data point as the dataset keeps it, `ago` seconds old, standing for so many."""
    columns = {
        "timestamp": int(now - point["ago"]),
        "dataset": "edge_signer_decisions",
        "_sample_interval": point["interval"],
        "index1": point["indexes"][0],
    }
    columns |= {f"blob{number}": text for number, text in enumerate(point["blobs"], 1)}
    columns |= {f"double{number}": value for number, value in enumerate(point["doubles"], 1)}
    return json.dumps(columns)


def main():
    clickhouse = session.Session()
    answers = []
    for asked in json.load(sys.stdin):
        clickhouse.query("DROP TABLE IF EXISTS edge_signer_decisions")
        columns = ", ".join(COLUMNS)
        clickhouse.query(f"CREATE TABLE edge_signer_decisions ({columns}) ENGINE = Memory")
        now = time.time()
        rows = "\n".join(row(point, now) for point in asked["points"])
        if rows:
            clickhouse.query(f"INSERT INTO edge_signer_decisions FORMAT JSONEachRow\n{rows}")
        found = [clickhouse.query(query, "JSON").bytes() for query in asked["queries"]]
        answers.append([json.loads(rows)["data"] for rows in found])
    json.dump(answers, sys.stdout)


main()

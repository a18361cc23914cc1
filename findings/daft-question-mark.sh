#!/usr/bin/env bash
# Daft takes the question mark of a presigned URL for a wildcard
#
# Expected: read_parquet of a URL asks for that URL, its query and all, perhaps HEAD first.
# Seen:     it looks for what the pattern may mean: a GET of the folder before the question mark, without the query, which a
#           store refuses; the file is never asked for. A column of URLs is downloaded as one would think, and a URL without a
#           query is read.
# Versions: daft 0.7.26, pyarrow 25.0.1 (PyPI)                                              Date: 2026-11-29
# Source:   https://www.rfc-editor.org/rfc/rfc3986#section-3.4
# To do:    Give it the edge's stable link, /f/{store}/{key}, which has no query; it follows the redirect, of HEAD and of GET.
set -euo pipefail
dir=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check daft==0.7.26 pyarrow==25.0.1
venv/bin/python -c '
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"a": [1, 2, 3]}), "a.parquet")'

cat > server.py <<'PY'
import http.server, re

body = open("a.parquet", "rb").read()

class Store(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        is_signed = (path, query) == ("/photos/a.parquet", "X-Amz-Signature=00")
        with open("asked.txt", "a") as asked:
            print(path, "with its query" if query else "without a query", file=asked)
        if not is_signed and path != "/open/a.parquet":
            self.send_error(403)
            return
        said = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("range", ""))
        start, end = 0, len(body)
        if said:
            start = int(said[1]) if said[1] else max(0, end - int(said[2]))
            end = min(end, int(said[2]) + 1) if said[1] and said[2] else end
        self.send_response(206 if said else 200)
        if said:
            self.send_header("content-range", f"bytes {start}-{end - 1}/{len(body)}")
        self.send_header("accept-ranges", "bytes")
        self.send_header("content-length", str(end - start))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[start:end])

    do_HEAD = do_GET

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
open("port", "w").write(str(server.server_port))
server.serve_forever()
PY
cat > run.py <<'PY'
import sys
import daft

def download(url):
    column = daft.functions.download(daft.col("url"))
    return len(daft.from_pydict({"url": [url]}).select(column).to_pydict()["url"])

store = f"http://127.0.0.1:{sys.argv[1]}"
for name, work, path in (
    ("read_parquet", lambda url: daft.read_parquet(url).count_rows(), "/photos/a.parquet?X-Amz-Signature=00"),
    ("download", download, "/photos/a.parquet?X-Amz-Signature=00"),
    ("read_parquet", lambda url: daft.read_parquet(url).count_rows(), "/open/a.parquet"),
):
    open("asked.txt", "w").close()
    try:
        end = f"rows {work(store + path)}"
    except Exception as error:
        end = "403" if "403 Forbidden" in str(error) else f"{error}"
    asked = sorted(set(open("asked.txt").read().splitlines()))
    print(f"{name} of {path}: {end}; asked for {', '.join(asked)}")
PY
venv/bin/python server.py & server=$!
while [ ! -s port ]; do sleep 0.1; done
DAFT_ANALYTICS_ENABLED=0 DO_NOT_TRACK=true venv/bin/python run.py "$(cat port)" > seen.txt 2> err.txt || { cat err.txt; exit 1; }

cat > recorded.txt <<'END'
read_parquet of /photos/a.parquet?X-Amz-Signature=00: 403; asked for /photos without a query
download of /photos/a.parquet?X-Amz-Signature=00: rows 1; asked for /photos/a.parquet with its query
read_parquet of /open/a.parquet: rows 3; asked for /open/a.parquet without a query
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

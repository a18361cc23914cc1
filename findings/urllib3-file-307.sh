#!/usr/bin/env bash
# urllib3 sends an empty body to where a 307 points, when the body is a file
#
# Expected: the file is rewound and sent again, as requests does.
# Seen:     the first address gets the bytes, the second a well-formed PUT without any, and the caller sees status 200.
#           Both go without Content-Length, in chunks. With bytes in place of the file both are right.
# Versions: urllib3 2.8.0, beside it requests 2.34.2 (PyPI)                                 Date: 2026-11-28
# Source:   https://github.com/urllib3/urllib3/issues/5181
# To do:    For an upload link read the file into bytes, or use requests. A store that holds the signed Content-Length
#           refuses the empty PUT; one that doesn't would keep an empty object.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check urllib3==2.8.0 requests==2.34.2

cat > run.py <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import requests
import urllib3

got = []

def handler(answer):
    class H(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *a): pass
        def do_PUT(self):
            if "content-length" in self.headers:
                body, how = self.rfile.read(int(self.headers["content-length"])), "with Content-Length"
            else:
                body, how = b"", "in chunks"
                while n := int(self.rfile.readline(), 16):
                    body += self.rfile.read(n)
                    self.rfile.readline()
                self.rfile.readline()
            answer(self, f"{len(body)} bytes {how}")
    s = ThreadingHTTPServer(("127.0.0.1", 0), H)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    return s.server_port

def at_store(h, text):
    got.append("store " + text)
    h.send_response(200); h.send_header("content-length", "0"); h.end_headers()

def at_edge(h, text):
    got.append("edge " + text)
    h.send_response(307); h.send_header("location", f"http://127.0.0.1:{store}/photos/cat.png")
    h.send_header("content-length", "0"); h.end_headers()

store = handler(at_store)
link = f"http://127.0.0.1:{handler(at_edge)}/l/token"
open("cat.png", "wb").write(b"x" * 1000)

def show(name, status):
    print(f"{name}: status {status}; {'; '.join(got)}")
    got.clear()

show(f"urllib3 {urllib3.__version__}, file", urllib3.request("PUT", link, body=open("cat.png", "rb")).status)
show(f"urllib3 {urllib3.__version__}, bytes", urllib3.request("PUT", link, body=open("cat.png", "rb").read()).status)
show(f"requests {requests.__version__}, file", requests.put(link, data=open("cat.png", "rb")).status_code)
PY
venv/bin/python run.py > seen.txt

cat > recorded.txt <<'END'
urllib3 2.8.0, file: status 200; edge 1000 bytes in chunks; store 0 bytes in chunks
urllib3 2.8.0, bytes: status 200; edge 1000 bytes with Content-Length; store 1000 bytes with Content-Length
requests 2.34.2, file: status 200; edge 1000 bytes with Content-Length; store 1000 bytes with Content-Length
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

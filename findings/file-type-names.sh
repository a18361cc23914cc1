#!/usr/bin/env bash
# file-type gives Opus a parameter and an SVG another type; magic-bytes.js calls xz gzip
#
# Expected: a type that a list of allowed types has: audio/ogg, image/svg+xml, video/mpeg, application/x-xz.
# Seen:     file-type: "audio/ogg; codecs=opus", which no comparison with audio/ogg finds; an SVG with an XML declaration
#           application/xml, one without nothing; MPEG video/MP1S, in capitals. magic-bytes.js: a docx may be a Java archive
#           or an Android package, sound in MP4 video/mp4, xz application/gzip.
# Versions: file-type 21.3.4, magic-bytes.js 1.13.1 (npm); made by imageio-ffmpeg 0.8.1, python-docx 1.2.0 (PyPI)
#                                                                                           Date: 2026-11-29
# Source:   -
# To do:    Cut at the semicolon and compare in lower case. An upload whose content_type is one of file-type's own is taken
#           by the edge, but for the SVG as application/xml: docs/inbox.md#kinds
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export npm_config_cache="$dir/.npm" npm_config_update_notifier=false
npm install --silent --no-audit --no-fund file-type@21.3.4 magic-bytes.js@1.13.1 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check imageio-ffmpeg==0.8.1 python-docx==1.2.0

cat > make.py <<'PY'
import lzma, subprocess
import docx, imageio_ffmpeg
def encode(source, name):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source, name]
    subprocess.run(command, check=True)
encode("sine=duration=2", "a.opus")
encode("sine=duration=2", "a.m4a")
encode("testsrc=duration=1:size=64x64", "a.mpg")
svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>\n'
open("a.svg", "w").write(svg)
open("declared.svg", "w").write('<?xml version="1.0" encoding="UTF-8"?>\n' + svg)
open("a.xz", "wb").write(lzma.compress(b"hello"))
document = docx.Document()
document.save("a.docx")
PY
venv/bin/python make.py
cat > run.mjs <<'JS'
import { readFileSync } from "node:fs";
import { fileTypeFromBuffer } from "file-type";
import { filetypemime } from "magic-bytes.js";
for (const name of ["a.opus", "a.m4a", "a.mpg", "a.svg", "declared.svg", "a.xz", "a.docx"]) {
  const bytes = readFileSync(name);
  const one = (await fileTypeFromBuffer(bytes))?.mime ?? "none";
  const many = [...new Set(filetypemime([...bytes]))].join(", ") || "none";
  console.log(`${name}: file-type ${one}; magic-bytes.js ${many}`);
}
JS
node run.mjs | sed 's/vnd.openxmlformats-officedocument/…/g; s/vnd.oasis.opendocument/…/g' > seen.txt

cat > recorded.txt <<'END'
a.opus: file-type audio/ogg; codecs=opus; magic-bytes.js application/ogg
a.m4a: file-type audio/x-m4a; magic-bytes.js video/mp4
a.mpg: file-type video/MP1S; magic-bytes.js video/mpeg
a.svg: file-type none; magic-bytes.js image/svg+xml
declared.svg: file-type application/xml; magic-bytes.js application/xml
a.xz: file-type application/x-xz; magic-bytes.js application/gzip
a.docx: file-type application/….wordprocessingml.document; magic-bytes.js application/zip, application/java-archive, application/….text, application/….spreadsheet, application/….presentation, application/….wordprocessingml.document, application/….spreadsheetml.sheet, application/….presentationml.presentation, application/vnd.ms-visio.drawing, application/vnd.android.package-archive
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

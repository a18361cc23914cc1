#!/usr/bin/env bash
# puremagic takes each ZIP for a Word document, where it is given the bytes
#
# Expected: a plain ZIP is application/zip, and what is made of ZIP what it is, from the bytes as from the file.
# Seen:     from the file each is right, because the name's end decides. From the bytes, as an upload comes, all of them are
#           docx. A HEIC is video/mp4 and a JPEG 2000 image/jpeg either way.
# Versions: puremagic 1.30, beside it filetype 1.2.0; made by openpyxl 3.1.5, odfpy 1.4.1, pillow 13.0.0,
#           pillow-heif 1.8.1 (PyPI)                                                          Date: 2026-11-29
# Source:   -
# To do:    Give puremagic the file, or take filetype. The edge reads a ZIP's names and its first entry: docs/inbox.md#kinds
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
  puremagic==1.30 filetype==1.2.0 openpyxl==3.1.5 odfpy==1.4.1 pillow==13.0.0 pillow-heif==1.8.1

cat > run.py <<'PY'
import zipfile
import filetype, openpyxl, pillow_heif, puremagic
from odf.opendocument import OpenDocumentText
from PIL import Image
pillow_heif.register_heif_opener()
with zipfile.ZipFile("a.zip", "w") as made:
    made.writestr("hello.txt", "hello")
openpyxl.Workbook().save("a.xlsx")
OpenDocumentText().save("a.odt")
picture = Image.radial_gradient("L").convert("RGB")
picture.save("a.heic")
picture.save("a.jp2")
for name in ("a.zip", "a.xlsx", "a.odt", "a.heic", "a.jp2"):
    whole = open(name, "rb").read()
    found = puremagic.from_file(name, mime=True), puremagic.from_string(whole, mime=True), filetype.guess(whole).mime
    print(f"{name}: by file {found[0]}; by bytes {found[1]}; filetype {found[2]}")
PY
venv/bin/python run.py | sed 's/openxmlformats-officedocument/…/g' > seen.txt

cat > recorded.txt <<'END'
a.zip: by file application/zip; by bytes application/vnd.….wordprocessingml.document; filetype application/zip
a.xlsx: by file application/vnd.….spreadsheetml.sheet; by bytes application/vnd.….wordprocessingml.document; filetype application/vnd.….spreadsheetml.sheet
a.odt: by file application/vnd.oasis.opendocument.text; by bytes application/vnd.….wordprocessingml.document; filetype application/vnd.oasis.opendocument.text
a.heic: by file video/mp4; by bytes video/mp4; filetype image/heic
a.jp2: by file image/jpeg; by bytes image/jpeg; filetype image/jpx
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

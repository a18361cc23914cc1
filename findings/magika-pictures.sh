#!/usr/bin/env bash
# Magika calls the pictures of phones videos
#
# Expected: AVIF is image/avif and HEIC image/heic: both say so in their first 12 bytes, and file-type, libmagic and the edge
#           go by that.
# Seen:     Both are video/mp4, whatever their size; so is sound in MP4 (m4a). WebP, JPEG and PNG are right.
# Versions: magika 1.0.3, pillow 13.0.0, pillow-heif 1.8.1, imageio-ffmpeg 0.8.1 (PyPI)      Date: 2026-11-29
# Source:   -
# To do:    A scanner of uploads that asks Magika must not refuse an image/avif or image/heic whose bytes are "video/mp4".
#           The edge looks at the brand of the file, before a scanner is asked: docs/inbox.md
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --disable-pip-version-check \
  magika==1.0.3 pillow==13.0.0 pillow-heif==1.8.1 imageio-ffmpeg==0.8.1

cat > run.py <<'PY'
import io, subprocess
import imageio_ffmpeg, magika, pillow_heif
from PIL import Image
pillow_heif.register_heif_opener()
model = magika.Magika()
for size in (256, 1024):
    picture = Image.radial_gradient("L").resize((size, size)).convert("RGB")
    for form in ("AVIF", "HEIF", "WEBP", "JPEG", "PNG"):
        file = io.BytesIO()
        picture.save(file, form)
        whole = file.getvalue()
        brand = whole[8:12].decode() if form in ("AVIF", "HEIF") else "-"
        print(f"{form} of {size} pixels, brand {brand}: {model.identify_bytes(whole).output.mime_type}")
sound = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", "sine=duration=5", "sound.m4a"]
subprocess.run(sound, check=True)
print(f"m4a, brand {open('sound.m4a', 'rb').read(12)[8:].decode().strip()}: {model.identify_path('sound.m4a').output.mime_type}")
PY
venv/bin/python -W ignore run.py > seen.txt

cat > recorded.txt <<'END'
AVIF of 256 pixels, brand avif: video/mp4
HEIF of 256 pixels, brand heic: video/mp4
WEBP of 256 pixels, brand -: image/webp
JPEG of 256 pixels, brand -: image/jpeg
PNG of 256 pixels, brand -: image/png
AVIF of 1024 pixels, brand avif: video/mp4
HEIF of 1024 pixels, brand heic: video/mp4
WEBP of 1024 pixels, brand -: image/webp
JPEG of 1024 pixels, brand -: image/jpeg
PNG of 1024 pixels, brand -: image/png
m4a, brand M4A: video/mp4
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

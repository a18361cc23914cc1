// Real media files, made by the test.

import { readFileSync } from "node:fs";

/** How long a film is, in seconds; it has a picture a second. */
export const SECONDS = 60;
/** What stands between two pictures, so that nobody reads all of a film to see its end. */
const PADDING = Buffer.alloc(256 * 1024);

/** A WAV file of silence, about 21 MB. */
export function sound(seconds = 120) {
  const [rate, frame] = [44_100, 4];
  const header = Buffer.alloc(44);
  const size = seconds * rate * frame;
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + size, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  // PCM, two channels of 16 bits.
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * frame, 28);
  header.writeUInt16LE(frame, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(size, 40);
  return Buffer.concat([header, Buffer.alloc(size)]);
}

/**
 * The pictures of a film, VP8 in base64: six bars are the bits of the second, white ones set. Chromium's VideoEncoder
 * made them of a canvas of 64 by 64, each a key frame.
 */
const pictures = JSON.parse(readFileSync(new URL("film-pictures.json", import.meta.url), "utf8"));

/** The second whose picture a video of the page shows. */
export const secondOf = (video) =>
  video.evaluate((video) => {
    const pen = new OffscreenCanvas(64, 64).getContext("2d");
    pen.drawImage(video, 0, 0);
    const red = (bit) => pen.getImageData(10 * bit + 5, 32, 1, 1).data[0];
    return [0, 1, 2, 3, 4, 5].reduce((sum, bit) => sum + (red(bit) > 127 ? 1 << bit : 0), 0);
  });

// WebM (https://www.webmproject.org/docs/container/): elements of an ID, a size and what is in them.
const bytesOf = (hex) => Buffer.from(hex, "hex");
const number = (value, length = 8) =>
  bytesOf(
    BigInt(value)
      .toString(16)
      .padStart(2 * length, "0"),
  );
function float(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}
function element(id, ...content) {
  const body = Buffer.concat(content.map((it) => (typeof it === "string" ? Buffer.from(it) : it)));
  const size = number(body.length);
  // The first bit says that the size has eight bytes.
  size[0] = 0x01;
  return Buffer.concat([bytesOf(id), size, body]);
}

/** A WebM file of `SECONDS` pictures, about 16 MB, with the table that tells where each of them is. */
export function film() {
  const header = element(
    "1a45dfa3",
    element("4286", number(1)),
    element("42f7", number(1)),
    element("42f2", number(4)),
    element("42f3", number(8)),
    element("4282", "webm"),
    element("4287", number(2)),
    element("4285", number(2)),
  );
  const info = element(
    "1549a966",
    element("2ad7b1", number(1_000_000)),
    element("4489", float(SECONDS * 1000)),
    element("4d80", "tests"),
    element("5741", "tests"),
  );
  const picture = element("e0", element("b0", number(64)), element("ba", number(64)));
  const track = [element("d7", number(1)), element("73c5", number(1)), element("83", number(1))];
  const tracks = element("1654ae6b", element("ae", ...track, element("86", "V_VP8"), picture));
  const clusters = pictures.map((base64, second) => {
    const block = element("a3", bytesOf("81000080"), Buffer.from(base64, "base64"));
    return element("1f43b675", element("e7", number(second * 1000)), block, element("ec", PADDING));
  });
  const cuesOf = (from) => {
    let position = from;
    const cues = clusters.map((cluster, second) => {
      const place = element("b7", element("f7", number(1)), element("f1", number(position)));
      position += cluster.length;
      return element("bb", element("b3", number(second * 1000)), place);
    });
    return element("1c53bb6b", ...cues);
  };
  const before = info.length + tracks.length;
  const cues = cuesOf(before + cuesOf(0).length);
  return Buffer.concat([header, element("18538067", info, tracks, cues, ...clusters)]);
}

// Uses of many URLs in a shuffled order, the same each time.

/** So many kinds of URLs are taken in turn. */
const KINDS = [
  { name: "unseen", uses: () => [] },
  { name: "once", uses: () => ["whole"] },
  { name: "replayed", uses: (random) => Array.from({ length: 2 + random(3) }, () => "whole") },
  { name: "roaming", uses: () => ["part", "part", "part elsewhere"] },
  { name: "changed", uses: (random) => ["whole", ...repeated("changed", 1 + random(4))] },
  { name: "revoked", uses: () => ["whole"] },
];
/** What most lines of a log are: a player's ranges, and looks at an object. */
const PLAYED = { name: "played", uses: (random, most) => repeated("part", 1 + random(most)) };
const LOOKED_AT = { name: "looked at", uses: (random, most) => repeated("look", 1 + random(most)) };
/** A window's URL is read by everybody. */
const OF_A_WINDOW = {
  name: "of a window",
  uses: (random, most) => repeated("whole", random(most)),
};

const repeated = (use, times) => Array.from({ length: times }, () => use);

/** Numbers of a seed (xorshift). */
export function numbers(seed) {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/**
 * Plans what is done with so many URLs until the log has so many lines: for each URL its kind, and all uses in their order,
 * each the number of its URL and what is done.
 */
export function plan(lines, urls, random) {
  const kinds = [];
  const all = [];
  const left = () => lines - all.length;
  for (let url = 0; url < urls; url++) {
    const turn = url % (2 * KINDS.length);
    const most = Math.max(1, Math.floor((3 * left()) / (urls - url)));
    const others = [PLAYED, LOOKED_AT, PLAYED, OF_A_WINDOW, PLAYED, LOOKED_AT];
    const kind = KINDS[turn] ?? others[turn - KINDS.length];
    kinds.push(kind.name);
    for (const use of kind.uses(random, most)) all.push({ url, use });
  }
  // The rest are uses of played URLs.
  const played = kinds.flatMap((kind, url) => (kind === "played" ? [url] : []));
  while (left() > 0) all.push({ url: played[random(played.length)], use: "part" });
  for (let index = all.length - 1; index > 0; index--) {
    const other = random(index + 1);
    [all[index], all[other]] = [all[other], all[index]];
  }
  return { kinds, all };
}

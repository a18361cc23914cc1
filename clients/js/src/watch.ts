/** The longest that a timer runs. */
const MOST = 2 ** 31 - 1;

/** Calls `stop` when `touch` wasn't called for so many seconds, until `end` is; never where it is `Infinity`. */
export function watch(seconds: number, stop: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = () => clearTimeout(timer);
  const touch = () => {
    end();
    if (seconds * 1000 <= MOST) timer = setTimeout(stop, seconds * 1000);
  };
  touch();
  return { touch, end };
}

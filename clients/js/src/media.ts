/**
 * Plays an address of the edge that redirects to a presigned URL (`/f/…`), and goes on at the same second when that
 * URL has expired. The function that it returns ends this. `stall` is the seconds without progress after which a URL is
 * held to have expired, because some players say nothing.
 */
export function mediaSource(
  player: HTMLMediaElement,
  address: string,
  { stall = 10 }: { stall?: number | undefined } = {},
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  // No progress since the last attempt: then the address itself fails, and asking again is of no use.
  let isFresh = true;
  const load = (second: number, isPlaying: boolean) => {
    isFresh = true;
    player.src = address;
    player.currentTime = second;
    if (isPlaying) void player.play().catch(() => {});
  };
  const again = () => {
    clearTimeout(timer);
    if (!isFresh) load(player.currentTime, !player.paused);
  };
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(again, stall * 1000);
  };
  const goOn = () => {
    clearTimeout(timer);
    isFresh = false;
  };
  const heard: [string, () => void][] = [
    ["error", again],
    ["waiting", wait],
    ["seeking", wait],
    ["canplay", goOn],
    ["seeked", goOn],
  ];
  for (const [event, does] of heard) player.addEventListener(event, does);
  load(0, player.autoplay);
  return () => {
    clearTimeout(timer);
    for (const [event, does] of heard) player.removeEventListener(event, does);
  };
}

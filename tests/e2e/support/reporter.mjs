// The result of each test of a file, one line of JSON each: the titles that lead to it, and its error.

import { inspect } from "node:util";

export default async function* reporter(source) {
  const titles = [];
  for await (const { type, data } of source) {
    if (type === "test:start") titles.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const path = [...titles.slice(0, data.nesting), data.name];
    const { error, type: kind, duration_ms } = data.details;
    const seconds = duration_ms / 1000;
    // A suite fails with its tests, and says no more than that.
    const isOfOthers = error?.failureType === "subtestsFailed";
    const told = {
      path,
      kind,
      seconds,
      passed: type === "test:pass",
      skipped: data.skip !== undefined,
    };
    if (error !== undefined) Object.assign(told, { isOfOthers, error: textOf(error) });
    yield `${JSON.stringify(told)}\n`;
  }
}

function textOf(error) {
  const cause = error.cause ?? error;
  return cause instanceof Error ? inspect(cause, { depth: 4 }) : String(cause);
}

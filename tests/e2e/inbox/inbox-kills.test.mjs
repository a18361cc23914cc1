// Workers that are killed in each step of an acceptance.
//
// `INBOX_KILLS=50` has it whole: 200 uploads. Each run takes some.

import { test } from "node:test";
import { kills } from "../support/inbox-kills.mjs";

const times = Number(process.env.INBOX_KILLS ?? 8);
const seed = Number(process.env.INBOX_KILLS_SEED ?? Math.floor(Math.random() * 2 ** 32));

test(`${times} kills`, (t) => kills(t, { times, seed }));

// Many requests at once, with the ledger in KV, which promises nothing about races: it prints KV's figure beside the
// others'.

import { races } from "../support/ledger-races.mjs";

races("kv");

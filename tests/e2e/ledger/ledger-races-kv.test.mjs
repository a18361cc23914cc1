// Many requests at once, with the ledger in KV, which promises nothing of them: its figure, beside those of the others.

import { races } from "../support/ledger-races.mjs";

races("kv");

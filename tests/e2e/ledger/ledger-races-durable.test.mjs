// Many requests at once, with the ledger in Durable Objects: exactly the permitted number of uses passes.

import { races } from "../support/ledger-races.mjs";

races("durable");

// Many requests at once, with the ledger in Durable Objects: exactly so many get what may be used so often.

import { races } from "../support/ledger-races.mjs";

races("durable");

// Many requests at once, with KV in front of the objects: exactly so many get what may be used so often.

import { races } from "../support/ledger-races.mjs";

races("layered");

// Many requests at once, with KV in front of the objects: exactly the permitted number of uses passes.

import { races } from "../support/ledger-races.mjs";

races("layered");

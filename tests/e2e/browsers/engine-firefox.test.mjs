// The steps of all engines, in Firefox.

import { takeSteps } from "../support/engines/run.mjs";

takeSteps("firefox");

// The steps of all engines, in firefox.

import { takeSteps } from "../support/engines/run.mjs";

takeSteps("firefox");

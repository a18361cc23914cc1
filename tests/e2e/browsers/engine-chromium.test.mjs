// The steps of all engines, in chromium.

import { takeSteps } from "../support/engines/run.mjs";

takeSteps("chromium");

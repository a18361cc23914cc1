// The steps of all engines, in Chromium.

import { takeSteps } from "../support/engines/run.mjs";

takeSteps("chromium");

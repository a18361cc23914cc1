// The steps of all engines, in webkit.

import { takeSteps } from "../support/engines/run.mjs";

takeSteps("webkit");

// The steps of all engines, in WebKitGTK.

import { takeSteps } from "../support/engines/run.mjs";

takeSteps("webkit");

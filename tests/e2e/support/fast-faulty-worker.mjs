// The faulty Worker with a faster clock.

import "./fast-time.mjs";
import Faulty from "./faulty-worker.mjs";

export * from "./faulty-worker.mjs";
export default Faulty;

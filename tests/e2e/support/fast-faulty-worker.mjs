// The Worker whose parts fail, in less time.

import "./fast-time.mjs";
import Faulty from "./faulty-worker.mjs";

export * from "./faulty-worker.mjs";
export default Faulty;

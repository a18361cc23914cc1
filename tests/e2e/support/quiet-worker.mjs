// The Worker without output: in local runs printing a line costs more than the request that it records.

import Edge from "../../../build/index.js";

export * from "../../../build/index.js";
export default Edge;

console.log = () => {};

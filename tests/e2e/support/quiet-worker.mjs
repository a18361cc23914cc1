// The Worker as it is, but printing nothing: lines cost local runs more than the requests that they tell of.

import Edge from "../../../build/index.js";

export * from "../../../build/index.js";
export default Edge;

console.log = () => {};

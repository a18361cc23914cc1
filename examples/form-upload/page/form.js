// Says before anything is sent what the store or the application would refuse, and lets the type follow the file.
// The form works without: then the store says it.

const file = document.getElementById("file");
const type = document.getElementById("type");
const { least, most } = file.dataset;

function whyNot({ size, type: kind }) {
  const bytes = `${size.toLocaleString("en")} bytes`;
  if (size < Number(least)) return `This file is too small: it has ${bytes}.`;
  if (size > Number(most)) return `This file is too large: it has ${bytes}.`;
  const isTaken = [...type.options].some((option) => option.value === kind);
  return isTaken ? "" : `This file is of a type that isn't taken: ${kind || "an unknown one"}.`;
}

function look() {
  const [picked] = file.files;
  const why = picked ? whyNot(picked) : "";
  if (picked && !why) type.value = picked.type;
  file.setCustomValidity(why);
  if (why) file.reportValidity();
}

file.addEventListener("change", look);
// A browser may have kept the file that was picked before.
look();

{
  const [form] = document.forms;
  const { seconds, again } = form.dataset;
  const button = form.querySelector("button");
  const after = document.getElementById("after");
  let isOver = false;
  let isPressed = false;
  const end = () => {
    isOver = !again;
    isPressed = false;
    button.textContent = again || "Used";
    button.ariaDisabled = String(isOver);
  };
  form.addEventListener("submit", (event) => {
    if (isOver) event.preventDefault();
    // A double click is one use.
    if (isOver || isPressed) return;
    isPressed = true;
    setTimeout(() => (after.textContent = after.dataset.text), 3000);
    setTimeout(end, seconds * 1000);
  });
  // What the browser kept doesn't know what became of the link.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}

// A client of WebDriver (https://www.w3.org/TR/webdriver2/): the few commands that the steps need.

/** By this name the protocol calls an element. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Calls a driver; fails with the error that it answers. */
async function call(url, method, body) {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body) });
  const { value } = await answer.json();
  if (answer.ok) return value;
  throw Object.assign(new Error(`${value.error}: ${value.message}`), { code: value.error });
}

/** A session of the driver at `driver`: a browser of its own. */
export class Session {
  #url;

  constructor(url, capabilities) {
    this.#url = url;
    this.capabilities = capabilities;
  }

  static async start(driver, alwaysMatch) {
    const wish = { capabilities: { alwaysMatch } };
    const { sessionId, capabilities } = await call(`${driver}/session`, "POST", wish);
    return new Session(`${driver}/session/${sessionId}`, capabilities);
  }

  end() {
    return call(this.#url, "DELETE");
  }

  get(path) {
    return call(`${this.#url}/${path}`, "GET");
  }

  post(path, fields = {}) {
    return call(`${this.#url}/${path}`, "POST", fields);
  }

  delete(path) {
    return call(`${this.#url}/${path}`, "DELETE");
  }

  /** Runs a function in the page, whose promise is waited for; or a script. */
  async run(run, argument) {
    if (typeof run === "string") return this.post("execute/sync", { script: run, args: [] });
    const script = `const done = arguments[1];
      Promise.resolve(arguments[0]).then(${run}).then(
        (value) => done({ value }), (error) => done({ thrown: String(error) }));`;
    // JSON has no undefined, and the page's own prototypes may be changed.
    const answer = await this.post("execute/async", { script, args: [argument ?? null] });
    if (answer.thrown !== undefined) throw new Error(answer.thrown);
    return answer.value ?? undefined;
  }

  /** The id of the first element that a selector finds. */
  async find(css) {
    const { [ELEMENT]: id } = await this.post("element", { using: "css selector", value: css });
    return id;
  }

  /** What the mouse does over an element. */
  async point(id, actions) {
    const move = { type: "pointerMove", duration: 0, origin: { [ELEMENT]: id }, x: 0, y: 0 };
    const mouse = { type: "pointer", id: "mouse", parameters: { pointerType: "mouse" } };
    await this.post("actions", { actions: [{ ...mouse, actions: [move, ...actions] }] });
  }
}

/** What is said of an element that isn't there yet, not any more, or below something that moves. */
const PASSING = [
  "no such element",
  "stale element reference",
  "element not interactable",
  "element click intercepted",
];

/** Whether a failure may pass. */
export const isPassing = ({ code }) => PASSING.includes(code);

// Under which name an engine saves a file.

/** Firefox puts `_` for `%`, which begins a variable on some systems. */
export const savedAs = (name, engine) => (engine === "firefox" ? name.replaceAll("%", "_") : name);

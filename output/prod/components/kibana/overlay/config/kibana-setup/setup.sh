#!/bin/sh
# Makes what the files beside this script hold. A data view that is there stays: people add formats and fields to it.
# Dashboards and their panels are written anew under their ids: who wants another one saves it under another name.
set -eu

files=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 077

# Credentials reach curl in a file: a command line can be read by every process of the pod's user.
quoted() {
  sed 's/[\\"]/\\&/g' "$1"
}
{
  printf 'user = "%s:%s"\n' "$(quoted "$CREDENTIALS/username")" "$(quoted "$CREDENTIALS/password")"
  printf 'silent\nshow-error\nconnect-timeout = 10\nmax-time = 120\n'
} > "$work/curl.conf"

# request METHOD PATH [curl's options]: leaves the answer in $work/body and its status in $status; 000 is no answer.
request() {
  method=$1 path=$2
  shift 2
  : > "$work/body"
  status=$(curl --config "$work/curl.conf" --output "$work/body" --write-out '%{http_code}' \
    --request "$method" --header 'kbn-xsrf: true' "$@" "$KIBANA_URL$path") || status=000
}

give_up() {
  echo "$method $path: status $status" >&2
  cat "$work/body" >&2
  exit 1
}

# patiently METHOD PATH [curl's options]: asks again while nobody answers.
patiently() {
  attempt=1
  request "$@"
  while [ "$status" = 000 ] && [ "$attempt" -lt "${ATTEMPTS:-180}" ]; do
    attempt=$((attempt + 1))
    sleep "${PAUSE:-5}"
    request "$@"
  done
}

# data_view ID FILE
data_view() {
  patiently GET "/api/data_views/data_view/$1"
  case $status in
    200)
      echo "data view $1 is there"
      return
      ;;
    404) ;;
    *) give_up ;;
  esac
  patiently POST /api/data_views/data_view --header 'Content-Type: application/json' --data-binary "@$files/$2"
  case $status in
    2??) echo "data view $1 is made" ;;
    *) give_up ;;
  esac
}

# Kibana answers 503 while it starts, migrates or waits for Elasticsearch.
attempt=1
request GET /api/status
until [ "$status" = 200 ]; do
  if [ "$attempt" -ge "${ATTEMPTS:-180}" ]; then
    give_up
  fi
  attempt=$((attempt + 1))
  sleep "${PAUSE:-5}"
  request GET /api/status
done

data_view codemie-infra-logs logs.json
data_view codemie-metrics metrics.json

# Kibana takes one object a line; a line end in these files stands between tokens, never in a text.
for file in "$files"/lens-*.json "$files"/dashboard-*.json; do
  tr -d '\n' < "$file"
  echo
done > "$work/objects.ndjson"
patiently POST '/api/saved_objects/_import?overwrite=true' --form "file=@$work/objects.ndjson"
case $status$(cat "$work/body") in   # it answers 200 for rejected objects, too
  200*'"success":true'*) ;;
  *) give_up ;;
esac
echo "dashboards are written"

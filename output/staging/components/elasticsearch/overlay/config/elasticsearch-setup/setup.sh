#!/bin/sh
# Brings the cluster to what the files beside this script say. Run again, it changes nothing.
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
  printf 'cacert = "%s"\n' "$CA"
  printf 'silent\nshow-error\nconnect-timeout = 10\nmax-time = 120\n'
} > "$work/curl.conf"

# request METHOD PATH [curl's options]: leaves the answer in $work/body and its status in $status; 000 is no answer.
request() {
  method=$1 path=$2
  shift 2
  : > "$work/body"
  status=$(curl --config "$work/curl.conf" --output "$work/body" --write-out '%{http_code}' \
    --request "$method" "$@" "$ELASTICSEARCH_URL$path") || status=000
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

# put PATH FILE: any answer but a success ends the Job, with what Elasticsearch says about it.
put() {
  patiently PUT "$1" --header 'Content-Type: application/json' --data-binary "@$files/$2"
  case $status in
    2??) echo "PUT $1: $status" ;;
    *) give_up ;;
  esac
}

# A cluster that starts, or elects a master, answers 503; one that has not read its users yet answers 401.
attempt=1
request GET /_cluster/health
until [ "$status" = 200 ]; do
  if [ "$attempt" -ge "${ATTEMPTS:-180}" ]; then
    give_up
  fi
  attempt=$((attempt + 1))
  sleep "${PAUSE:-5}"
  request GET /_cluster/health
done

put /_security/role/codemie_log_writer log-writer-role.json

put /_ilm/policy/codemie-logs logs-lifecycle.json
put /_index_template/codemie-logs logs-template.json

put /_ilm/policy/codemie-metrics metrics-lifecycle.json
put /_index_template/codemie-metrics metrics-template.json
put /_index_template/codemie-metrics-write metrics-write-template.json

# The first index behind the write alias. Once the alias is there rollover moves it, and a second write index would break it.
patiently GET /_alias/codemie_metrics_logs_write
case $status in
  200) ;;
  404) put /codemie_metrics_logs-000001 metrics-index.json ;;
  *) give_up ;;
esac

# A composable template for everything would switch off those of others: a legacy one yields to any of them.
put /_template/codemie-replicas replicas-template.json
put '/*/_settings?expand_wildcards=open&allow_no_indices=true' replicas.json

# Last: all nodes write to the bucket to prove that they can, and a bucket without rights must not keep the rest away.
put /_snapshot/codemie snapshot-repository.json
put /_slm/policy/codemie-nightly snapshot-policy.json

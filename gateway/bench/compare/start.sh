#!/bin/sh
# Starts weir (the binary $1) as ../shared/peers/compare.sh wants it: HTTP at $PEERS_HTTP, Redis at $PEERS_REDIS, files below
# $PEERS_WORK. Further arguments are handed on to weir serve.
set -e
here=$(cd "$(dirname "$0")" && pwd)
binary=$1
shift
dir=$(mktemp -d "${PEERS_WORK:-${TMPDIR:-/tmp}}/weir-XXXXXX")
sed -e "s/@PEERS_HTTP@/$PEERS_HTTP/; s/@PEERS_REDIS@/$PEERS_REDIS/" "$here/weir.toml" >"$dir/weir.toml"
cd "$dir"
exec "$binary" serve --config weir.toml "$@"

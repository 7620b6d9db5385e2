#!/usr/bin/env bash
# Makes sure that what the build needs is on this machine: tools/require.sh WHAT...
# WHAT: python, rust, node, postgresql, or a command that a Debian package brings (see `package_of`).
# Debian packages are installed when this runs as root; everything else gets one line saying what to install.
set -euo pipefail

fail() {
    printf 'roomful: %s\n' "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least FOUND WANTED: compares dotted versions.
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

package_of() {
    case $1 in
        cc) echo build-essential ;;
        chromium) echo chromium ;;
        ffmpeg) echo ffmpeg ;;
        ip) echo iproute2 ;;
        janus) echo janus ;;
        postgresql) echo postgresql ;;
        turnserver) echo coturn ;;
        venv) echo python3-venv ;;
        *) fail "no Debian package is known for '$1'" ;;
    esac
}

present() {
    case $1 in
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
        venv) python3 -c 'import ensurepip, venv' >/dev/null 2>&1 ;;
        *) have "$1" ;;
    esac
}

missing=()
need_command() { present "$1" || missing+=("$(package_of "$1")"); }

for what in "$@"; do
    case $what in
        python)
            have python3 || fail "Python is missing: install Python 3.11 or newer (Debian: apt install python3 python3-venv)"
            python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
                fail "Python 3.11 or newer is needed, $(python3 --version) is too old"
            need_command venv
            ;;
        rust)
            wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
            have cargo || fail "Rust is missing: install Rust $wanted or newer from https://rustup.rs"
            found=$(rustc --version | cut -d ' ' -f 2)
            at_least "$found" "$wanted" || fail "Rust $wanted or newer is needed, $found is too old: run 'rustup update stable'"
            need_command cc
            ;;
        node)
            have node && have npm || fail "Node is missing: install Node 20.19 or newer with npm from https://nodejs.org"
            found=$(node --version)
            at_least "${found#v}" 20.19.0 || fail "Node 20.19 or newer is needed, $found is too old: see https://nodejs.org"
            ;;
        *) need_command "$what" ;;
    esac
done

[ ${#missing[@]} -eq 0 ] && exit 0
[ "$(id -u)" -eq 0 ] && have apt-get || fail "missing: ${missing[*]} (Debian: apt install ${missing[*]})"
printf 'roomful: installing %s\n' "${missing[*]}"
# Only the programs are wanted: a service of theirs, started now, would open ports to the network.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    install -m 755 <(printf '#!/bin/sh\nexit 101\n') $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

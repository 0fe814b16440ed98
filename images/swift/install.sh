#!/bin/sh
# Installs Swift: what it needs of Debian, and the toolchain, unless the context had one.
set -eu
export DEBIAN_FRONTEND=noninteractive

official() {
    . /etc/os-release
    release="$ID$VERSION_ID"
    case $(uname -m) in
        aarch64) release="$release-aarch64" ;;
    esac
    echo "https://download.swift.org/swift-$1-release/$(echo "$release" | tr -d .)/swift-$1-RELEASE/swift-$1-RELEASE-$release.tar.gz"
}

fetch() {
    echo "fetching $1"
    curl --fail --location --retry 3 --connect-timeout 10 --output /tmp/swift.tar.gz "$1"
    if [ -n "${SWIFT_TOOLCHAIN_SHA256:-}" ]; then
        echo "$SWIFT_TOOLCHAIN_SHA256  /tmp/swift.tar.gz" | sha256sum --check
    fi
    mkdir -p /opt/swift
    tar -xzf /tmp/swift.tar.gz -C /opt/swift --strip-components=1
    rm /tmp/swift.tar.gz
}

apt-get update
rm -f /opt/swift/README.md
if [ ! -x /opt/swift/usr/bin/swiftc ]; then
    if [ -n "${SWIFT_TOOLCHAIN_URL:-}" ]; then
        fetch "$SWIFT_TOOLCHAIN_URL"
    elif apt-cache show swiftlang >/dev/null 2>&1; then
        apt-get install -y --no-install-recommends swiftlang
    else
        # In a subshell: os-release(5) has a VERSION, too.
        fetch "$(official "$VERSION")"
    fi
fi
# The C++ library's headers have the compiler's version in their package's name: the newest that this release has.
headers=$(apt-cache pkgnames libstdc++- | grep -E '^libstdc\+\+-[0-9]+-dev$' | sort -V | tail -n 1)
apt-get install -y --no-install-recommends \
    binutils "$headers" libc6-dev libcurl4 libedit2 libncurses6 libsqlite3-0 libxml2 pkg-config tzdata unzip zlib1g-dev
rm -rf /var/lib/apt/lists/*

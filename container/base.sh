#!/usr/bin/env bash
# Make the base image that the Dockerfile names, from Debian's packages, where no image registry can be reached.
# Usage: container/base.sh debian:bookworm-slim      Needs root, debootstrap and buildah. About a minute.
set -euo pipefail
name=${1:?name of the image}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
debootstrap --variant=minbase bookworm "$made/tree" >"$made/log" 2>&1 || { tail -5 "$made/log"; exit 1; }
# What Debian's slim images leave out as well.
rm -rf "$made"/tree/var/cache/apt/* "$made"/tree/var/lib/apt/lists/* "$made"/tree/var/log/*
find "$made/tree/usr/share/doc" "$made/tree/usr/share/man" "$made/tree/usr/share/locale" "$made/tree/usr/share/info" \
    -type f -delete
container=$(buildah --storage-driver=vfs from scratch)
buildah --storage-driver=vfs add --quiet "$container" "$made/tree" / >/dev/null
buildah --storage-driver=vfs config --cmd bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah --storage-driver=vfs commit --quiet --rm "$container" "$name" >/dev/null

#!/bin/sh
# Import all image archives of the folder $1 into a new containerd data folder $2.
set -eu
archives=$1 store=$2

if [ "${3:-}" != inside ]; then
  # In namespaces of its own, so that neither daemon nor mount can be left behind.
  exec unshare --mount --pid --fork --kill-child --mount-proc sh "$0" "$archives" "$store" inside
fi

work=$store/work
mkdir "$work"
cat >"$work/containerd.toml" <<END
version = 2
root = "$store"
state = "$work/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs"]
[grpc]
address = "$work/socket"
END
containerd -c "$work/containerd.toml" &
daemon=$!
until [ -S "$work/socket" ]; do
  kill -0 "$daemon"
  sleep 0.1
done
for archive in "$archives"/*.tar; do
  ctr -a "$work/socket" -n k8s.io image import "$archive"
done
kill "$daemon"
wait "$daemon" || true
rm -r "$work"

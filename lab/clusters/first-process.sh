#!/bin/sh
# The first process of a node. Give the node its own /proc, /run, /var/lib and /var/log; then collect the dead.
# $1: the cluster's folder, which keeps its path inside. $2: the folder that is the node's disk.
set -eu
folder=$1 disk=$2

# The old /proc still shows the machine's view: the id under which the machine knows this process.
read -r pid _ </proc/self/stat
mount -t proc proc /proc

mkdir -p "$disk/lib" "$disk/log" "$disk/run"
mount -t tmpfs tmpfs "$disk/run"
mkdir -p "$disk/run${folder#/run}" "$disk/run/netns" "$disk/run/lock"
mount --bind "$folder" "$disk/run${folder#/run}"
mount --bind "$disk/log" /var/log
mount --rbind "$disk/run" /run
mount --bind "$disk/lib" /var/lib
# The API server resolves the ExternalName of a webhook's Service; pods have a file of their own.
mount --bind "$folder/node-resolv.conf" /etc/resolv.conf
# kubelet passes mounts on to containers.
mount --make-rshared /

echo "$pid" >"$folder/init.pid.new"
mv "$folder/init.pid.new" "$folder/init.pid"

sleep infinity &
while :; do wait; done

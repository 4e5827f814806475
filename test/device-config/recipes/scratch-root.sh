# Runs a script as root in a copy of this machine's files that is gone afterwards: sh scratch-root.sh EMPTY-FOLDER SCRIPT BIN
set -eu
mount -t tmpfs scratch "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay scratch -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
for kernel in dev proc sys; do mount --rbind "/$kernel" "$1/root/$kernel"; done
PATH=$3:$PATH exec chroot "$1/root" sh "$2"

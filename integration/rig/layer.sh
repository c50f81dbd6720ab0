# Installs Debian packages over the tree $1, into the directory $2. It runs in a mount
# namespace of its own, which takes the mounts away. The units that the packages enable
# are not started at the boot: a test starts what it needs.
set -eu
tree=$1 layer=$2
shift 2
mkdir -p "$layer/upper" "$layer/work" "$layer/root"
root=$layer/root
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$layer/upper,workdir=$layer/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cat /etc/resolv.conf >"$root/etc/resolv.conf"
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get -qq update
chroot "$root" apt-get -qq install --no-install-recommends "$@"
chroot "$root" apt-get clean
rm -rf "$root/var/lib/apt/lists"/*
umount -R "$root"
rm -r "$layer/work" "$layer/root"
! [ -d "$layer/upper/etc/systemd" ] || find "$layer/upper/etc/systemd" -path '*.wants/*' -type l -delete

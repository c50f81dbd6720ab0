#!/bin/sh
# Turns a fresh Debian tree into a test machine. mmdebstrap runs it with the tree
# as $1; PUBLIC_KEY holds the key that may log in. It is passed as text, since
# the user namespace of a rootless build may not reach this file.
set -eu
root=$1

chroot "$root" sh -eu <<'GUEST'
for user in alice bob; do
	useradd --create-home --shell /bin/bash "$user"
done
# sudo(8) from an ordinary user to another is one of the ways to start gorun.
echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice
chmod 0440 /etc/sudoers.d/alice
systemd-machine-id-setup
systemctl mask systemd-firstboot.service systemd-resolved.service \
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
	e2scrub_all.timer e2scrub_reap.service fstrim.timer man-db.timer \
	getty@tty1.service getty-static.service console-getty.service \
	systemd-networkd-wait-online.service
systemctl enable systemd-networkd.service
GUEST

# One key logs in as anybody, also as users that tests make.
echo "$PUBLIC_KEY" >"$root/etc/ssh/authorized_keys"

# QEMU's user network hands out this address; a container has no such card.
cat >"$root/etc/systemd/network/10-virtual.network" <<'EOF'
[Match]
Name=en* eth*

[Network]
Address=10.0.2.15/24
LinkLocalAddressing=no
EOF

# Many logins in a short time are what the tests do. They do not reload sshd, which
# for a moment listens to nobody then.
cat >"$root/etc/ssh/sshd_config.d/rig.conf" <<'EOF'
AuthorizedKeysFile /etc/ssh/authorized_keys
MaxStartups 200
MaxSessions 200
UseDNS no
PermitRootLogin prohibit-password
PerSourcePenalties no
EOF
# PerSourcePenalties came with OpenSSH 9.8.
chroot "$root" sh -c 'mkdir -p /run/sshd; sshd -t' 2>/dev/null ||
	sed -i '/PerSourcePenalties/d' "$root/etc/ssh/sshd_config.d/rig.conf"

echo rig >"$root/etc/hostname"
echo '127.0.0.1 localhost rig' >"$root/etc/hosts"
echo '/dev/vda / ext4 rw,noatime 0 1' >"$root/etc/fstab"
mkdir -p "$root/var/log/journal"

# The one initial ramdisk, for the virtual machine: with the modules that it needs
# to reach its disk. A ramdisk for any machine takes several times as long.
printf '%s\n' MODULES=list COMPRESS=gzip COMPRESSLEVEL=1 >"$root/etc/initramfs-tools/conf.d/rig"
printf '%s\n' virtio_pci virtio_blk ext4 >>"$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -c -k all

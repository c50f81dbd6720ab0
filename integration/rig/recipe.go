package rig

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
)

//go:embed customize.sh
var customizeScript string

// packages is what a machine has on top of Debian's essential set. linux-image
// and initramfs-tools serve the virtual machine alone; one image for both kinds
// is worth the space.
var packages = strings.Fields(`
	systemd systemd-sysv systemd-oomd libpam-systemd
	dbus dbus-user-session polkitd
	linux-image-cloud-amd64 initramfs-tools
	openssh-server sudo cron
	tmux screen less procps strace iproute2 python3-minimal
	vim-tiny htop expect git make time tini dumb-init`)

// backportsHook adds the backports of the release to the tree $1, for systemd
// alone: apt takes nothing else from there unless asked (apt_preferences(5)). It
// derives them from the release's own line, and so from the same mirror.
const backportsHook = `set -eu
cd "$1/etc/apt"
sed -n 's/^\(deb .*\) %[1]s \(.*\)/\1 %[1]s-backports \2/p' sources.list >sources.list.d/backports.list
printf 'Package: src:systemd\nPin: release n=%[1]s-backports\nPin-Priority: 500\n' >preferences.d/systemd`

// mmdebstrapArgs builds suite into out: a tar file if its name ends in ".tar",
// else a directory.
func mmdebstrapArgs(suite Suite, out string) []string {
	args := []string{
		"--variant=minbase",
		"--include=" + strings.Join(packages, ","),
		// A mirror may be a snapshot, whose Release file has expired.
		`--aptopt=Acquire::Check-Valid-Until "false"`,
		// A power failure costs an image, which is made again.
		"--dpkgopt=force-unsafe-io",
		// Nobody reads them, and fewer files are installed faster.
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--customize-hook=" + customizeScript,
	}
	if suite.backports() {
		args = append(args, "--setup-hook="+fmt.Sprintf(backportsHook, suite.Release))
	}
	return append(args, suite.Release, out)
}

// mmdebstrapEnv makes the kernel package make no initial ramdisk: customize.sh
// makes one, where the package and a trigger of initramfs-tools make two.
var mmdebstrapEnv = []string{"INITRD=No"}

// recipeID names all that an image is made from: it changes when the image has
// to be built anew.
func recipeID(suite Suite) string {
	sum := sha256.Sum256(fmt.Append(nil, mmdebstrapArgs(suite, ""), mmdebstrapEnv))
	return hex.EncodeToString(sum[:])[:recipeIDLength]
}

const recipeIDLength = 12

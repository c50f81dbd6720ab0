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

// packages are a machine's packages in addition to Debian's essential set. Only virtual
// machines need linux-image and initramfs-tools; one image for both kinds is worth the
// space. %s is the architecture.
const packages = `
	systemd systemd-sysv systemd-oomd libpam-systemd
	dbus dbus-user-session polkitd
	linux-image-cloud-%s initramfs-tools
	openssh-server sudo cron
	tmux screen less procps strace iproute2 python3-minimal
	vim-tiny htop expect git make time tini dumb-init`

// backportsHook adds the backports of the release to the tree $1, only for systemd: apt
// installs nothing else from there by default (apt_preferences(5)). It derives their
// line from the release's own line, and so uses the same mirror.
const backportsHook = `set -eu
cd "$1/etc/apt"
sed -n 's/^\(deb .*\) %[1]s \(.*\)/\1 %[1]s-backports \2/p' sources.list >sources.list.d/backports.list
printf 'Package: src:systemd\nPin: release n=%[1]s-backports\nPin-Priority: 500\n' >preferences.d/systemd`

// mmdebstrapArgs are the arguments to build suite into out: a tar file if the name ends
// in ".tar", else a directory.
func mmdebstrapArgs(suite Suite, out string) []string {
	args := []string{
		"--variant=minbase",
		"--include=" + strings.Join(strings.Fields(fmt.Sprintf(packages, suite.Arch)), ","),
		// A mirror may be a snapshot, whose Release file has expired.
		`--aptopt=Acquire::Check-Valid-Until "false"`,
		// After a power failure the image is built again.
		"--dpkgopt=force-unsafe-io",
		// Nobody reads these, and fewer files install faster.
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--customize-hook=" + customizeScript,
	}
	if suite.backports() {
		args = append(args, "--setup-hook="+fmt.Sprintf(backportsHook, suite.Release))
	}
	if suite.Foreign() {
		args = append(args, "--architectures="+suite.Arch)
	}
	return append(args, suite.Release, out)
}

// mmdebstrapEnv keeps the kernel package from making an initial ramdisk. customize.sh
// makes one; the package and a trigger of initramfs-tools would make two.
var mmdebstrapEnv = []string{"INITRD=No"}

// recipeID is a hash of everything that an image is made from. When it changes, the
// image has to be built again.
func recipeID(suite Suite) string {
	sum := sha256.Sum256(fmt.Append(nil, mmdebstrapArgs(suite, ""), mmdebstrapEnv))
	return hex.EncodeToString(sum[:])[:recipeIDLength]
}

const recipeIDLength = 12

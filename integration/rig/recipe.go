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
	linux-image-cloud-amd64
	openssh-server sudo cron
	tmux screen less procps strace iproute2 python3-minimal
	vim-tiny htop expect git make time tini dumb-init`)

// mmdebstrapArgs builds suite into the tar file out.
func mmdebstrapArgs(suite Suite, out string) []string {
	return []string{
		"--variant=minbase",
		"--include=" + strings.Join(packages, ","),
		// A mirror may be a snapshot, whose Release file has expired.
		`--aptopt=Acquire::Check-Valid-Until "false"`,
		"--customize-hook=" + customizeScript,
		suite.Name,
		out,
	}
}

// recipeID names all that an image is made from: it changes when the image has
// to be built anew.
func recipeID(suite Suite) string {
	sum := sha256.Sum256(fmt.Append(nil, mmdebstrapArgs(suite, "")))
	return hex.EncodeToString(sum[:])[:12]
}

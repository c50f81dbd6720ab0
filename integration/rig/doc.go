// Package rig starts machines with a real systemd for tests: containers in Linux
// namespaces, or virtual machines in QEMU.
//
// Users log in to a [Machine] over ssh, so that logind makes real sessions. Both kinds
// start from an [Image]. It is built once per Debian release from Debian's own packages,
// kept in the user's cache, and built again when its recipe changes.
//
// Containers need root, overlayfs and a mounted cgroup v2 hierarchy. They share the
// host's kernel, and have only the cgroup controllers that the host does not keep on v1.
// Virtual machines need no privilege and have all controllers. Where KVM does not work
// they are emulated, some 30 times slower. The first machine of an image is booted,
// which takes up to a minute, and frozen. The others resume from there in seconds, and
// so have the same boot ID.
//
// Images need mmdebstrap and, without root, uidmap with a range in /etc/subuid. Virtual
// machines need qemu-system-x86, qemu-utils and e2fsprogs. A suite for another processor has
// only emulated machines. Those of arm64 also need qemu-system-arm, qemu-user-static,
// binfmt-support and arch-test: the image is built by running its own programs, which takes some
// minutes.
//
// A machine or build ends with the process that started it, however that process ends. A
// keeper process removes what they leave. A program that uses this package must call
// [Init] first in main.
package rig

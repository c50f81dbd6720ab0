// Package rig brings up machines with a real systemd for tests: as a container
// in Linux namespaces or as a virtual machine in QEMU.
//
// A [Machine] is reached over ssh, as a user would reach it, so that logind
// makes real sessions. Both kinds start from an [Image] that is built once per
// Debian release from Debian's own packages, kept in the user's cache, and
// built anew when its recipe changes.
//
// Containers need root, overlayfs and a mounted cgroup v2 hierarchy; they share
// the host's kernel, and have only the cgroup controllers that the host does
// not keep on v1. Virtual machines need no privilege and have all of it; where
// KVM does not work they are emulated, some 30 times slower. The first one of an
// image is booted, which takes up to a minute, and frozen; the others go on from
// there in seconds, and so have the same boot ID.
//
// Images need mmdebstrap, and rootless uidmap with a range in /etc/subuid.
// Virtual machines need qemu-system-x86, qemu-utils and e2fsprogs.
//
// However the process ends that started a machine or builds an image, the machine or
// build ends with it, and a keeper process removes what they leave. A program that
// uses this package must call [Init] first thing in main.
package rig

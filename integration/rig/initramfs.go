package rig

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// RunInitramfs boots the image's kernel with nothing but these files, by their paths, all of which
// may be executed. The kernel starts /init, which has no systemd, and which has to power the
// machine off. It returns what the machine writes to its console until then.
func RunInitramfs(ctx context.Context, img *Image, files map[string][]byte) (console string, err error) {
	if err := img.makeDisk(ctx); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "gorun-initramfs-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	initrd := filepath.Join(dir, "initrd")
	archive, err := initramfs(files)
	if err == nil {
		err = os.WriteFile(initrd, archive, 0o600)
	}
	if err != nil {
		return "", err
	}
	var out []byte
	arch := img.Suite.architecture()
	for _, a := range arch.accelerators() {
		cmd := exec.CommandContext(ctx, arch.qemu, qemuArgs(
			board{arch, 2, 512}, processor{arch, a},
			kernel{Image: img.path(diskPart) + "/vmlinuz", Initrd: initrd, CommandLine: []string{"console=" + arch.console, "quiet", "panic=-1", arch.kernel}},
			initConsole{},
		)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if out, err = cmd.CombinedOutput(); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		err = fmt.Errorf("boot an initramfs: %w", err)
	}
	return strings.ReplaceAll(string(out), "\r", ""), err
}

// initConsole is [console] of a machine that ends instead of booting again.
type initConsole struct{}

func (initConsole) args() []string { return append(console{}.args(), "-no-reboot") }

// initramfs makes an archive of files, and of the directories that they are in, as the kernel
// unpacks it (cpio in its newc format, buffer-format.rst).
func initramfs(files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	w := &cpio{done: map[string]bool{}}
	for _, dir := range []string{"proc", "sys", "dev", "run", "tmp", "root", "etc"} {
		w.directory(dir)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		clean := strings.TrimPrefix(path.Clean(name), "/")
		w.directory(path.Dir(clean))
		w.add(clean, syscall.S_IFREG|0o755, files[name])
	}
	w.add("TRAILER!!!", 0, nil)
	_, err := packed.Write(w.Bytes())
	err = cmp.Or(err, packed.Close())
	return out.Bytes(), err
}

// cpio is an archive that grows.
type cpio struct {
	bytes.Buffer
	number int
	done   map[string]bool // directories
}

// directory adds a directory after those that it is in.
func (w *cpio) directory(name string) {
	if name == "." || w.done[name] {
		return
	}
	w.directory(path.Dir(name))
	w.done[name] = true
	w.add(name, syscall.S_IFDIR|0o755, nil)
}

// add adds a file. Names and contents begin at multiples of four bytes.
func (w *cpio) add(name string, mode int, contents []byte) {
	w.number++
	fmt.Fprintf(w, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", w.number, mode, 0, 0, 1, 0, len(contents), 0, 0, 0, 0, len(name)+1, 0)
	w.WriteString(name + "\x00")
	w.pad()
	w.Write(contents)
	w.pad()
}

func (w *cpio) pad() { w.Write(make([]byte, -w.Len()&3)) }

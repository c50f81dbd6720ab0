package rig

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// keeperVariable marks the process that becomes a keeper.
const keeperVariable = "GORUN_RIG_KEEPER"

// keeper is a process that removes leftovers when its starter closes it or ends, however
// the starter ends: a killed process runs no deferred calls, but the kernel closes its
// end of the pipe.
type keeper struct {
	process *exec.Cmd
	life    *os.File // the starter's end of the pipe, which no other process has
}

// leftover is something to remove. One field is set.
type leftover struct {
	Path   string `json:",omitempty"` // a file or a directory tree
	Cgroup string `json:",omitempty"` // a cgroup, removed with its processes
	Group  int    `json:",omitempty"` // a process group to end, see [endGroup]
}

// startKeeper re-executes this program as a keeper, see [Init]. The keeper has its own
// session: ^C on the terminal does not reach it.
func startKeeper() (*keeper, error) {
	if os.Getenv(keeperVariable) != "" {
		return nil, errors.New("start a keeper: main does not call rig.Init first")
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start a keeper: %w", err)
	}
	defer r.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), keeperVariable+"=yes")
	cmd.Dir = "/"
	cmd.Stdin = r
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, fmt.Errorf("start a keeper: %w", err)
	}
	return &keeper{process: cmd, life: w}, nil
}

// add makes the keeper remove l. Call it before making l, so that the keeper always knows
// of it.
func (k *keeper) add(l leftover) error {
	if err := json.NewEncoder(k.life).Encode(l); err != nil {
		return fmt.Errorf("tell the keeper: %w", err)
	}
	return nil
}

// close makes the keeper remove everything, the last added first, and waits for it. The
// keeper itself reports what it cannot remove.
func (k *keeper) close() {
	k.life.Close()
	k.process.Wait()
}

// ownName is a new name that begins with this process's PID, for
// [removeDeadContainers].
func ownName() string {
	return fmt.Sprintf("gorun-rig-%d-%s", os.Getpid(), strings.ToLower(rand.Text()[:10]))
}

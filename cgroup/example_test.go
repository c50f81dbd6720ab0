package cgroup_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"syscall"
	"time"

	"gorun/cgroup"
)

// Print what the caller's own group has used. The output depends on the machine.
func Example() {
	group, err := cgroup.Of(0)
	if errors.Is(err, cgroup.ErrNoV2) {
		log.Fatal("this machine has no cgroup v2")
	}
	if err != nil {
		log.Fatal(err)
	}
	stats, err := group.ReadStats()
	if err != nil {
		log.Print(err) // stats has what could be read
	}
	fmt.Println("group", group.Name())
	if stats.CPUStat != nil {
		fmt.Println("CPU time", stats.CPUStat.Usage)
	}
	if stats.MemoryPeakBytes != nil {
		fmt.Println("memory at most", *stats.MemoryPeakBytes, "bytes")
	}
}

func ExampleGroup_ReadStats() {
	group := cgroup.Group{Dir: "testdata/scope"} // instead of a directory in /sys/fs/cgroup
	stats, err := group.ReadStats()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("CPU time:", stats.CPUStat.Usage)
	fmt.Println("most memory:", *stats.MemoryPeakBytes, "of", *stats.MemoryMaxBytes)
	fmt.Println("most tasks:", *stats.PIDsPeak, "of", *stats.PIDsMax)
	fmt.Println("killed for lack of memory:", stats.MemoryEvents.OOMKill)
	for _, device := range stats.IOStat.Devices {
		fmt.Printf("read from %d:%d: %d bytes\n", device.Major, device.Minor, device.ReadBytes)
	}
	// Output:
	// CPU time: 6m8.134608s
	// most memory: 1073741824 of 1073741824
	// most tasks: 64 of max
	// killed for lack of memory: 1
	// read from 8:16: 1459200 bytes
	// read from 8:0: 90430464 bytes
}

// One file is enough to see whether the OOM killer has killed a process.
func ExampleGroup_MemoryEvents() {
	group := cgroup.Group{Dir: "testdata/hybrid-child"}
	events, err := group.MemoryEvents()
	switch {
	case errors.Is(err, cgroup.ErrGone):
		fmt.Println("the group was removed")
	case err != nil:
		log.Fatal(err)
	case events == nil:
		fmt.Println("unknown: the group has no memory controller")
	default:
		fmt.Println("killed:", events.OOMKill)
	}
	// Output: unknown: the group has no memory controller
}

// A job runner that lets no process outlive its job waits until the job's group is
// empty. It does not matter whose child the last process is. (The output depends on the
// machine.)
func ExampleGroup_WaitEmpty() {
	group, err := cgroup.At("/system.slice/job.scope")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if err := group.WaitEmpty(ctx); errors.Is(err, context.DeadlineExceeded) {
		log.Print("something is still running")
	} else if err != nil {
		log.Fatal(err)
	}
}

// Log each time the OOM killer kills a process of the group.
func ExampleGroup_WatchMemory() {
	group, err := cgroup.Of(0)
	if err != nil {
		log.Fatal(err)
	}
	var seen uint64
	for events, err := range group.WatchMemory(context.Background()) {
		switch {
		case errors.Is(err, cgroup.ErrGone):
			return
		case err != nil:
			log.Fatal(err)
		case events.OOMKill > seen:
			log.Printf("%d processes were killed for lack of memory", events.OOMKill-seen)
			seen = events.OOMKill
		}
	}
}

// Run a command with at most 50 tasks, and leave nothing behind. The output depends on the
// machine: the caller needs the right to make groups below its own.
func ExampleGroup_Make() {
	own, err := cgroup.Of(0)
	if err != nil {
		log.Fatal(err)
	}
	group, err := own.Make("example")
	if err != nil {
		log.Fatal(err)
	}
	defer group.Remove()
	if err := group.Set("pids.max", "50"); errors.Is(err, errors.ErrUnsupported) {
		log.Fatal("the pids controller is not enabled for groups below ", own.Path)
	}
	dir, err := os.Open(group.Dir)
	if err != nil {
		log.Fatal(err)
	}
	defer dir.Close()
	cmd := exec.Command("make", "-j8")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(dir.Fd())}
	err = cmd.Run()
	fmt.Println("make:", err)
	group.Kill() // what make has left running
	group.WaitEmpty(context.Background())
}

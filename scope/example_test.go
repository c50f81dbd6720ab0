package scope_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"gorun/scope"
	"gorun/scope/property"
)

// A program moves itself into a scope of its own. What it starts later is inside from its
// first instruction. (Not run here: it needs a service manager.)
func ExampleStart() {
	name, err := scope.NewName("backup")
	if err != nil {
		log.Fatal(err)
	}
	s, err := scope.Start(context.Background(), scope.Spec{
		Unit:        name,
		Description: "Nightly backup",
		RuntimeMax:  2 * time.Hour,
	})
	var none *scope.NoManagerError
	if errors.As(err, &none) {
		log.Fatal("no systemd here: ", err)
	} else if err != nil {
		log.Fatal(err)
	}
	log.Println("running in", s.Cgroup)
	cmd := exec.Command("backup.sh")
	cmd.Stdout = os.Stdout
	log.Println("backup:", cmd.Run())
}

// A terminal emulator or a job runner stays where it is and gives each child a scope
// of its own.
//
// The child waits at a gate until it has been moved, and only then becomes the command.
// The command is therefore inside from its first instruction. The gate is a shell that
// reads from descriptor 3, which the command does not inherit. The child keeps its PID.
// Setuid programs work, as they would not under ptrace(2). If the scope does not start,
// the pipe is closed without a line in it, and the command never runs.
//
// (Not run here: it needs a service manager.)
func ExampleStart_child() {
	const gate = `read -r go <&3 || exit 125; exec "$@" 3<&-`
	cmd := exec.Command("/bin/sh", "-c", gate, "sh", "make", "-j8")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{r} // descriptor 3
	if err := cmd.Start(); err != nil {
		log.Fatal(err)
	}
	r.Close()

	name, err := scope.NewName("make")
	if err != nil {
		log.Fatal(err)
	}
	// The child's PID cannot be reused: nobody has waited for the child yet.
	s, err := scope.Start(context.Background(), scope.Spec{Unit: name, PIDs: []int{cmd.Process.Pid}})
	if err == nil {
		fmt.Fprintln(w, "go")
	}
	w.Close()
	waitErr := cmd.Wait()
	if err != nil {
		log.Fatal(err)
	}
	log.Println(s.Unit, "ran make:", waitErr)
}

// Wait for a scope that somebody else has started, and give it more memory meanwhile.
func ExampleScope_Wait() {
	ctx := context.Background()
	s, err := scope.Open(ctx, scope.UserManager, "backup.scope")
	if errors.Is(err, scope.ErrEnded) {
		log.Fatal("no backup is running")
	} else if err != nil {
		log.Fatal(err)
	}
	more, err := property.Parse("MemoryMax=2G")
	if err != nil {
		log.Fatal(err)
	}
	if err := s.SetProperties(ctx, more); err != nil {
		log.Print(err)
	}
	result, err := s.Wait(ctx)
	if err != nil {
		log.Fatal(err)
	}
	switch result {
	case scope.TimedOut:
		log.Print("the backup ran for too long")
	case scope.OOMKilled:
		log.Print("the backup needs more memory")
	}
}

// A job runner ends a job with all that it started. It first asks, and kills after ten
// seconds.
func ExampleScope_Stop() {
	s, err := scope.Open(context.Background(), scope.DefaultManager, "job-17.scope")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = s.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.Kill(context.Background(), unix.SIGKILL)
	}
	if err != nil && !errors.Is(err, scope.ErrEnded) {
		log.Fatal(err)
	}
}

func ExampleMangleName() {
	name, err := scope.MangleName("nightly backup")
	fmt.Println(name, err)
	// Output: nightly\x20backup.scope <nil>
}

// A job runner works with and without systemd. Without, it holds the scope itself. (Not run here:
// it needs a cgroup that may be written to.)
func ExampleScope_Entrance() {
	limit, err := property.Parse("MemoryMax=1G")
	if err != nil {
		log.Fatal(err)
	}
	name, err := scope.NewName("job")
	if err != nil {
		log.Fatal(err)
	}
	s, err := scope.Start(context.Background(), scope.Spec{
		Manager: scope.Embedded, Unit: name, Empty: true,
		RuntimeMax: time.Hour, Properties: []property.Property{limit},
	})
	if err != nil {
		log.Fatal(err) // a [*scope.LimitError] if the limit cannot hold
	}
	defer s.Release("")
	runtime.LockOSThread() // the thread that opens the entrance starts the job
	defer runtime.UnlockOSThread()
	entrance, err := s.Entrance()
	if err != nil {
		log.Fatal(err)
	}
	cmd := exec.Command("job.sh")
	if fd := entrance.FD(); fd >= 0 {
		cmd.SysProcAttr = &unix.SysProcAttr{UseCgroupFD: true, CgroupFD: fd}
	}
	err = cmd.Start()
	entrance.Close()
	if err != nil {
		log.Fatal(err)
	}
	log.Println("job:", cmd.Wait())
	s.Stop(context.Background()) // what the job has left running
}

// A session manager takes a tmux server with all of its windows out of the login that it was
// started in, so that the windows survive the logout.
func ExampleAdopt() {
	name, err := scope.NewName("tmux")
	if err != nil {
		log.Fatal(err)
	}
	const server = 4711
	a, err := scope.Adopt(context.Background(), scope.Adoption{
		Spec: scope.Spec{Unit: name, PIDs: []int{server}, Linger: scope.LeaseLingering},
	})
	if refused := (*scope.AdoptError)(nil); errors.As(err, &refused) {
		log.Fatal("nothing was moved: ", refused)
	}
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range a.Left {
		log.Printf("process %d stays in %s: %v", l.PID, l.Unit, l.Why)
	}
}

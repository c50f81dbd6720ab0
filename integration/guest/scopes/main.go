// Command scopes uses package scope as an importer does. Tests run it inside a
// machine:
//
//	scopes child UNIT PROPERTY... -- COMMAND...   a child in a new scope
//	scopes adopt UNIT PID...                      existing processes in a new scope
//	scopes zombie UNIT                            a child that has ended
//	scopes many UNIT N                            N scopes, one after the other, and what they leak
//	scopes wait UNIT N                            N waits at once
//	scopes stop|stats|watch|oom UNIT
//	scopes kill UNIT SIGNAL
//	scopes set UNIT PROPERTY...
//
// It prints the result. On an error it prints the error with its type and exits with 1.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"gorun/scope"
	"gorun/scope/property"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Printf("%T: %v\n", err, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, verb, unit string, args []string) error {
	switch verb {
	case "child":
		return child(ctx, unit, args)
	case "adopt":
		return adopt(ctx, unit, args)
	case "zombie":
		return zombie(ctx, unit)
	case "many":
		return many(ctx, unit, args)
	}
	s, err := scope.Open(ctx, scope.DefaultManager, unit)
	if err != nil {
		return err
	}
	switch verb {
	case "wait":
		return wait(ctx, s, args)
	case "stop":
		return s.Stop(ctx)
	case "kill":
		sig, err := strconv.Atoi(args[0])
		if err != nil {
			return err
		}
		return s.Kill(ctx, unix.Signal(sig))
	case "set":
		properties, err := parse(args)
		if err != nil {
			return err
		}
		return s.SetProperties(ctx, properties...)
	case "stats":
		return stats(s)
	case "watch":
		return watch(ctx, s)
	case "oom":
		return oom(ctx, s)
	}
	return fmt.Errorf("unknown verb: %s", verb)
}

func parse(assignments []string) (list []property.Property, err error) {
	for _, a := range assignments {
		p, err := property.Parse(a)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// adopt moves processes into a scope and prints its cgroup.
func adopt(ctx context.Context, unit string, args []string) error {
	spec := scope.Spec{Unit: unit}
	for _, a := range args {
		pid, err := strconv.Atoi(a)
		if err != nil {
			return err
		}
		spec.PIDs = append(spec.PIDs, pid)
	}
	s, err := scope.Start(ctx, spec)
	if err != nil {
		return err
	}
	fmt.Println(s.Cgroup)
	return nil
}

// wait waits several times at once and prints how often each result occurred.
func wait(ctx context.Context, s *scope.Scope, args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var lock sync.Mutex
	var group sync.WaitGroup
	count := map[string]int{}
	for range n {
		group.Go(func() {
			result, err := s.Wait(ctx)
			lock.Lock()
			defer lock.Unlock()
			count[fmt.Sprintf("%q %v", result, err)]++
		})
	}
	group.Wait()
	for text, n := range count {
		fmt.Println(n, text)
	}
	return nil
}

func stats(s *scope.Scope) error {
	stats, err := s.Stats()
	if err != nil {
		return err
	}
	fmt.Println(stats.Events.Populated, stats.CPUStat.Usage > 0)
	return nil
}

// watch prints events until the scope is gone.
func watch(ctx context.Context, s *scope.Scope) error {
	group, err := s.Group()
	if err != nil {
		return err
	}
	for events, err := range group.Watch(ctx) {
		if err != nil {
			return err
		}
		pids, err := group.Processes()
		if err != nil {
			return err
		}
		fmt.Println("populated", events.Populated, len(slices.Compact(pids)) > 0)
	}
	return nil
}

// oom waits until the OOM killer has killed processes, and prints how many.
func oom(ctx context.Context, s *scope.Scope) error {
	group, err := s.Group()
	if err != nil {
		return err
	}
	for events, err := range group.WatchMemory(ctx) {
		if err != nil {
			return err
		}
		if events.OOMKill > 0 {
			fmt.Println("killed", events.OOMKill)
			return nil
		}
	}
	return nil
}

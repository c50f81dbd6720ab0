package scope

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func paths(list []endpoint) (paths []string) {
	for _, e := range list {
		paths = append(paths, e.address.Path)
	}
	return paths
}

func TestPrivateSocketComesBeforeTheBuses(t *testing.T) {
	dir := t.TempDir()
	list, _ := userEndpoints(env(map[string]string{
		"XDG_RUNTIME_DIR":          dir,
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=/elsewhere",
	}))
	want := []string{dir + "/systemd/private", "/elsewhere", dir + "/bus"}
	got := slices.DeleteFunc(paths(list), func(p string) bool { return strings.HasPrefix(p, "/run/user") })
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if list[0].address.MessageBus || !list[len(list)-1].address.MessageBus {
		t.Errorf("got %+v", list)
	}
}

func TestUsualBusIsTriedOnce(t *testing.T) {
	dir := t.TempDir()
	list, _ := userEndpoints(env(map[string]string{
		"XDG_RUNTIME_DIR":          dir,
		"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + dir + "/bus",
	}))
	n := 0
	for _, p := range paths(list) {
		if p == dir+"/bus" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d times in %v", n, paths(list))
	}
}

func TestRuntimeDirOfAnotherUserIsRefusedAndNamed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("making a directory of another user needs root")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, 1000, 1000); err != nil {
		t.Fatal(err)
	}
	list, skipped := userEndpoints(env(map[string]string{"XDG_RUNTIME_DIR": dir}))
	if slices.ContainsFunc(paths(list), func(p string) bool { return strings.HasPrefix(p, dir) }) {
		t.Errorf("would ask %v", paths(list))
	}
	if len(skipped) == 0 || !strings.Contains(skipped[0].Error(), dir+": belongs to UID 1000") {
		t.Errorf("got %v", skipped)
	}
}

func TestSystemBusOfTheEnvironmentIsUsed(t *testing.T) {
	list := systemEndpoints(env(map[string]string{"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/elsewhere"}))
	if got := paths(list); got[len(got)-1] != "/elsewhere" {
		t.Errorf("got %v", got)
	}
	list = systemEndpoints(env(nil))
	if got := paths(list); got[len(got)-1] != "/run/dbus/system_bus_socket" {
		t.Errorf("got %v", got)
	}
}

package report

import "testing"

func TestNewestRunHasOnlyTheEntriesOfItsInvocation(t *testing.T) {
	type entry = map[string]string
	record := func(id, code string) entry {
		return entry{"MESSAGE_ID": recordID, "GORUN_INVOCATION_ID": id, "GORUN_OUTCOME": "exited", "GORUN_EXIT_CODE": code, "GORUN_COMMAND": `["a"]`}
	}
	failed := func(id string) entry {
		return entry{"MESSAGE_ID": failedID, "USER_INVOCATION_ID": id, "UNIT_RESULT": "timeout"}
	}
	oomd := func(id string) entry { return entry{"MESSAGE_ID": oomdID, "USER_INVOCATION_ID": id} }
	started := func(id string) entry { return entry{"MESSAGE_ID": startedID, "USER_INVOCATION_ID": id} }
	for _, c := range []struct {
		name    string
		entries []entry // newest first
		want    Past
		code    int // -1 without a record
	}{
		{"one run", []entry{record("b", "3"), started("b")}, Past{InvocationID: "b"}, 3},
		{"the manager's word comes last", []entry{failed("b"), record("b", "3"), started("b")}, Past{InvocationID: "b", Result: "timeout"}, 3},
		{"killed, after one with a record", []entry{failed("b"), started("b"), record("a", "3"), started("a")}, Past{InvocationID: "b", Result: "timeout"}, -1},
		{"killed by systemd-oomd", []entry{oomd("b"), started("b"), record("a", "3")}, Past{InvocationID: "b", Result: "oom-kill"}, -1},
		{"killed by the kernel", []entry{{"MESSAGE_ID": oomID, "USER_INVOCATION_ID": "b"}, started("b")}, Past{InvocationID: "b", OOMKilled: true}, -1},
		{"without a record, after one that failed", []entry{started("b"), failed("a"), record("a", "3")}, Past{InvocationID: "b"}, -1},
		{"skipped, after one with a record", []entry{{"MESSAGE_ID": startedID}, record("a", "3"), started("a")}, Past{InvocationID: "a"}, 3},
		{"ended well, after one that failed", []entry{record("b", "0"), started("b"), failed("a"), record("a", "3")}, Past{InvocationID: "b"}, 0},
	} {
		list, err := pasts(c.entries, "USER_INVOCATION_ID")
		if err != nil {
			t.Fatal(err)
		}
		got := list[0]
		if got.InvocationID != c.want.InvocationID || got.Result != c.want.Result || got.OOMKilled != c.want.OOMKilled {
			t.Errorf("%s: %v, got %+v", c.name, err, got)
			continue
		}
		code := -1
		if got.Report != nil {
			code = *got.Report.ExitCode
		}
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d", c.name, code, c.code)
		}
	}
}

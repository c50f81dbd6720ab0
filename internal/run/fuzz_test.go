package run

import (
	"fmt"
	"strings"
	"testing"
)

// A process may have any name, and its group the name of any unit.
func FuzzParseVictim(f *testing.F) {
	f.Add("tail", "/system.slice/x.scope", []byte("6,1214,51190230,-;oom-kill:constraint=x,task_memcg=/x,task=a,pid=-1,uid=0"))
	f.Add(",pid=1,uid=0,task=", "/a,task_memcg=/b", []byte(";oom-kill:"))
	f.Fuzz(func(t *testing.T, name, group string, record []byte) {
		if v, ok := parseVictim(record, group); ok && v.pid <= 0 {
			t.Errorf("%q has the victim %+v", record, v)
		}
		if strings.Contains(name, "\n") || strings.ContainsAny(group, "\n,") || !strings.HasPrefix(group, "/") {
			return
		}
		line := fmt.Sprintf("6,1,2,-;oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=%[1]s,task_memcg=%[1]s,task=%[2]s,pid=4711,uid=0\n", group, name)
		if v, ok := parseVictim([]byte(line), group); !ok || v.name != name || v.pid != 4711 {
			t.Errorf("%q in %q is read as %+v, %v", name, group, v, ok)
		}
		if v, ok := parseVictim([]byte(line), group+"x"); ok {
			t.Errorf("%q in %q is taken for one of another group: %+v", name, group, v)
		}
	})
}

package run

import "testing"

func TestVictimIsReadFromTheKernelsRecord(t *testing.T) {
	const head = "6,1214,51190230,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg="
	for record, want := range map[string]victim{
		head + "/a/x.scope,task=tail,pid=4711,uid=1000\n SUBSYSTEM=x\n":   {"tail", 4711},
		head + "/a/x.scope/sub,task=tail,pid=4711,uid=1000":               {"tail", 4711},
		head + "/a/x.scope,task=a,pid=1,uid=2,pid=3,uid=4":                {"a,pid=1,uid=2", 3},
		head + "/a/x.scope2,task=tail,pid=4711,uid=1000":                  {},
		head + "/b/x.scope,task=tail,pid=4711,uid=1000":                   {},
		head + "/a/x.scope,task=tail,pid=,uid=1000":                       {},
		"6,1,2,-;not: oom-kill:,task_memcg=/a/x.scope,task=a,pid=1,uid=2": {},
		"4,1,2,-;Memory cgroup out of memory: Killed process 4711 (tail)": {},
		"": {},
	} {
		got, ok := parseVictim([]byte(record), "/a/x.scope")
		if ok != (want != victim{}) || ok && got != want {
			t.Errorf("%s: got %v, %t; want %v", record, got, ok, want)
		}
	}
}

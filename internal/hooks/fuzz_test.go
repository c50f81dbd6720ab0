package hooks

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"gorun/scope"
)

// What one gorun has written, another one reads as it was: also what is not UTF-8.
func FuzzJob(f *testing.F) {
	f.Add("true \xff", "/bin/true", "a", "A=\xfe", "/tmp/\xff", "x.scope", int64(time.Minute), true)
	f.Add("", "", "", "", "", "", int64(0), false)
	f.Fuzz(func(t *testing.T, text, file, arg, env, dir, unit string, timeout int64, flag bool) {
		j := Job{
			Hooks: Hooks{Commands: []Command{{Text: text, File: file, Args: []string{arg, text}, MayFail: flag}}},
			Env:   []string{env, file}, Dir: dir, Timeout: time.Duration(timeout), HideArguments: flag,
		}
		data, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		var read Job
		if err := json.Unmarshal(data, &read); err != nil {
			t.Fatal(err)
		}
		read.Report = nil // null
		if !reflect.DeepEqual(j, read) {
			t.Errorf("%+v is read as %+v", j, read)
		}
	})
}

// A file that is no job's, ending's or list of failures is an error, and else stays what it is.
func FuzzKept(f *testing.F) {
	f.Add([]byte(`{"Commands":[{"Text":"dHJ1ZQ==","File":"","Args":["YQ=="]}],"Unit":"x.scope","Env":["QT1i"],"Dir":"Lw==","Report":{"unit":null}}`))
	f.Add([]byte(`{"Result":"exit-code","Code":"exited","Status":"3","Report":null,"Parted":true}`))
	f.Add([]byte(`[{"Command":"true","Why":"exit status 1"}]`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkKept(t, data, &Job{}, &Job{})
		checkKept(t, data, &Ending{}, &Ending{})
		checkKept(t, data, &[]Failure{}, &[]Failure{})
		var j Job
		if json.Unmarshal(data, &j) != nil {
			return
		}
		for _, result := range []scope.Result{scope.TimedOut, ""} {
			if e := j.unseen(result); e.EndedWell() {
				t.Errorf("%s: an end that nobody saw is %+v", data, e)
			}
		}
	})
}

// checkKept fails the test if what was read is not read again from what it is written as.
func checkKept(t *testing.T, data []byte, read, again any) {
	t.Helper()
	if json.Unmarshal(data, read) != nil {
		return
	}
	written, err := json.Marshal(read)
	if err == nil {
		err = json.Unmarshal(written, again)
	}
	first, _ := json.Marshal(read)
	second, _ := json.Marshal(again)
	if err != nil || string(first) != string(second) {
		t.Errorf("%s is written as %s, and read as %s, %v", data, written, second, err)
	}
}

// The file of a job is found by its path, and no other.
func FuzzFind(f *testing.F) {
	f.Add("/run/user/1000/gorun/gorun-hooks-1f2e.service.hooks")
	f.Add("/.hooks")
	f.Fuzz(func(t *testing.T, path string) {
		k, err := find(path)
		if err != nil {
			return
		}
		if again, err := find(k.Path()); err != nil || *again != *k {
			t.Errorf("%q is %+v, and its path that of %+v, %v", path, k, again, err)
		}
	})
}

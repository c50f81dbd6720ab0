package rig

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestInitramfsHasFilesAndTheirDirectories(t *testing.T) {
	archive, err := initramfs(map[string][]byte{"/init": []byte("abc"), "/usr/bin/x": nil})
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil || len(data)%4 != 0 {
		t.Fatal(len(data), err)
	}
	text := string(data)
	for _, name := range []string{"init", "usr", "usr/bin", "usr/bin/x", "TRAILER!!!"} {
		if strings.Count(text, "\x00"+name+"\x00")+strings.Count(text, "00000000"+name+"\x00") != 1 {
			t.Errorf("%s is not there once", name)
		}
	}
	if strings.Index(text, "usr/bin\x00") > strings.Index(text, "usr/bin/x\x00") {
		t.Error("a file comes before its directory")
	}
	// 070701, inode, mode, uid, gid, links, time, size: the kernel reads these columns.
	i := strings.Index(text, "init\x00")
	if size := text[i-110+54 : i-110+62]; size != "00000003" {
		t.Errorf("the size of init is %s", size)
	}
}

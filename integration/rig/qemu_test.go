package rig

import "testing"

func TestOldTranslatorHasOneThread(t *testing.T) {
	for version, want := range map[string]accelerator{
		"QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\n": thread,
		"QEMU emulator version 8.0.4\n":                                    thread,
		"QEMU emulator version 8.1.0\n":                                    threads,
		"QEMU emulator version 10.0.3 (Debian 1:10.0.3+ds-0+deb13u1)\n":    threads,
		"": thread,
	} {
		if got := translator(version); got != want {
			t.Errorf("%q: got %s, want %s", version, got, want)
		}
	}
}

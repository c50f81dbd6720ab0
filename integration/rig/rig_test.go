package rig

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	Init()
	if name := os.Getenv(starterVariable); name != "" {
		beStarter(name)
	}
	os.Exit(m.Run())
}

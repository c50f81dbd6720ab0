package scope_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"time"

	"gorun/scope"
)

// A program moves itself into a scope of its own: what it starts from then on is
// inside from its first instruction. (Not run here: it needs a service manager.)
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

func ExampleParseProperty() {
	p, err := scope.ParseProperty("RuntimeMaxSec=1h 30min")
	fmt.Println(p.Name(), p.Span(), err)
	_, err = scope.ParseProperty("RuntimeMaxSec=soon")
	fmt.Println(err)
	// Output:
	// RuntimeMaxSec 1h30m0s <nil>
	// property RuntimeMaxSec=soon: not a time span such as 90, 5min or "1h 30min"
}

func ExampleMangleName() {
	name, err := scope.MangleName("nightly backup")
	fmt.Println(name, err)
	// Output: nightly\x20backup.scope <nil>
}

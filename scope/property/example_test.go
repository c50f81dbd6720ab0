package property_test

import (
	"fmt"

	"gorun/scope/property"
)

func ExampleParse() {
	p, err := property.Parse("RuntimeMaxSec=1h 30min")
	fmt.Println(p.Name(), p.Span(), err)
	_, err = property.Parse("RuntimeMaxSec=soon")
	fmt.Println(err)
	// Output:
	// RuntimeMaxSec 1h30m0s <nil>
	// property RuntimeMaxSec=soon: not a time span such as 90, 5min or "1h 30min"
}

package embedded

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// TestMain lets the test binary be the binary that drivers start: with "proxy" as its first
// argument it is the proxy.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "proxy" {
		if err := Proxy(context.Background(), os.Args[2:]...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

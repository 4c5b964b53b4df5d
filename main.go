// Command rel plans and applies releases.
package main

import (
	"os"

	"rel/command"
)

func main() {
	os.Exit(command.Main(os.Args[1:], command.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

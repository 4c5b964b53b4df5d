package command

import (
	"context"
	"fmt"
)

// stateListCommand lists the instances and load balancers that the state knows.
func stateListCommand() command {
	var o projectFlags
	return command{
		name:     "state list",
		synopsis: "List what the state knows",
		usage:    "rel state list [options]",
		about:    "Lists the addresses of all instances and load balancers that rel left in the environment.",
		flags:    o.register,
		run: func(ctx context.Context, p process, args []string) error {
			_, _, s, err := readState(ctx, p, o, args, 0, "rel state list [options]")
			if err != nil {
				return err
			}
			for _, a := range instanceAddresses(s) {
				fmt.Fprintln(p.Out, a)
			}
			for _, name := range sortedKeys(s.Balancers) {
				fmt.Fprintln(p.Out, name)
			}
			return nil
		},
	}
}

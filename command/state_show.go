package command

import (
	"context"
	"fmt"

	"rel/command/view"
	"rel/config"
	"rel/state"
)

// stateShowCommand shows one of them.
func stateShowCommand() command {
	const usage = "rel state show [options] ADDRESS"
	var o projectFlags
	return command{
		name:     "state show",
		synopsis: "Show what the state knows of one instance or load balancer",
		usage:    usage,
		about: `
Shows, as JSON, how rel left an instance (shop.web["1"]) or a load balancer (edge).
rel status shows what is there now.`,
		flags: o.register,
		run: func(ctx context.Context, p process, args []string) error {
			_, env, s, err := readState(ctx, p, o, args, 1, usage)
			if err != nil {
				return err
			}
			if b, ok := s.Balancers[args[0]]; ok {
				return view.JSON(p.Out, b)
			}
			for a, i := range s.Instances {
				if a.String() == args[0] {
					return view.JSON(p.Out, i)
				}
			}
			return noSuchAddress(s, env, args[0])
		},
	}
}

func noSuchAddress(s state.State, env, wanted string) error {
	addresses := sortedKeys(s.Balancers)
	for _, a := range instanceAddresses(s) {
		addresses = append(addresses, a.String())
	}
	if near := config.Nearest(wanted, addresses); near != "" {
		return fmt.Errorf("the state of %s has no %s. Did you mean %s?", env, wanted, near)
	}
	return fmt.Errorf("the state of %s has no %s. rel state list lists what it has.", env, wanted)
}

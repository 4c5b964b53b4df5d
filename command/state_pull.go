package command

import (
	"context"

	"rel/state"
)

// statePullCommand prints the state document.
func statePullCommand() command {
	var o projectFlags
	return command{
		name:     "state pull",
		synopsis: "Print the state document",
		usage:    "rel state pull [options]",
		about:    "Prints the environment's state as JSON, as it is kept. rel state push takes it back.",
		flags:    o.register,
		run: func(ctx context.Context, p process, args []string) error {
			_, _, s, err := readState(ctx, p, o, args, 0, "rel state pull [options]")
			if err != nil {
				return err
			}
			_, err = p.Out.Write(state.Encode(s))
			return err
		},
	}
}

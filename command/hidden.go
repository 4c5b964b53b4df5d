package command

import (
	"context"

	"rel/balancer/embedded"
	platformlocal "rel/platform/local"
)

// processes are the programs that rel runs as itself, by the first argument: drivers start
// them, not people, and each reads its own arguments.
var processes = map[string]func(ctx context.Context, args []string) error{
	// the shim under which a local slot's process runs
	"supervise": platformlocal.Supervise,
	// the embedded load balancer
	"proxy": func(ctx context.Context, args []string) error { return embedded.Proxy(ctx, args...) },
}

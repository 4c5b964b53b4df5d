package command

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"rel/platform"
	"rel/state"
)

type logsOptions struct {
	project projectFlags
	follow  bool
	lines   int
	slot    string
}

const logsUsage = "rel logs [options] [SERVICE | INSTANCE]"

// logsCommand shows what services wrote, from the state alone.
func logsCommand() command {
	var o logsOptions
	return command{
		name:     "logs",
		synopsis: "Show what services wrote",
		usage:    logsUsage,
		about: `
Shows the last lines that the processes of a service wrote to standard output and
error: of all instances, of those of a service (shop.web) or of one instance
(shop.web["1"]). Of several instances each line says whose it is.

By default it shows the live slot; -slot blue shows what the other one wrote, for
example a version that was undone.`,
		flags: func(fs *flag.FlagSet) {
			o.project.register(fs)
			fs.BoolVar(&o.follow, "f", false, "go on showing lines as they are written, until Ctrl-C")
			fs.IntVar(&o.lines, "n", 50, "`LINES` to show of what was written so far")
			fs.StringVar(&o.slot, "slot", "", "`SLOT` to show: main, blue or green")
		},
		run: func(ctx context.Context, p process, args []string) error {
			if len(args) > 1 {
				return want(args, 1, logsUsage)
			}
			return runLogs(ctx, p, o, strings.Join(args, ""))
		},
	}
}

func runLogs(ctx context.Context, p process, o logsOptions, which string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	live, err := openLive(ctx, p, o.project)
	if err != nil {
		return err
	}
	addresses, err := live.match(which)
	if err != nil {
		return err
	}
	out := &lineWriter{w: p.Out}
	g, groupCtx := errgroup.WithContext(ctx)
	for _, a := range addresses {
		g.Go(func() error {
			w := io.Writer(p.Out)
			if len(addresses) > 1 {
				w = &prefixWriter{out: out, prefix: a.String() + " | "}
			}
			return live.logs(groupCtx, w, a, o)
		})
	}
	err = g.Wait()
	if ctx.Err() != nil { // Ctrl-C is how -f ends, not a failure
		return nil
	}
	return err
}

func (l live) logs(ctx context.Context, w io.Writer, a platform.Address, o logsOptions) error {
	slot := o.slot
	if slot == "" {
		slot = liveSlot(l.state.Instances[a])
	}
	driver, ok := l.drivers.Platforms[l.targetOf(a)]
	if !ok {
		return fmt.Errorf("%s: its target is not known to the state", a)
	}
	return driver.Logs(ctx, w, a, slot, platform.LogOptions{Lines: o.lines, Follow: o.follow})
}

// liveSlot is the slot whose log people mean: the one that runs, else any.
func liveSlot(i state.Instance) string {
	if i.Live != "" {
		return i.Live
	}
	for _, slot := range sortedKeys(i.Slots) {
		return slot
	}
	return platform.Main
}

// lineWriter lets several writers share one stream, a line at a time.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// prefixWriter puts whose it is before each line.
type prefixWriter struct {
	out    *lineWriter
	prefix string
	rest   []byte
}

func (p *prefixWriter) Write(b []byte) (int, error) {
	p.rest = append(p.rest, b...)
	for {
		line, rest, whole := bytes.Cut(p.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		p.out.mu.Lock()
		_, err := fmt.Fprintf(p.out.w, "%s%s\n", p.prefix, line)
		p.out.mu.Unlock()
		if err != nil {
			return 0, err
		}
		p.rest = rest
	}
}

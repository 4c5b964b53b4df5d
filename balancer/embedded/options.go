package embedded

import (
	"errors"
	"flag"
	"fmt"
	"io"
)

// options are the arguments of a proxy's process.
type options struct {
	folder    folder
	version   string
	timing    Timing
	ready     bool // somebody waits at fdReady
	successor bool // the files from fdLock on were handed over
}

// args is what parseOptions reads, after the name of the command.
func (o options) args() []string {
	args := []string{
		"-version=" + o.version,
		"-announce=" + o.timing.Announce.String(),
		"-linger=" + o.timing.Linger.String(),
		"-grace=" + o.timing.Grace.String(),
	}
	if o.ready {
		args = append(args, "-ready")
	}
	if o.successor {
		args = append(args, "-successor")
	}
	return append(args, string(o.folder))
}

func parseOptions(args []string) (options, error) {
	o := options{timing: DefaultTiming()}
	flags := flag.NewFlagSet("rel proxy", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.version, "version", "", "the version of this binary")
	flags.DurationVar(&o.timing.Announce, "announce", o.timing.Announce, "how long to announce that connections close")
	flags.DurationVar(&o.timing.Linger, "linger", o.timing.Linger, "how long requests may go on after that")
	flags.DurationVar(&o.timing.Grace, "grace", o.timing.Grace, "the same when told to end")
	flags.BoolVar(&o.ready, "ready", false, "report on descriptor 3")
	flags.BoolVar(&o.successor, "successor", false, "take over what is open from descriptor 4 on")
	if err := flags.Parse(args); err != nil {
		return o, fmt.Errorf("rel proxy: %w", err)
	}
	if flags.NArg() != 1 {
		return o, errors.New("rel proxy: give the folder of one embedded load balancer")
	}
	o.folder = folder(flags.Arg(0))
	return o, nil
}

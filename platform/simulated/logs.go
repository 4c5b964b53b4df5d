package simulated

import (
	"context"
	"fmt"
	"io"

	"rel/platform"
)

// Logs writes the slot's last lines. A simulated process writes no more after its start, so
// following it only waits until ctx ends.
func (d *Driver) Logs(ctx context.Context, w io.Writer, a platform.Address, slot string, o platform.LogOptions) error {
	var lines []string
	err := d.step(ctx, a, "logs:"+slot, func(h *Host) error {
		lines = h.Slot(slot).Log
		if o.Lines >= 0 && len(lines) > o.Lines {
			lines = lines[len(lines)-o.Lines:]
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return fmt.Errorf("writing the log of %s: %w", a, err)
		}
	}
	if o.Follow {
		<-ctx.Done()
	}
	return nil
}

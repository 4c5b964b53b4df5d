package simulated

import (
	"context"
	"fmt"
	"strings"

	"rel/platform"
)

// Check asks the process whether it works. What kind of check it is makes no difference.
func (d *Driver) Check(ctx context.Context, a platform.Address, slot string, _ platform.HealthCheck) error {
	return d.step(ctx, a, "check:"+slot, func(h *Host) error {
		p := h.Slot(slot).Process
		if p == nil {
			return fmt.Errorf("%w: nothing runs in slot %s", platform.ErrUnhealthy, slot)
		}
		p.Checks++
		p.Healthy = d.world.works(a, p.Revision) && p.Checks > d.world.WarmUp
		if !p.Healthy {
			return fmt.Errorf("%w: revision %s does not answer yet (check %d)", platform.ErrUnhealthy, p.Revision, p.Checks)
		}
		return nil
	})
}

// Preflight compares the claims with the room and the ports that are taken.
func (d *Driver) Preflight(ctx context.Context, claims []platform.Claim) error {
	var wrong []string
	for _, c := range claims {
		err := d.step(ctx, c.Address, "preflight", func(*Host) error {
			wrong = append(wrong, d.world.unmet(c)...)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if wrong != nil {
		return fmt.Errorf("the hosts lack what the deployment needs, nothing was changed:\n%s", strings.Join(wrong, "\n"))
	}
	return nil
}

func (w *World) unmet(c platform.Claim) []string {
	var wrong []string
	if w.FreeBytes < c.Bytes {
		wrong = append(wrong, fmt.Sprintf("%s needs %d bytes of disk, %d are free", c.Address, c.Bytes, w.FreeBytes))
	}
	for _, p := range c.Ports {
		if w.Taken[p] {
			wrong = append(wrong, fmt.Sprintf("%s needs port %d, which something else listens on", c.Address, p))
		}
	}
	return wrong
}

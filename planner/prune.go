package planner

import "slices"

// pruneAll removes the folders that nothing points to and no rollback needs soon.
func (c *compiler) pruneAll(after []string) {
	for _, s := range c.d.services {
		for _, i := range s.todo {
			if old := i.prunable(s.strategy().KeepReleases); len(old) > 0 {
				c.prune(i, old, after)
			}
		}
	}
	for _, i := range c.d.gone {
		if old := i.prunable(0); len(old) > 0 && !i.unreachable() {
			c.prune(i, old, after)
		}
	}
}

// prunable are the staged revisions but for the newest, those that a slot points to after
// the deployment, and the one that was live, to which a rollback goes.
func (i *instance) prunable(keep int) []string {
	after := i.observed.Staged
	if i.service != nil && i.restart && !i.staged(i.service.Revision) {
		after = append(slices.Clip(after), i.service.Revision)
	}
	if len(after) <= keep {
		return nil
	}
	kept := map[string]bool{i.observed.Slots[i.live].Revision: true}
	for _, s := range i.slots {
		kept[s.Revision] = true
	}
	return slices.DeleteFunc(slices.Clone(after[:len(after)-keep]), func(r string) bool { return kept[r] })
}

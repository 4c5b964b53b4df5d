package executor

import "rel/platform"

// slotName names a slot in the record of sick slots.
func slotName(a platform.Address, slot string) string { return a.String() + "/" + slot }

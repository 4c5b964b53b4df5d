package planner

// What stands in `after` are the steps that the next one needs.

// each makes the steps of each instance, side by side, and gives the last of each.
func each(list []*instance, steps func(*instance) []string) []string {
	last := make([]string, 0, len(list))
	for _, i := range list {
		last = append(last, steps(i)...)
	}
	return last
}

// ends makes the steps of each instance, side by side, and gives the last of each; where
// there are none, what they would have come after.
func ends(list []*instance, after []string, steps func(*instance) []string) []string {
	var last []string
	for _, i := range list {
		if end := steps(i); len(end) > 0 && end[0] != after[0] {
			last = append(last, end...)
		}
	}
	return orElse(last, after)
}

// orElse is the list, or where it is empty another.
func orElse(list, otherwise []string) []string {
	if len(list) == 0 {
		return otherwise
	}
	return list
}

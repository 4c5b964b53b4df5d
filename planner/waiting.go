package planner

import "slices"

// findWaiting finds the workers that go in the tail, when the traffic is over: those of
// releases that switch traffic, unless something that goes before needs them. Dependents
// stand after what they need, so this goes from the last service to the first.
func (d *difference) findWaiting() {
	for n, s := range slices.Backward(d.services) {
		way := s.strategy().Type
		s.waits = s.worker() && s.live && (way == wayBlueGreen || way == wayCanary) &&
			!slices.ContainsFunc(d.services[n+1:], func(o *service) bool { return !o.waits && len(o.todo) > 0 && o.dependsOn(s) })
	}
}

func (s *service) dependsOn(o *service) bool {
	if s.release == o.release {
		return slices.Contains(s.DependsOn, o.Name)
	}
	return slices.Contains(s.release.DependsOn, o.release.Name)
}

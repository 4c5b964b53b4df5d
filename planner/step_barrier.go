package planner

// KindBarrier stands for all steps before it, so that a plan stays linear in size.
const KindBarrier Kind = "barrier"

// Barrier does nothing.
type Barrier struct{}

func (*Barrier) kind() Kind { return KindBarrier }

func (*Barrier) valid(*names) error { return nil }

// BarrierFinish is the id of the barrier from which on a deployment has succeeded.
const BarrierFinish = "finish"

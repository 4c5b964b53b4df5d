package planner

// kinds is the table of the instruction set: a new kind is one file and one line here, and
// one line in the executor's table of runners.
var kinds = map[Kind]func() Args{
	KindGate:     func() Args { return new(Gate) },
	KindBarrier:  func() Args { return new(Barrier) },
	KindStage:    func() Args { return new(Stage) },
	KindBalancer: func() Args { return new(EnsureBalancer) },
	KindDrain:    func() Args { return new(Drain) },
	KindUndrain:  func() Args { return new(Undrain) },
	KindActivate: func() Args { return new(Activate) },
	KindCheck:    func() Args { return new(Check) },
	KindStop:     func() Args { return new(Stop) },
	KindTraffic:  func() Args { return new(Traffic) },
	KindPause:    func() Args { return new(Pause) },
	KindPrune:    func() Args { return new(Prune) },
}

// Kinds lists the instruction set.
func Kinds() []Kind {
	return []Kind{KindGate, KindBarrier, KindStage, KindBalancer, KindDrain, KindUndrain,
		KindActivate, KindCheck, KindStop, KindTraffic, KindPause, KindPrune}
}

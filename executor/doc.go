// Package executor runs a plan: what may run now, the journal, resume, undo, interrupts,
// promotion, events. It is the only code that changes the world. Its core is a state machine
// without goroutines, clock or I/O, driven by events; only its edge runs steps side by side.
// What should change is the planner's; it knows no strategy.
package executor

// Package simulation proves the promises of a deployment by experiment. From one seed it draws
// what shall be live, what is, an order in which steps run, failures, lost hosts and kills;
// compiles a plan with the planner, runs it with the executor's core and runners over drivers
// in memory and a virtual clock, one micro-operation at a time, and checks after each that the
// promises hold. It is made of tests alone:
//
//	go test ./executor/simulation -run Simulate -v -simulate.n=100000
//	go test ./executor/simulation -run Simulate -v -simulate.seed=4711
package simulation

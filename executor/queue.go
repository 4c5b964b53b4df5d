package executor

import "container/heap"

// queue gives the lowest number first, so that decisions follow the order of the plan.
type queue struct{ h intHeap }

func (q *queue) push(i int)  { heap.Push(&q.h, i) }
func (q *queue) pop() int    { return heap.Pop(&q.h).(int) }
func (q *queue) peek() int   { return q.h[0] }
func (q *queue) empty() bool { return len(q.h) == 0 }

type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	*h = (*h)[:last]
	return x
}

// Package retryqueue holds messages that could not be delivered and offers them again later.
package retryqueue

import (
	"errors"
	"sort"
	"time"
)

const (
	// MaxAttempts is how often a message is tried before it is parked.
	MaxAttempts = 6
	// FirstDelay is the wait after the first failure. Each further failure multiplies it by three.
	FirstDelay = 20 * time.Second
	// MaxDelay limits the wait.
	MaxDelay = 45 * time.Minute
)

// ErrFull is returned by Add if the queue holds Capacity messages.
var ErrFull = errors.New("retryqueue: full")

// Message is a delivery that failed.
type Message struct {
	ID       string
	Body     []byte
	Attempts int
	Due      time.Time
}

// Queue holds messages in the order in which they are due.
type Queue struct {
	Capacity int
	waiting  []Message
	parked   []Message
}

// New returns a queue for 5000 messages.
func New() *Queue {
	return &Queue{Capacity: 5000}
}

// Delay returns the wait after a number of failed attempts.
func Delay(attempts int) time.Duration {
	delay := FirstDelay
	for i := 1; i < attempts; i++ {
		delay *= 3
		if delay > MaxDelay {
			return MaxDelay
		}
	}
	return delay
}

// Add puts a failed message into the queue, or parks it after MaxAttempts attempts.
func (q *Queue) Add(m Message, now time.Time) error {
	m.Attempts++
	if m.Attempts >= MaxAttempts {
		q.parked = append(q.parked, m)
		return nil
	}
	if len(q.waiting) >= q.Capacity {
		return ErrFull
	}
	m.Due = now.Add(Delay(m.Attempts))
	q.waiting = append(q.waiting, m)
	sort.Slice(q.waiting, func(i, j int) bool { return q.waiting[i].Due.Before(q.waiting[j].Due) })
	return nil
}

// Take removes and returns the messages that are due, at most limit of them.
func (q *Queue) Take(now time.Time, limit int) []Message {
	n := 0
	for n < len(q.waiting) && n < limit && !q.waiting[n].Due.After(now) {
		n++
	}
	taken := q.waiting[:n]
	q.waiting = q.waiting[n:]
	return taken
}

// Parked returns the messages that were given up.
func (q *Queue) Parked() []Message {
	return q.parked
}

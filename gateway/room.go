package gateway

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// What large messages that are judged at once may take together, in bytes as they came. What is attached is decoded, and
// stays so until the transaction closes, and archives are unpacked beside it: that is more than twice as much, and Go's
// memory may double again before it is collected.
const (
	roomBytes = 32 << 20
	largeMail = 1 << 20 // smaller ones wait for nobody
)

// room lets large messages in one after the other, in the order in which they came.
type room struct{ free *semaphore.Weighted }

func newRoom() room { return room{semaphore.NewWeighted(roomBytes)} }

// enter waits for room, no longer than limit: a message that waited that long is judged all the same, since memory is
// worth less than mail. leave gives the room back.
func (r room) enter(ctx context.Context, size int, limit time.Duration) (leave func()) {
	if size < largeMail {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	n := int64(min(size, roomBytes))
	if r.free.Acquire(ctx, n) != nil {
		return func() {}
	}
	return func() { r.free.Release(n) }
}

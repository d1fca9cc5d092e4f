package filters

import "context"

type freshKey struct{}

// WithFresh gives a context under which questions to the DNS are not answered from the cache: who probes whether a DNS
// list is alive must not hear how it was an hour ago. The answer goes into the cache for the others.
func WithFresh(ctx context.Context) context.Context { return context.WithValue(ctx, freshKey{}, true) }

// IsFresh tells whether answers from the cache are not wanted.
func IsFresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

// Peeker is a Resolver that can tell what it knows without asking: who has many questions at once saves the trouble of
// waiting for those that are answered.
type Peeker interface {
	// IsAbsent tells whether it is known that a host has no IPv4 address. It never waits.
	IsAbsent(host string) bool
}

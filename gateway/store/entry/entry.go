// Package entry says what the operations on one entry do: from the bytes that were stored, the operation and the time
// follow the bytes to store and the result. Both stores use it, so they answer alike; on Redis a script makes the same
// bytes, and the conformance suite compares them.
//
// What is stored of an entry is when it ends (seconds since 1970, five bytes) and its content:
//
//	seen     first seen (5), last seen (5), how often (4, big-endian)
//	counter  as of when (6, milliseconds), then each number (8, IEEE 754, little-endian)
//	bucket   as of when (6, milliseconds), tokens (8, IEEE 754, little-endian)
//	set      each member (8, big-endian), newest last
//	bytes    as they are
//
// Content of another form, as when a filter's version changed its kind, reads as if nothing was there.
package entry

import (
	"encoding/binary"
	"math"
	"time"

	"weir/filters"
)

// EndSize is the length of the end that stands before the content.
const EndSize = 5

// Slack is how much longer than an entry's life Redis is told to hold the hash it is in: two days, so that a jump of
// Redis's own clock by a day does not take everything.
const Slack = 48 * time.Hour

// Live gives the content of a stored entry and when it ends; nil where it has ended or is no entry. An end that lies
// further ahead than a TTL, written by a clock that was wrong, is brought back.
func Live(stored []byte, f *filters.Family, now time.Time) (content []byte, end time.Time) {
	if len(stored) < EndSize {
		return nil, time.Time{}
	}
	end = seconds(stored)
	if !end.After(now) {
		return nil, time.Time{}
	}
	if latest := now.Add(f.TTL); end.After(latest) {
		end = latest
	}
	return stored[EndSize:], end
}

// Append appends the stored form of an entry.
func Append(dst []byte, content []byte, end time.Time) []byte {
	return append(appendSeconds(dst, end), content...)
}

// End gives when a stored entry ends, be it over or not; false: it is no entry.
func End(stored []byte) (time.Time, bool) {
	if len(stored) < EndSize {
		return time.Time{}, false
	}
	return seconds(stored), true
}

// Change is what becomes of an entry.
type Change uint8

// The changes.
const (
	Nothing Change = iota
	Store          // the new content, with the new end
	Remove
)

// Apply runs an operation on the content of an entry (nil: there is none) that ends at end, and fills in its result.
// For Store it gives the content, appended to dst, and its end.
func Apply(op filters.EntryOp, dst, content []byte, end, now time.Time) ([]byte, time.Time, Change) {
	family, _ := op.Target()
	whole := now.Add(family.TTL)
	switch op := op.(type) {
	case *filters.Sight:
		return sight(op, dst, content, end, now)
	case *filters.Counter:
		return counter(op, dst, content, whole, now)
	case *filters.Taking:
		return take(op, dst, content, whole, now)
	case *filters.Set:
		return set(op, dst, content, whole)
	case *filters.Value:
		return value(op, dst, content, whole)
	}
	op.Fail(filters.ErrBadOperation)
	return nil, time.Time{}, Nothing
}

func sight(op *filters.Sight, dst, content []byte, end, now time.Time) ([]byte, time.Time, Change) {
	op.New, op.First, op.Last, op.Times = false, time.Time{}, time.Time{}, 0
	var times uint32
	if len(content) == 14 {
		op.First, op.Last = notAfter(seconds(content), now), notAfter(seconds(content[5:]), now)
		times = binary.BigEndian.Uint32(content[10:])
	}
	if !op.Mark {
		op.Times = int(times)
		return nil, time.Time{}, Nothing
	}
	if times == 0 {
		op.New, op.First = true, now.Truncate(time.Second).UTC()
	}
	if times == 0 || op.Family.Slide {
		end = now.Add(op.Family.TTL)
	}
	if times < math.MaxUint32 {
		times++
	}
	op.Times = int(times)
	dst = appendSeconds(appendSeconds(dst, op.First), now)
	return binary.BigEndian.AppendUint32(dst, times), end, Store
}

// notAfter brings a time that lies ahead, written by a clock that was wrong, back to now.
func notAfter(t, now time.Time) time.Time {
	if t.After(now) {
		return now.Truncate(time.Second).UTC()
	}
	return t
}

func counter(op *filters.Counter, dst, content []byte, end, now time.Time) ([]byte, time.Time, Change) {
	op.Values = nil
	if n := (len(content) - 6) / 8; len(content) == 6+8*n && n > 0 && n <= filters.MaxValues {
		fade := 1.0
		if op.HalfLife > 0 {
			fade = math.Exp2(-since(content, now) / op.HalfLife.Seconds())
		}
		for i := range n {
			op.Values = append(op.Values, float(content[6+8*i:])*fade)
		}
	}
	for i, v := range op.Add {
		if i == len(op.Values) {
			op.Values = append(op.Values, 0)
		}
		op.Values[i] = bound(op.Values[i]+v, op.Cap)
	}
	if len(op.Add) == 0 {
		return nil, time.Time{}, Nothing
	}
	dst = appendMillis(dst, now)
	for _, v := range op.Values {
		dst = appendFloat(dst, v)
	}
	return dst, end, Store
}

func bound(v, limit float64) float64 {
	if limit > 0 {
		v = min(max(v, -limit), limit)
	}
	return min(max(v, -math.MaxFloat64), math.MaxFloat64)
}

func take(op *filters.Taking, dst, content []byte, end, now time.Time) ([]byte, time.Time, Change) {
	level := op.Burst
	if len(content) == 14 {
		level = min(op.Burst, max(0, float(content[6:]))+since(content, now)*op.Rate)
	}
	op.OK, op.Wait = level >= op.Cost, 0
	if op.OK {
		level -= op.Cost
	} else {
		op.Wait = wait(op, level)
	}
	op.Left = level
	if op.Cost == 0 || !op.OK {
		return nil, time.Time{}, Nothing
	}
	return appendFloat(appendMillis(dst, now), level), end, Store
}

func wait(op *filters.Taking, level float64) time.Duration {
	s := (op.Cost - level) / op.Rate
	if op.Cost > op.Burst || op.Rate == 0 || s > (10*365*24*time.Hour).Seconds() {
		return -1
	}
	return time.Duration(math.Ceil(s*1000)) * time.Millisecond
}

func set(op *filters.Set, dst, content []byte, end time.Time) ([]byte, time.Time, Change) {
	op.Members = nil
	if len(content)%8 == 0 {
		for ; len(content) > 0; content = content[8:] {
			op.Members = append(op.Members, binary.BigEndian.Uint64(content))
		}
	}
	if len(op.Add) == 0 {
		return nil, time.Time{}, Nothing
	}
	for _, m := range op.Add {
		op.Members = append(without(op.Members, m), m)
	}
	hold := op.Hold
	if hold == 0 {
		hold = filters.MaxMembers
	}
	op.Members = op.Members[max(0, len(op.Members)-hold):]
	for _, m := range op.Members {
		dst = binary.BigEndian.AppendUint64(dst, m)
	}
	return dst, end, Store
}

func without(list []uint64, member uint64) []uint64 {
	for i, m := range list {
		if m == member {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}

func value(op *filters.Value, dst, content []byte, end time.Time) ([]byte, time.Time, Change) {
	op.Found = content != nil
	switch {
	case op.Put:
		return append(dst, op.Data...), end, Store
	case op.Remove:
		if op.Found {
			return nil, time.Time{}, Remove
		}
		return nil, time.Time{}, Nothing
	}
	op.Data = append([]byte(nil), content...)
	return nil, time.Time{}, Nothing
}

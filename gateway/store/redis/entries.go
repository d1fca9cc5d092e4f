package redis

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
	"weir/gateway/store/backend"
	"weir/gateway/store/entry"
	"weir/gateway/store/key"
)

// asked is an operation with the command that was sent for it.
type asked struct {
	op    filters.EntryOp
	key   string
	field key.Key
	args  []any
	gate  int
	write bool
	cmd   goredis.Cmder
}

// entries runs operations on entries in one pipeline.
func (s *Store) entries(ctx context.Context, ops []filters.Op) {
	ctx, cancel := context.WithTimeout(ctx, s.budget)
	defer cancel()
	now := s.clock.Now()
	all := make([]asked, 0, len(ops))
	for _, op := range ops {
		op.Fail(op.Check())
		if op.Failure() != nil {
			continue
		}
		a, err := s.prepare(op.(filters.EntryOp), now)
		if err == nil {
			err = s.gates.pass(a.gate)
		}
		if err != nil {
			op.Fail(err)
			continue
		}
		all = append(all, a)
	}
	first := make([]*asked, len(all))
	for i := range all {
		first[i] = &all[i]
	}
	s.send(ctx, first)
	s.sendAgain(ctx, all)
	s.judge(ctx, all)
	var scratch []byte
	for i := range all {
		scratch = s.answer(&all[i], scratch, now)
	}
}

func (s *Store) prepare(op filters.EntryOp, now time.Time) (asked, error) {
	family, name := op.Target()
	l, err := s.families.Layout(family)
	if err != nil {
		return asked{}, err
	}
	a := asked{op: op, field: s.keys.Key(family.Name, name), write: op.Writes()}
	a.key = s.bucketKey(l, l.Bucket(a.field))
	a.gate = s.gates.of(a.key)
	if !a.write {
		a.args = []any{"hget", a.key, a.field[:]}
		return a, nil
	}
	a.args = append(make([]any, 0, 16), "evalsha", entryScript.digest, 1, a.key, "", a.field[:],
		now.Unix(), now.UnixMilli(), now.Add(family.TTL).Unix(), l.Room, int64((family.TTL+entry.Slack)/time.Second))
	kind, args := arguments(op, a.args)
	a.args, args[4] = args, kind
	return a, nil
}

func (s *Store) bucketKey(l *backend.Layout, n uint32) string {
	b := make([]byte, 0, 64)
	b = append(append(append(append(b, s.prefix...), ":e:"...), l.Family.Name...), ':')
	b = append(strconv.AppendUint(b, uint64(l.Buckets), 16), '.')
	return string(strconv.AppendUint(b, uint64(n), 16))
}

// arguments gives what the script calls an operation, and appends what it needs.
func arguments(op filters.EntryOp, args []any) (string, []any) {
	switch op := op.(type) {
	case *filters.Sight:
		return "seen", append(args, op.Family.Slide)
	case *filters.Counter:
		args = append(args, op.HalfLife.Seconds(), op.Cap)
		for _, v := range op.Add {
			args = append(args, v)
		}
		return "count", args
	case *filters.Taking:
		return "take", append(args, op.Rate, op.Burst, op.Cost)
	case *filters.Set:
		hold := op.Hold
		if hold == 0 {
			hold = filters.MaxMembers
		}
		args = append(args, hold)
		for _, m := range op.Add {
			args = append(args, binary.BigEndian.AppendUint64(nil, m))
		}
		return "join", args
	case *filters.Value:
		if op.Put {
			return "keep", append(args, op.Data)
		}
	}
	return "drop", args
}

// send sends the commands in one pipeline.
func (s *Store) send(ctx context.Context, all []*asked) {
	if len(all) == 0 {
		return
	}
	pipe := s.redis().Pipeline()
	for _, a := range all {
		if a.write {
			a.cmd = command(ctx, a.args...)
		} else {
			a.cmd = goredis.NewStringCmd(ctx, a.args...)
		}
		_ = pipe.Process(ctx, a.cmd) // only queued
	}
	_, err := pipe.Exec(ctx)
	for _, a := range all {
		if err != nil && a.silent() {
			a.cmd.SetErr(err)
		}
	}
}

// silent tells that a command says neither an error nor an answer. So it is where a new connection's greeting was
// refused (LOADING, NOAUTH): go-redis v9.23 then tells of the error only for the pipeline, and an HGET without answer
// looks like one that found nothing.
func (a *asked) silent() bool {
	if a.cmd.Err() != nil {
		return false
	}
	if get, ok := a.cmd.(*goredis.StringCmd); ok {
		return get.Val() == ""
	}
	return a.cmd.(once).Val() == nil
}

// sendAgain sends once more, with the script's text, what a server that lost its scripts has not done, and the
// readings that came after it.
func (s *Store) sendAgain(ctx context.Context, all []asked) {
	var again []*asked
	for i := range all {
		a := &all[i]
		switch {
		case a.write && isNoScript(a.cmd.Err()):
			a.args[0], a.args[1] = "eval", entryScript.text
			again = append(again, a)
		case !a.write && len(again) > 0:
			again = append(again, a)
		}
	}
	s.send(ctx, again)
}

// judge tells the gates how it went. A pipeline to one server went well if any of its commands did.
func (s *Store) judge(ctx context.Context, all []asked) {
	for i := range all {
		if i > 0 && all[i].gate == all[i-1].gate && errors.Is(all[i].cmd.Err(), all[i-1].cmd.Err()) {
			continue
		}
		s.gates.passed(all[i].gate, all[i].key, s.unanswered(ctx, all[i].cmd.Err()))
	}
}

// answer makes the result of an operation from what was stored before it.
func (s *Store) answer(a *asked, scratch []byte, now time.Time) []byte {
	if err := s.outcome(a.cmd.Err()); err != nil {
		a.op.Fail(err)
		return scratch
	}
	before, refused, err := a.before()
	if err != nil {
		a.op.Fail(err)
		return scratch
	}
	family, _ := a.op.Target()
	content, end := entry.Live(before, family, now)
	scratch, _, _ = entry.Apply(a.op, scratch[:0], content, end, now)
	switch {
	case refused != "":
		a.op.Fail(s.notKept(refused))
	case a.write:
		s.kept()
	}
	return scratch
}

// before takes the reply apart.
func (a *asked) before() (stored []byte, refused string, err error) {
	if get, ok := a.cmd.(*goredis.StringCmd); ok {
		if errors.Is(get.Err(), goredis.Nil) {
			return nil, "", nil
		}
		stored = []byte(get.Val())
		return stored, "", wellFormed(len(stored) >= entry.EndSize)
	}
	list, _ := a.cmd.(once).Val().([]any)
	if len(list) != 2 {
		return nil, "", wellFormed(false)
	}
	text, there := list[0].(string)
	if there {
		stored = []byte(text)
	}
	refused, _ = list[1].(string)
	return stored, refused, wellFormed(len(stored) >= entry.EndSize || !there && list[0] == nil)
}

// wellFormed turns an answer that can't be one of Redis's into an error: it is not to be read as "nothing there".
func wellFormed(is bool) error {
	if is {
		return nil
	}
	return fmt.Errorf("%w: Redis gave an answer of another form", filters.ErrStoreDown)
}

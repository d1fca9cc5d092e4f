package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"weir/filters"
)

// Do runs a batch: neighbouring operations on entries in one pipeline, each other one by itself.
func (s *Store) Do(ctx context.Context, b *filters.Batch) (err error) {
	started := time.Now()
	defer func() { s.hooks.Done(started, len(b.Ops), err) }()
	if err := s.usable(ctx); err != nil {
		for _, op := range b.Ops {
			op.Fail(err)
		}
		return err
	}
	for i := 0; i < len(b.Ops); {
		n := entryRun(b.Ops[i:])
		if n > 0 {
			s.entries(ctx, b.Ops[i:i+n])
			i += n
			continue
		}
		s.other(ctx, b.Ops[i])
		i++
	}
	for _, op := range b.Ops {
		if op.Failure() != nil {
			return op.Failure()
		}
	}
	return nil
}

// entryRun counts the operations on entries at the beginning.
func entryRun(ops []filters.Op) int {
	for i, op := range ops {
		if _, ok := op.(filters.EntryOp); !ok {
			return i
		}
	}
	return len(ops)
}

func (s *Store) other(ctx context.Context, op filters.Op) {
	op.Fail(op.Check())
	if op.Failure() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, longBudget)
	defer cancel()
	var err error
	switch op := op.(type) {
	case *filters.Appending:
		err = s.append(ctx, op)
	case *filters.Reading:
		err = s.read(ctx, op)
	case *filters.Learning:
		err = s.learn(ctx, op)
	case *filters.Marking:
		err = s.marked(ctx, op)
	case *filters.Clearing:
		err = s.clear(ctx, op.Table)
	case *filters.Peeking:
		err = s.peek(ctx, op)
	case *filters.Changing:
		err = s.changes(ctx, op)
	default:
		err = fmt.Errorf("%w: %T", filters.ErrBadOperation, op)
	}
	op.Fail(err)
}

// guarded runs commands on one key behind its gate.
func (s *Store) guarded(ctx context.Context, key string, run func(goredis.UniversalClient) error) error {
	n := s.gates.of(key)
	if err := s.gates.pass(n); err != nil {
		return err
	}
	err := run(s.redis())
	s.gates.passed(n, key, s.unanswered(ctx, err))
	return s.outcome(err)
}

// call runs a script by itself.
func (s *Store) call(ctx context.Context, sc *script, keys []string, argv []any) (reply []any, err error) {
	args := make([]any, 0, 3+len(keys)+len(argv))
	args = append(args, "evalsha", sc.digest, len(keys))
	for _, k := range keys {
		args = append(args, k)
	}
	args = append(args, argv...)
	err = s.guarded(ctx, keys[0], func(c goredis.UniversalClient) error {
		cmd := command(ctx, args...)
		err := c.Process(ctx, cmd)
		if isNoScript(err) {
			args[0], args[1] = "eval", sc.text
			cmd = command(ctx, args...)
			err = c.Process(ctx, cmd)
		}
		reply, _ = cmd.Val().([]any)
		return err
	})
	if err == nil && len(reply) == 0 {
		err = fmt.Errorf("%w: a script gave no answer", filters.ErrStoreDown)
	}
	return reply, err
}

// unanswered gives the error where the server did not do what a working server does; nil where it answered, be it by
// a refusal of this command. The end of the caller's own context says nothing about the server.
func (s *Store) unanswered(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, goredis.Nil) || errors.Is(ctx.Err(), context.Canceled) {
		return nil
	}
	var reply goredis.Error
	if errors.As(err, &reply) && !busy(reply.Error()) {
		return nil
	}
	return err
}

// busy tells the replies of a server that does not work now from refusals of a command.
func busy(reply string) bool {
	for _, word := range []string{"LOADING", "BUSY ", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOAUTH", "WRONGPASS", "NOPERM", "ERR max number of clients"} {
		if strings.HasPrefix(reply, word) {
			return true
		}
	}
	return false
}

// isRefusal tells that a server answers, but takes no changes.
func isRefusal(err error) bool { return err != nil && refusal(err.Error()) != "" }

// refusal gives the kind of trouble a refused change stands for; "": it is none.
func refusal(reply string) string {
	switch {
	case strings.Contains(reply, "OOM "):
		return "full"
	case strings.Contains(reply, "READONLY"):
		return "readonly"
	case strings.Contains(reply, "MISCONF"), strings.Contains(reply, "NOREPLICAS"):
		return "disk"
	}
	return ""
}

func isNoScript(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT") }

// renewable tells that the connection leads to a server that is not the one wanted any more.
func renewable(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "READONLY") || errors.Is(err, goredis.ErrClosed))
}

// outcome turns a client's error into one of the store's.
func (s *Store) outcome(err error) error {
	if err == nil || errors.Is(err, goredis.Nil) {
		return nil
	}
	if kind := refusal(err.Error()); kind != "" {
		return s.notKept(err.Error())
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the connection was closed", filters.ErrStoreDown)
	}
	return fmt.Errorf("%w: %w", filters.ErrStoreDown, err)
}

// notKept tells of a change that was refused.
func (s *Store) notKept(reply string) error {
	kind := refusal(reply)
	if kind == "" {
		return fmt.Errorf("%w: %s", filters.ErrNotKept, reply)
	}
	err := fmt.Errorf("%w: Redis says %q", filters.ErrNotKept, reply)
	s.say(kind, err)
	if kind == "readonly" {
		s.renew()
	}
	return err
}

// kept tells that a change was taken: trouble of that kind is over.
func (s *Store) kept() {
	s.trouble.Range(func(kind, _ any) bool {
		if kind != "down" && kind != "secret" {
			s.say(kind.(string), nil)
		}
		return true
	})
}

package redis

import (
	"context"

	"weir/gateway/store/backend"
	"weir/gateway/store/key"
)

// Erase removes what matches.
func (s *Store) Erase(ctx context.Context, match func(key.Key) bool) (int, error) {
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	names, err := s.scan(ctx)
	removed := 0
	for _, name := range names {
		if err != nil {
			break
		}
		var n int
		n, err = s.eraseIn(ctx, name, match)
		removed += n
	}
	return removed, err
}

// Wipe removes everything. Families stay declared: an entry that comes meanwhile belongs to one that is known.
func (s *Store) Wipe(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	names, err := s.scan(ctx)
	for len(names) > 0 && err == nil {
		n := min(500, len(names))
		err = s.unlink(ctx, names[:n])
		names = names[n:]
	}
	return err
}

func (s *Store) unlink(ctx context.Context, names []string) error {
	pipe := s.redis().Pipeline()
	for _, name := range names {
		p := s.parse(name)
		if p.kind != "" {
			pipe.Unlink(ctx, name)
		}
		if p.kind == backend.TableKind {
			s.replicas.Wake(p.name)
		}
	}
	_, err := pipe.Exec(ctx)
	return s.outcome(err)
}

func (s *Store) eraseIn(ctx context.Context, name string, match func(key.Key) bool) (int, error) {
	switch p := s.parse(name); p.kind {
	case backend.EntryKind, backend.MarkKind:
		return s.eraseFields(ctx, name, match)
	case backend.StreamKind:
		if k, own := backend.Scope(p.path()); own && match(k) {
			return s.eraseStream(ctx, name)
		}
		return s.eraseNotes(ctx, name, match)
	case backend.TableKind:
		head, err := s.tableHead(ctx, p.name)
		if err != nil || head.Key == (key.Key{}) || !match(head.Key) {
			return 0, err
		}
		return 1, s.drop(ctx, p.name, marksLayout(&head).Buckets)
	}
	return 0, nil
}

func (s *Store) eraseFields(ctx context.Context, name string, match func(key.Key) bool) (int, error) {
	fields, err := s.redis().HKeys(ctx, name).Result()
	var gone []string
	for _, f := range fields {
		if len(f) == key.Size && match(key.Key([]byte(f))) {
			gone = append(gone, f)
		}
	}
	if err != nil || len(gone) == 0 {
		return 0, s.outcome(err)
	}
	n, err := s.redis().HDel(ctx, name, gone...).Result()
	return int(n), s.outcome(err)
}

// eraseStream removes a person's journal as a whole: an empty one would still tell that there was one.
func (s *Store) eraseStream(ctx context.Context, name string) (int, error) {
	n, err := s.redis().XLen(ctx, name).Result()
	if err == nil {
		err = s.redis().Unlink(ctx, name).Err()
	}
	return int(n), s.outcome(err)
}

func (s *Store) eraseNotes(ctx context.Context, name string, match func(key.Key) bool) (int, error) {
	var gone []string
	err := s.walkStream(ctx, "", name, streamAbout{}, func(r backend.Record) error {
		if r.Kind == backend.NoteKind && match(r.Key) {
			gone = append(gone, positionID(*r.At))
		}
		return nil
	})
	if err != nil || len(gone) == 0 {
		return 0, err
	}
	n, err := s.redis().XDel(ctx, name, gone...).Result()
	return int(n), s.outcome(err)
}

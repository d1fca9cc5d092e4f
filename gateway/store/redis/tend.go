package redis

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"weir/filters"
	"weir/gateway/store/backend"
)

// tend looks after the store: it follows the server's clock, sees that the secret is that of all, and notes the
// families, for `weir state`. It goes once a minute, and soon after a new family or a failure.
func (s *Store) tend() {
	pause := time.Minute
	for {
		select {
		case <-s.closed:
			return
		case <-s.wake:
			pause = time.Second // more may be coming
			select {
			case <-s.closed:
				return
			case <-time.After(50 * time.Millisecond):
			}
		case <-time.After(pause):
		}
		pause = time.Minute
		if err := s.greet(); err != nil {
			pause = 5 * time.Second
		}
	}
}

// greet does what tend does once.
func (s *Store) greet() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.checkSecret(ctx); err != nil {
		return err
	}
	if err := s.followClock(ctx); err != nil {
		return err
	}
	return s.noteFamilies(ctx)
}

func (s *Store) checkSecret(ctx context.Context) error {
	sum := s.keys.Check()
	mine := hex.EncodeToString(sum[:])
	name := s.prefix + ":check"
	if _, err := s.redis().SetNX(ctx, name, mine, 0).Result(); err != nil && !isRefusal(err) {
		return err
	}
	is, err := s.redis().Get(ctx, name).Result()
	if err != nil {
		return err
	}
	if len(is) != len(mine) {
		return wellFormed(false)
	}
	if is != mine {
		err := fmt.Errorf("%w: all gateways need the same secret", ErrSecret)
		s.refused.Store(&err)
		s.say("secret", err)
		return err
	}
	if s.refused.Swap(nil) != nil {
		s.say("secret", nil)
	}
	return nil
}

// followClock takes over the server's time, to which half the round trip is added.
func (s *Store) followClock(ctx context.Context) error {
	if !s.ownClock {
		return nil
	}
	sent := time.Now()
	is, err := s.redis().Time(ctx).Result()
	if err != nil {
		return err
	}
	now := time.Now()
	first := s.offset.Swap(int64(is.Add(now.Sub(sent)/2).Sub(now))) == 0
	if first {
		s.clock.Set(is)
	}
	return nil
}

type familyInfo struct {
	TTL    int64 `json:"ttl"`
	Budget int   `json:"budget"`
}

// declare is called when a family is first used.
func (s *Store) declare(*backend.Layout) error {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

// declareStream is called when a stream of its own was added to.
func (s *Store) declareStream(st *filters.Stream) {
	about := streamAbout{Name: st.Name, Max: st.Max, TTL: int64(st.TTL / time.Second)}
	if st.Of != nil {
		return
	}
	if old, known := s.streams.Swap(st.Name, about); !known || old != about {
		_ = s.declare(nil)
	}
}

func (s *Store) noteFamilies(ctx context.Context) error {
	var fields []any
	for _, l := range s.families.All() {
		text, err := json.Marshal(familyInfo{TTL: int64(l.Family.TTL / time.Second), Budget: l.Family.Budget})
		if err != nil {
			return err
		}
		fields = append(fields, l.Family.Name, text)
	}
	s.streams.Range(func(path, about any) bool {
		fields = append(fields, "stream:"+path.(string), asJSON(about))
		return true
	})
	if len(fields) == 0 {
		return nil
	}
	return s.redis().HSet(ctx, s.prefix+":families", fields...).Err()
}
